#include "exporter/config/listed_targets.h"

#include <algorithm>
#include <utility>

#include "exporter/config/hosts.h"
#include "exporter/config/list_files.h"
#include "exporter/config/listed_address.h"
#include "exporter/wire/host_pattern.h"

namespace authprobe::config {
namespace {

constexpr std::size_t kBytesOfALabel = 64;  // beside its name and its value

std::string mebibytes(std::size_t bytes) {
  return std::to_string(bytes >> 20) + " MiB";
}

// What it takes beside the values that all targets of the list share.
std::size_t bytes_of(const Target& target) {
  std::size_t bytes = sizeof target + target.name.size() + target.url.text().size() + target.body.size();
  for (const auto* pairs : {&target.headers, &target.labels}) {
    for (const auto& [name, value] : *pairs) bytes += kBytesOfALabel + name.size() + value.size();
  }
  return bytes;
}

// At most so many findings, and how many more there were, with those that nobody has written.
std::vector<Finding> bounded(std::vector<Finding> findings, std::size_t unwritten) {
  if (findings.size() + unwritten <= kMostListedFindings) return findings;
  const std::size_t kept = std::min(findings.size(), kMostListedFindings);
  const std::size_t more = findings.size() + unwritten - kept;
  // Errors first: a warning less is no loss.
  std::ranges::stable_sort(findings, {}, [](const Finding& finding) { return finding.severity; });
  findings.resize(kept);
  Finding rest = findings.back();
  rest.rule = "and " + std::to_string(more) + " more findings of this list";
  rest.hint.clear();
  findings.push_back(std::move(rest));
  return findings;
}

}  // namespace

ListedTargets::ListedTargets(const TargetList& list, const Field& table, const TargetDraft& draft, const Config& config,
                             const References& references, Findings& findings, std::size_t most_bytes)
    : list_(list),
      table_(table),
      draft_(draft),
      config_(config),
      credential_(find_credential(config, list.target.credential)),
      references_(references),
      findings_(findings),
      most_bytes_(most_bytes),
      relabelling_(list.relabel) {}

bool ListedTargets::add(const ListFiles& files) {
  for (const auto& [path, groups] : files) {
    for (const ListedGroup& group : *groups) {
      LabelSet labels(group.labels.begin(), group.labels.end());
      const bool is_of_url = path == list_.url.text();
      labels.insert_or_assign(is_of_url ? "__meta_url" : "__meta_filepath", path);
      const std::string from = is_of_url ? list_.url.shown() : path;
      for (const ListedAddress& address : group.addresses) {
        add(address, labels, from);
        if (bytes_ > most_bytes_) return false;
      }
    }
  }
  return true;
}

void ListedTargets::add(const ListedAddress& address, const LabelSet& group, const std::string& file) {
  LabelSet labels = group;
  if (!address.text.empty()) labels.insert_or_assign("__address__", address.text);
  labels = with_usual_labels(std::move(labels), list_);
  if (!relabelling_.apply(labels)) return;
  Target target = list_.target;
  target.list = list_.name;
  target.position = {file, address.line, address.column};
  if (!complete(labels, target.position, target) || !fits(target) || !is_allowed_there(target)) return;
  if (!is_new(target)) return;
  bytes_ += bytes_of(target);
  made_.push_back(std::move(target));
}

// The URL, the name and the labels.
bool ListedTargets::complete(const LabelSet& labels, const Position& position, Target& target) {
  UrlText url = url_of(labels);
  if (!url.problem.empty()) {
    leave_out(position, url.problem);
    return false;
  }
  const Value value{position.line, position.column, std::move(url.text)};
  Findings found;
  const ReadContext context{position.file, found, patterns_};
  const auto read = Field(value, context).target_url();
  if (!read) {
    if (count_left_out()) std::ranges::for_each(found.sorted(), [&](const Finding& one) { findings_.add(one); });
    return false;
  }
  target.url = *read;
  target.name = target_name(labels, target.url, list_);
  if (!is_name(target.name)) {
    leave_out(position, "has a name, in the label __target__, that no target can have", std::string(kNameRule));
    return false;
  }
  LabelSet all(target.labels.begin(), target.labels.end());
  for (auto& [name, text] : shown_labels(labels)) all.insert_or_assign(name, std::move(text));
  target.labels.assign(all.begin(), all.end());
  return true;
}

// The rules of every target hold for a listed one, which the list's keys may not fit.
bool ListedTargets::fits(const Target& target) {
  draft_.target = target;
  Findings found;
  const ReadContext context{table_.context().file, found, patterns_};
  check_target(Field(table_.value(), context), draft_);
  for (const Finding& finding : found.sorted()) {
    if (finding.severity != Finding::Severity::error) continue;
    leave_out(target.position, "does not fit the list's " + finding.key + ", which " + finding.rule, finding.hint);
    return false;
  }
  return true;
}

// A list is written by others: it says where the targets are, not where a credential goes.
bool ListedTargets::is_allowed_there(const Target& target) {
  const auto is_there = [&](const std::string& host) { return wire::is_host_of(host, target.url); };
  const std::string host(target.url.host());
  if (!list_.hosts.empty() && std::ranges::none_of(list_.hosts, is_there)) {
    leave_out(target.position, "is at " + host + ", where targets_from." + list_.name + " must not have targets",
              "add it to hosts");
    return false;
  }
  if (const std::string problem = secret_place_problem(target, credential_); !problem.empty()) {
    leave_out(target.position, problem);
    return false;
  }
  if (credential_ == nullptr) return true;
  const bool is_plain = !target.url.https() && !target.url.is_loopback() && target.connection->unix_socket.empty();
  if (is_plain && list_.scheme != UrlScheme::http) {
    leave_out(target.position, "would send a credential over plain http", "scheme = \"http\" allows it for the list");
    return false;
  }
  for (const std::string& problem : destination_problems(config_, target)) {
    leave_out(target.position, problem);
    return false;
  }
  return true;
}

// Prometheus takes a target once, however often it is listed.
bool ListedTargets::is_new(const Target& target) {
  std::optional<Position> taken = references_.place_of_target(target.name);
  if (const auto known = made_by_name_.find(target.name); known != made_by_name_.end()) {
    const Target& first = made_[known->second];
    if (first.url == target.url && first.labels == target.labels) return false;
    taken = first.position;
  }
  if (taken) {
    leave_out(target.position, "makes the target " + target.name + ", which is already defined at " + to_string(*taken),
              "the label __target__ gives it a name of its own");
    return false;
  }
  made_by_name_.emplace(target.name, made_.size());
  return true;
}

void ListedTargets::leave_out(const Position& position, const std::string& rule, const std::string& hint) {
  if (count_left_out()) {
    findings_.error(position, "targets_from." + list_.name, "a target is left out: it " + rule, hint);
  }
}

bool ListedTargets::count_left_out() {
  return ++left_out_ <= kMostListedFindings;
}

ReadList read_listed(const TargetListDraft& draft, const Field& table, const ListFiles& before, const UrlAnswer* answer,
                     const Config& config, References& references, std::size_t most_bytes) {
  const TargetList& list = draft.list;
  ReadList read;
  read.report.name = list.name;
  Findings findings;
  read.files = read_list_files(list, before, answer, findings, read.report.is_good);
  std::optional<ListedTargets> listed;
  const auto make = [&] {
    listed.emplace(list, table, draft.target, config, references, findings, most_bytes);
    return listed->add(read.files);
  };
  if (!make()) {
    findings = {};
    report_too_large(list, "its targets have more than " + mebibytes(most_bytes) + " of URLs, names and labels",
                     findings);
    read.report.is_good = false;
    read.files = before;
    // Also what was good may be too much by now: the configuration may have more lists.
    if (!make()) listed.emplace(list, table, draft.target, config, references, findings, most_bytes);
  }
  read.targets = listed->take();
  for (const Target& target : read.targets) references.name_target(target.name, target.position);
  read.report.targets = read.targets.size();
  read.report.left_out = listed->left_out();
  read.report.findings = bounded(findings.sorted(), listed->unwritten());
  return read;
}

}  // namespace authprobe::config
