#include "exporter/import/scrape_config.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "exporter/import/tree.h"

namespace authprobe::importing {
namespace {

namespace fs = std::filesystem;
using config::Value;

// The usual steps: the address becomes the parameter, the label and the exporter's own address.
bool is_usual_relabelling(const Value& step) {
  static constexpr std::array<std::string_view, 3> kUsual{"__param_target", "instance", "__address__"};
  return std::ranges::find(kUsual, text_of(find(&step, "target_label"))) != kUsual.end();
}

void read_targets(const Value& group, const std::string& file, BlackboxJob& job) {
  std::vector<std::pair<std::string, std::string>> labels;
  for (const config::Entry& label : entries(find(&group, "labels")))
    labels.emplace_back(label.key, text_of(&label.value));
  for (const Value& target : elements(find(&group, "targets"))) {
    job.targets.push_back({text_of(&target), place_of(file, target.line), labels});
  }
}

void report_rest(const config::Entry& key, const BlackboxJob& job, const std::string& file, Import& into) {
  static constexpr std::array<std::string_view, 12> kRead{
      "job_name", "metrics_path",   "params",          "static_configs", "file_sd_configs",  "scrape_interval",
      "scheme",   "scrape_timeout", "relabel_configs", "honor_labels",   "honor_timestamps", "sample_limit"};
  if (std::ranges::find(kRead, key.key) != kRead.end()) return;
  const bool is_discovery = key.key.ends_with("_sd_configs");
  into.leave_out(place_of(file, key.line), "job " + job.name + ": " + key.key,
                 is_discovery
                     ? "only static_configs and file_sd_configs are read: write their targets to a file_sd file"
                     : "it is about the scrape, not about the probe");
}

}  // namespace

std::vector<BlackboxJob> read_scrape_config(const Value& tree, const std::string& file, Import& into) {
  std::vector<BlackboxJob> jobs;
  const std::string usual = text_of(find(&tree, {"global", "scrape_interval"}));
  for (const Value& scrape : elements(find(&tree, "scrape_configs"))) {
    BlackboxJob job;
    job.name = text_of(find(&scrape, "job_name"));
    job.place = place_of(file, scrape.line);
    if (text_of(find(&scrape, "metrics_path")) != "/probe") {
      into.leave_out(job.place, "job " + job.name, "it scrapes an exporter's metrics, not /probe");
      continue;
    }
    const config::Array& modules = elements(find(&scrape, {"params", "module"}));
    job.module = modules.empty() ? "http_2xx" : text_of(&modules.front());  // blackbox's own default
    job.interval = text_of(find(&scrape, "scrape_interval"));
    if (job.interval.empty()) job.interval = usual.empty() ? "1m" : usual;
    for (const config::Entry& key : entries(&scrape)) report_rest(key, job, file, into);
    for (const Value& step : elements(find(&scrape, "relabel_configs"))) {
      if (is_usual_relabelling(step)) continue;
      into.leave_out(place_of(file, step.line), "job " + job.name + ": a step of relabel_configs",
                     "targets_from has relabel, for lists in files");
    }
    for (const Value& group : elements(find(&scrape, "static_configs"))) read_targets(group, file, job);
    for (const Value& list : elements(find(&scrape, "file_sd_configs"))) {
      for (const Value& pattern : elements(find(&list, "files"))) {
        job.files.push_back((fs::absolute(file).parent_path() / text_of(&pattern)).lexically_normal().string());
      }
    }
    jobs.push_back(std::move(job));
  }
  return jobs;
}

BlackboxJob job_of_list(const std::string& file) {
  BlackboxJob job;
  job.name = fs::path(file).stem().string();
  job.place = place_of(file, 1);
  job.files.push_back(fs::absolute(file).lexically_normal().string());
  return job;
}

}  // namespace authprobe::importing
