#include "exporter/import/import.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "exporter/config/json_document.h"
#include "exporter/config/toml_writer.h"
#include "exporter/config/yaml_document.h"
#include "exporter/import/blackbox.h"
#include "exporter/import/curl.h"
#include "exporter/import/gatus.h"
#include "exporter/import/har.h"
#include "exporter/import/openapi.h"
#include "exporter/import/postman.h"
#include "exporter/import/request_secrets.h"
#include "exporter/import/tree.h"
#include "exporter/import/uptime_kuma.h"
#include "exporter/wire/secret_name.h"
#include "exporter/wire/text.h"
#include "exporter/wire/url.h"

namespace authprobe::importing {
namespace {

using config::Value;

constexpr int kMostNodes = 2'000'000;  // GitHub's description has a quarter of that
constexpr int kDeepest = 100;

struct Tree {
  const SourceFile* file;
  std::string format;  // of kFormats, or "prometheus", "file_sd", "postman-environment"; empty: unknown
  std::optional<Value> value;
};

// Each format has a key at the top that no other has.
std::string format_of(const Value& tree) {
  static constexpr std::pair<std::string_view, std::string_view> kSigns[] = {
      {"openapi", "openapi"}, {"log", "har"},          {"monitorList", "uptime-kuma"},  {"monitors", "uptime-kuma"},
      {"endpoints", "gatus"}, {"modules", "blackbox"}, {"scrape_configs", "prometheus"}};
  for (const auto& [key, format] : kSigns) {
    if (find(&tree, key) != nullptr) return std::string(format);
  }
  if (find(&tree, "info") != nullptr && find(&tree, "item") != nullptr) return "postman";
  if (find(&tree, "values") != nullptr && find(&tree, "name") != nullptr) return "postman-environment";
  const config::Array& groups = elements(&tree);
  return !groups.empty() && find(&groups.front(), "targets") != nullptr ? "file_sd" : "";
}

// Files of one command begin with it; shells' comments may stand before.
bool is_curl(std::string_view text) {
  while (!text.empty()) {
    std::string_view line = wire::trimmed(text.substr(0, text.find('\n')));
    if (line.starts_with("$ ")) line.remove_prefix(2);
    if (line.starts_with("curl ") || line.starts_with("curl\\") || line == "curl") return true;
    if (!line.empty() && !line.starts_with('#')) return false;
    text.remove_prefix(
        std::min(text.size(), text.find('\n') == std::string_view::npos ? text.size() : text.find('\n') + 1));
  }
  return false;
}

std::optional<Value> parse(const SourceFile& file, config::Findings& findings) {
  const std::string_view text = wire::trimmed(file.text);
  if (text.starts_with('{') || text.starts_with('[')) {
    return config::parse_json(file.text, file.name, findings, {.nodes = kMostNodes, .depth = kDeepest});
  }
  auto tree = config::parse_yaml(file.text, file.name, findings, {.nodes = kMostNodes, .depth = kDeepest});
  if (tree) apply_merge_keys(*tree);
  return tree;
}

class SourceReader {
 public:
  SourceReader(Import& into, config::Findings& findings) : into_(into), findings_(findings) {}

  void read(const std::vector<SourceFile>& files) {
    for (const SourceFile& file : files) add(file);
    if (findings_.size() > 0) return;
    check_companions();
    if (findings_.size() > 0) return;
    for (const Tree& tree : trees_) read_tree(tree);
  }

 private:
  void error(const SourceFile& file, std::string rule, std::string hint) {
    findings_.error({file.name, 1, 1}, "", std::move(rule), std::move(hint));
  }

  void add(const SourceFile& file) {
    const bool is_first = trees_.empty();
    const std::string format = is_first ? into_.options.format : std::string();
    if (format == "curl" || (format.empty() && is_curl(file.text))) {
      trees_.push_back({&file, "curl", std::nullopt});
      return;
    }
    std::optional<Value> tree = parse(file, findings_);
    if (!tree) return;
    if (const Value* collection = find(&*tree, "collection"); collection != nullptr && format_of(*tree).empty()) {
      tree = Value(*collection);  // as Postman's API has it
    }
    const std::string found = format_of(*tree);
    if (!format.empty() && found != format) {
      error(file, "is not of the format " + format, found.empty() ? "" : "it looks like " + found);
    } else if (find(&*tree, "swagger") != nullptr) {
      error(file, "is Swagger 2.0, and OpenAPI 3 is read", "converters make OpenAPI 3 of it");
    } else if (found.empty()) {
      error(
          file, "is of no format that is known",
          "curl commands, blackbox.yml, HAR, OpenAPI 3, Postman collections, Uptime Kuma's and Gatus's files are read");
    } else {
      trees_.push_back({&file, found, std::move(tree)});
    }
  }

