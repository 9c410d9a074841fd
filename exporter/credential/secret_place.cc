#include "exporter/credential/secret_place.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "exporter/wire/json.h"
#include "exporter/wire/text.h"

namespace authprobe::credential {
namespace {

using nlohmann::json;

FoundSecret in_json(const std::string& place, std::string_view text) {
  const json document = json::parse(text, nullptr, false);
  if (document.is_discarded()) return {"", "not JSON"};
  const json* value = wire::find_at(document, place);
  if (value == nullptr) return {"", "has nothing at " + place};
  if (value->is_string()) return {value->get<std::string>(), ""};
  if (value->is_number_integer()) return {value->dump(), ""};
  return {"", "has no text at " + place};
}

// Without what a shell would take off the value.
std::string unquoted(std::string_view value) {
  const char quote = value.empty() ? ' ' : value.front();
  if (quote != '"' && quote != '\'') {
    const auto comment = value.find(" #");
    return std::string(wire::trimmed(value.substr(0, comment)));
  }
  value.remove_prefix(1);
  std::string result;
  for (std::size_t i = 0; i < value.size() && value[i] != quote; ++i) {
    if (quote == '"' && value[i] == '\\' && i + 1 < value.size()) {
      ++i;
      result += value[i] == 'n' ? '\n' : value[i];
    } else {
      result += value[i];
    }
  }
  return result;
}

FoundSecret in_lines(const config::SecretSource& source, std::string_view text) {
  std::string section;
  std::optional<std::string> found;
  while (!text.empty()) {
    std::string_view line = wire::take_part(text, '\n');
    if (line.starts_with('[') && line.ends_with(']')) {
      section = wire::trimmed(line.substr(1, line.size() - 2));
      continue;
    }
    if (section != source.section) continue;
    if (line.starts_with("export ")) line.remove_prefix(7);
    const auto equals = line.find('=');
    if (equals == std::string_view::npos || wire::trimmed(line.substr(0, equals)) != source.variable) continue;
    found = unquoted(wire::trimmed(line.substr(equals + 1)));
  }
  if (found) return {std::move(*found), ""};
  return {"", "has no " + source.variable + (source.section.empty() ? "" : " in [" + source.section + ']')};
}

}  // namespace

FoundSecret secret_at(const config::SecretSource& source, std::string_view text) {
  if (!source.json_pointer.empty()) return in_json(source.json_pointer, text);
  if (!source.variable.empty()) return in_lines(source, text);
  return {std::string(text), ""};
}

}  // namespace authprobe::credential
