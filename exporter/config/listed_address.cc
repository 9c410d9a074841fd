#include "exporter/config/listed_address.h"

#include <algorithm>
#include <cctype>

#include "exporter/config/field.h"
#include "exporter/config/keys.h"
#include "exporter/config/stable_hash.h"
#include "exporter/wire/encoding.h"
#include "exporter/wire/text.h"

namespace authprobe::config {
namespace {

constexpr std::string_view kParam = "__param_";
constexpr std::string_view kTarget = "__target__";
constexpr std::size_t kLongestName = 128;

std::string query_of(const LabelSet& labels) {
  wire::Secret query;
  for (auto label = labels.lower_bound(kParam); label != labels.end() && label->first.starts_with(kParam); ++label) {
    wire::append_form_field(query, std::string_view(label->first).substr(kParam.size()), label->second);
  }
  return std::string(query.reveal());
}

// A path in whose parts only visible ASCII stands.
std::string encoded_path(std::string_view path) {
  std::string text;
  for (const char c : path) {
    const bool stays = c > 0x20 && c < 0x7f && c != '?' && c != '#';
    text += stays ? std::string(1, c) : wire::percent_encoded(std::string_view(&c, 1));
  }
  return text;
}

std::string eight_digits(std::string_view text) {
  std::uint64_t hash = stable_hash(text);
  std::string digits;
  for (int i = 0; i < 8; ++i, hash >>= 4) digits += "0123456789abcdef"[hash & 15];
  return digits;
}

// Letters, digits, '.' and '_' stay; what is between them is one '-'.
std::string readable(std::string_view text) {
  std::string name;
  for (const char c : text) {
    const bool stays = std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_';
    if (stays) {
      name += c;
    } else if (!name.empty() && !name.ends_with('-')) {
      name += '-';
    }
  }
  while (name.ends_with('-')) name.pop_back();
  return name;
}

}  // namespace

LabelSet with_usual_labels(LabelSet labels, const TargetList& list) {
  labels.try_emplace("__scheme__", name_of(kUrlSchemes, list.scheme));
  labels.try_emplace("__metrics_path__", list.path);
  for (const auto& [name, value] : list.params) {
    if (!value.empty()) labels.try_emplace(std::string(kParam) + name, value);
  }
  return labels;
}

UrlText url_of(const LabelSet& labels) {
  const std::string_view address = label_value(labels, "__address__");
  std::string path(label_value(labels, "__metrics_path__"));
  if (!path.starts_with('/')) path.insert(0, 1, '/');
  if (address.empty()) return {{}, "has no address"};
  std::string text;
  if (address.find("://") != std::string_view::npos) {
    text = address;
    const auto url = wire::Url::parse(text);
    if (url && url->rest().empty()) text += encoded_path(path);
  } else {
    const std::string_view scheme = label_value(labels, "__scheme__");
    if (scheme != "http" && scheme != "https") return {{}, "must have http or https as __scheme__"};
    if (address.find_first_of("/?#") != std::string_view::npos) {
      return {{}, "must have a host, with or without a port, or a URL as its address"};
    }
    text = std::string(scheme) + "://" + std::string(address) + encoded_path(path);
  }
  if (const std::string query = query_of(labels); !query.empty()) {
    text += (text.find('?') == std::string::npos ? '?' : '&') + query;
  }
  return {std::move(text)};
}

std::string target_name(const LabelSet& labels, const wire::Url& url, const TargetList& list) {
  const std::string prefix = list.name + '.';
  if (const std::string_view own = label_value(labels, kTarget); !own.empty()) {
    return own.starts_with(prefix) ? std::string(own) : prefix + std::string(own);
  }
  std::string name = prefix + readable(wire::lowered(url.authority()) + std::string(url.path()));
  if (!url.query().empty()) name += '-' + eight_digits(url.query());
  if (name.size() <= kLongestName) return name;
  const std::string end = '-' + eight_digits(url.text());
  return name.substr(0, kLongestName - end.size()) + end;
}

std::vector<std::pair<std::string, std::string>> shown_labels(const LabelSet& labels) {
  LabelSet shown;
  for (const auto& [name, value] : labels) {
    if (!name.starts_with("__") && label_problem(name).empty()) shown.emplace(name, value);
  }
  for (const auto& [name, value] : labels) {
    if (name.starts_with("__") || shown.contains(name)) continue;
    std::string free = name;
    while (!label_problem(free).empty() || shown.contains(free)) free.insert(0, "exported_");
    shown.emplace(std::move(free), value);
  }
  return {shown.begin(), shown.end()};
}

}  // namespace authprobe::config