  bool has(std::string_view format) const { return std::ranges::find(trees_, format, &Tree::format) != trees_.end(); }

  void check_companions() {
    for (const Tree& tree : trees_) {
      const bool is_of_prometheus = tree.format == "prometheus" || tree.format == "file_sd";
      if (is_of_prometheus && !has("blackbox")) {
        error(*tree.file, "says what is probed, not how", "give blackbox.yml too");
      } else if (tree.format == "blackbox" && !has("prometheus") && !has("file_sd")) {
        error(*tree.file, "says how to probe, not what",
              "give Prometheus's configuration too, or a file of its file_sd");
      } else if (tree.format == "postman-environment" && !has("postman")) {
        error(*tree.file, "is an environment without a collection", "give the collection too");
      }
    }
  }

  void read_tree(const Tree& tree) {
    const std::string& file = tree.file->name;
    if (tree.format == "curl") {
      read_curl(tree.file->text, file, into_);
    } else if (tree.format == "har") {
      read_har(*tree.value, file, into_);
    } else if (tree.format == "openapi") {
      read_openapi(*tree.value, file, into_);
    } else if (tree.format == "uptime-kuma") {
      read_uptime_kuma(*tree.value, file, into_);
    } else if (tree.format == "gatus") {
      read_gatus(*tree.value, file, into_);
    } else if (tree.format == "blackbox") {
      read_blackbox(*tree.value, file, jobs(), into_);
    } else if (tree.format == "postman") {
      read_postman(*tree.value, file, environment(), into_);
    }
  }

  std::vector<BlackboxJob> jobs() {
    std::vector<BlackboxJob> jobs;
    for (const Tree& tree : trees_) {
      if (tree.format == "prometheus") {
        std::ranges::move(read_scrape_config(*tree.value, tree.file->name, into_), std::back_inserter(jobs));
      } else if (tree.format == "file_sd") {
        jobs.push_back(job_of_list(tree.file->name));
        const auto module = into_.options.variables.find("module");
        if (module != into_.options.variables.end()) jobs.back().module = module->second;
      }
    }
    return jobs;
  }

  PostmanEnvironment environment() const {
    PostmanEnvironment variables;
    for (const Tree& tree : trees_) {
      if (tree.format == "postman-environment") variables.merge(read_postman_environment(*tree.value));
    }
    return variables;
  }

  Import& into_;
  config::Findings& findings_;
  std::vector<Tree> trees_;
};

std::string shown(const ImportedRequest& request) {
  if (!request.name.empty()) return request.name;
  const auto url = wire::Url::parse(request.url);
  return url ? url->shown() : "request";
}

bool only_reads(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS";
}

// Labels stand in metrics, for everybody.
void drop_secret_labels(ImportedRequest& request, Import& into) {
  constexpr std::string_view kLabels = "labels.";
  std::erase_if(request.keys, [&](const auto& key) {
    const std::string_view name = key.first;
    if (!name.starts_with(kLabels) || !wire::is_secret_name(name.substr(kLabels.size()))) return false;
    into.leave_out(request.place, shown(request) + ": " + key.first,
                   "labels are shown in metrics, and its name is that of a secret");
    return true;
  });
}

// What can be probed, without its secrets.
bool make_ready(ImportedRequest& request, Import& into) {
  std::ranges::transform(request.method, request.method.begin(),
                         [](char c) { return static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c); });
  if (!only_reads(request.method) && !into.options.writes) {
    into.leave_out(request.place, shown(request),
                   request.method + " may change something: --with-writes carries such requests too");
    return false;
  }
  if (const auto proxy = request.keys.find("proxy");
      proxy != request.keys.end() && proxy->second.find_first_of("@?#") != std::string::npos) {
    into.leave_out(request.place, shown(request),
                   "its proxy has a password or a query: set proxy, proxy_username and proxy_password");
    return false;
  }
  drop_secret_labels(request, into);
  if (!into.options.interval.empty()) request.keys.emplace("interval", config::quoted(into.options.interval));
  return take_secrets(request, into);
}

}  // namespace

void read_sources(const std::vector<SourceFile>& files, Import& into, config::Findings& findings) {
  SourceReader(into, findings).read(files);
  std::vector<ImportedRequest> found = std::exchange(into.requests, {});
  if (found.size() > kMostRequests) {
    const std::size_t rest = found.size() - kMostRequests;
    found.resize(kMostRequests);
    into.leave_out(found.back().place, std::to_string(rest) + " requests behind this one",
                   "at most " + std::to_string(kMostRequests) + " are imported at once");
  }
  for (ImportedRequest& request : found) {
    if (make_ready(request, into)) into.requests.push_back(std::move(request));
  }
}

}  // namespace authprobe::importing
