#include "exporter/metrics/fleet_metrics.h"

#include <unordered_map>

#include "exporter/metrics/text_writer.h"
#include "exporter/prober/prefetch.h"

namespace authprobe::metrics {
namespace {

std::string info_labels(const config::Target& target) {
  std::string labels;
  append_label(labels, "target", target.name);
  append_label(labels, "url", target.url.shown());
  append_label(labels, "method", target.method);
  append_label(labels, "host", shown_host(target));
  append_label(labels, "credential", target.credential);
  for (const auto& [name, value] : target.labels) append_label(labels, name, value);
  return labels;
}

void copy_counts(CounterList& to, const CounterList& from, CounterList::Nodes& nodes) {
  for (const auto* node = from.first(); node != nullptr; node = CounterList::next(node)) {
    if (node->count.get() > 0) to.at(node->key, nodes) = node->count;
  }
}

}  // namespace

SmallCounter& CounterList::at(std::uint16_t key, Nodes& nodes) {
  if (own_.key == key) return own_.count;
  std::atomic<Node*>* link = &first_;
  Node* node = link->load(std::memory_order_relaxed);
  while (node != nullptr && node->key < key) {
    link = &node->next;
    node = link->load(std::memory_order_relaxed);
  }
  if (node != nullptr && node->key == key) return node->count;
  const bool is_first = own_.key == kFree;
  if (is_first) own_.key = key;
  Node& added = is_first ? own_ : nodes.emplace_back(key);
  added.next.store(node, std::memory_order_relaxed);
  link->store(&added, std::memory_order_release);
  return added.count;
}

FleetMetrics::FleetMetrics(const config::Config& config, WallTime now)
    : rows_(config.targets.size()),
      groups_(FleetGroups::of(config)),
      series_(config.settings.series),
      since_(std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count()) {
  add_text(config);
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    rows_[i].interval = config.targets[i].interval;
    add_zero_series(rows_[i], config.targets[i]);
  }
}

// Both are in order of name.
void FleetMetrics::carry_over(const FleetMetrics& previous) {
  std::size_t old = 0;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    while (old < previous.rows_.size() && previous.name(old) < name(i)) ++old;
    if (old < previous.rows_.size() && previous.name(old) == name(i)) carry_over(rows_[i], previous.rows_[old]);
  }
}

void FleetMetrics::add_text(const config::Config& config) {
  for (const config::Target& target : config.targets) {
    names_ += escape_label(target.name);
    name_ends_.push_back(static_cast<std::uint32_t>(names_.size()));
    infos_ += info_labels(target);
    info_ends_.push_back(static_cast<std::uint32_t>(infos_.size()));
  }
  names_.append(TextBuffer::kBlock, '\0');
  names_.shrink_to_fit();
  infos_.shrink_to_fit();
}

std::string_view FleetMetrics::part(const std::string& all, const std::vector<std::uint32_t>& ends, std::size_t index) {
  const std::size_t begin = index == 0 ? 0 : ends[index - 1];
  return {all.data() + begin, ends[index] - begin};
}

void FleetMetrics::carry_over(Row& row, const Row& previous) {
  static_cast<RowValues&>(row) = previous;
  copy_counts(row.responses, previous.responses, nodes_);
  copy_counts(row.transitions, previous.transitions, nodes_);
}

void FleetMetrics::restore(std::size_t target, const SavedRow& saved) {
  Row& row = rows_.at(target);
  static_cast<RowValues&>(row) = saved.values;
  for (const auto& [key, count] : saved.responses) row.responses.at(key, nodes_).set(count);
  for (const auto& [key, count] : saved.transitions) row.transitions.at(key, nodes_).set(count);
}

void FleetMetrics::prefetch_row(std::size_t target) const {
  const Row& row = rows_[target];
  prober::prefetch(&row.probes, &row.responses + 1);
}

void FleetMetrics::set_maintenance(std::size_t target, bool on) {
  rows_.at(target).maintenance.set(on);
}

}  // namespace authprobe::metrics
