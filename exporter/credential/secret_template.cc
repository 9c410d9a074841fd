#include "exporter/credential/secret_template.h"

#include <nlohmann/json.hpp>

#include "exporter/wire/encoding.h"
#include "exporter/wire/text.h"

namespace authprobe::credential {
namespace {

using nlohmann::json;

// For the inside of a JSON string.
void append_json_escaped(wire::Secret& out, std::string_view text) {
  const wire::Secret dumped(json(text).dump(-1, ' ', false, json::error_handler_t::replace));
  out.append(dumped.reveal().substr(1, dumped.size() - 2));
}

}  // namespace

void append_as_it_is(wire::Secret& out, std::string_view text) {
  out.append(text);
}

AppendEscaped escape_for(std::string_view content_type) {
  if (wire::contains_ignoring_case(content_type, "x-www-form-urlencoded")) return wire::append_percent_encoded;
  return wire::contains_ignoring_case(content_type, "json") ? append_json_escaped : append_as_it_is;
}

wire::Secret filled(std::string_view text,
                    const std::function<std::optional<std::string_view>(std::string_view)>& value_of,
                    AppendEscaped append_escaped) {
  wire::Secret result;
  for (auto at = text.find("${"); at != std::string_view::npos; at = text.find("${")) {
    const auto end = text.find('}', at);
    if (end == std::string_view::npos) break;
    result.append(text.substr(0, at));
    if (const auto value = value_of(text.substr(at + 2, end - at - 2))) {
      append_escaped(result, *value);
    } else {
      result.append(text.substr(at, end + 1 - at));
    }
    text.remove_prefix(end + 1);
  }
  result.append(text);
  return result;
}

}  // namespace authprobe::credential
