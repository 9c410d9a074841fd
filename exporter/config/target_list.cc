#include "exporter/config/target_list.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "exporter/config/field.h"
#include "exporter/config/json_document.h"
#include "exporter/config/yaml_document.h"
#include "exporter/wire/text.h"

namespace authprobe::config {
namespace {

constexpr int kMostNodes = 500'000;
constexpr int kMostDepth = 8;
constexpr std::size_t kMostFindings = 20;  // of one file: a generator makes the same mistake everywhere

bool is_json(std::string_view name) {
  return name.ends_with(".json") || name.ends_with(".JSON");
}

std::optional<Value> parse(std::string_view text, const std::string& file, bool json, Findings& findings) {
  if (json) return parse_json(text, file, findings, {kMostNodes, kMostDepth});
  return parse_yaml(text, file, findings, {kMostNodes, kMostDepth, YamlScalars::text});
}

class Reader {
 public:
  Reader(const std::string& file, Findings& findings) : context_{file, own_, patterns_}, findings_(findings) {}

  std::optional<std::vector<ListedGroup>> read(const Value& document) {
    read_groups(Field(document, context_));
    std::vector<Finding> found = own_.sorted();
    found.resize(std::min(found.size(), kMostFindings));
    for (Finding& finding : found) findings_.add(std::move(finding));
    if (!found.empty()) return std::nullopt;
    return std::move(groups_);
  }

 private:
  bool has_enough() const { return own_.size() >= kMostFindings; }

  void read_groups(const Field& root) {
    const auto* text = std::get_if<std::string>(&root.value().data);
    if (text != nullptr && text->empty()) return;  // null, or a YAML file of comments: no groups
    if (!std::holds_alternative<Array>(root.value().data)) {
      root.error("must be an array of groups", R"([{ "targets": ["host:port"], "labels": { ... } }])");
      return;
    }
    for (const Field& group : root.elements()) {
      if (has_enough()) return;
      read_group(group);
    }
  }

  void read_group(const Field& field) {
    static constexpr std::array<std::string_view, 2> kKeys{"labels", "targets"};
    const Table* entries = field.table();
    if (entries == nullptr) return;
    ListedGroup group;
    for (const Entry& entry : *entries) {
      if (has_enough()) return;
      if (entry.key == "targets") {
        read_addresses(field.child(entry), group);
      } else if (entry.key == "labels") {
        read_labels(field.child(entry), group);
      } else {
        field.unknown(entry, {kKeys.begin(), kKeys.end()});
      }
    }
    if (!group.addresses.empty()) groups_.push_back(std::move(group));
  }

  void read_addresses(const Field& field, ListedGroup& group) {
    if (!std::holds_alternative<Array>(field.value().data)) {
      field.error("must be an array of strings");
      return;
    }
    for (const Field& element : field.elements()) {
      if (has_enough()) return;
      auto address = element.text();
      if (!address) continue;
      if (address->size() > wire::Url::kLongest) element.error("must have at most 8 KiB");
      if (++addresses_ == kMostListed + 1) {
        element.error("is one address too many: a list may have " + std::to_string(kMostListed));
        return;
      }
      group.addresses.push_back({std::move(*address), element.value().line, element.value().column});
    }
  }

  void read_labels(const Field& field, ListedGroup& group) {
    const Table* entries = field.table();
    if (entries == nullptr) return;
    if (entries->size() > kMostListLabels) {
      field.error("must have at most " + std::to_string(kMostListLabels) + " labels");
      return;
    }
    for (const Entry& entry : *entries) {
      const Field label = field.child(entry);
      if (!is_label_name(entry.key)) label.error(std::string(kLabelNameRule));
      auto value = label.text();
      const bool is_long = entry.key.size() > kLongestListLabel || (value && value->size() > kLongestListLabel);
      if (is_long) label.error("must have at most 1 KiB");
      if (value && !value->empty()) group.labels.emplace_back(entry.key, std::move(*value));
    }
  }

  Findings own_;
  Patterns patterns_;
  const ReadContext context_;
  Findings& findings_;
  std::vector<ListedGroup> groups_;
  std::size_t addresses_ = 0;
};

std::optional<std::vector<ListedGroup>> read(std::string_view text, const std::string& from, bool json,
                                             Findings& findings) {
  if (wire::trimmed(text).empty()) {
    findings.error({from, 1, 1}, "", "is empty", "a list without targets is []");
    return std::nullopt;
  }
  const std::size_t before = findings.size();
  const std::optional<Value> document = parse(text, from, json, findings);
  if (!document || findings.size() > before) return std::nullopt;
  return Reader(from, findings).read(*document);
}

}  // namespace

std::optional<std::vector<ListedGroup>> read_target_list(std::string_view text, const std::string& file,
                                                         Findings& findings) {
  return read(text, file, is_json(file), findings);
}

std::optional<std::vector<ListedGroup>> read_url_list(std::string_view text, const std::string& url,
                                                      Findings& findings) {
  return read(text, url, true, findings);
}

bool is_label_name(std::string_view text) {
  return !text.empty() && !std::isdigit(static_cast<unsigned char>(text.front())) &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) || c == '_'; });
}

// Prometheus's own rule: ^[^*]*(\*[^/]*)?\.(json|yml|yaml|JSON|YML|YAML)$
bool is_list_name(std::string_view pattern) {
  constexpr std::array<std::string_view, 6> kEndings{".json", ".yml", ".yaml", ".JSON", ".YML", ".YAML"};
  const auto star = pattern.find('*');
  return std::ranges::any_of(kEndings, [&](std::string_view ending) { return pattern.ends_with(ending); }) &&
         (star == std::string_view::npos || pattern.find('/', star) == std::string_view::npos);
}

}  // namespace authprobe::config
