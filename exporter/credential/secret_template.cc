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

wire::AppendEscaped escape_for(std::string_view content_type) {
  if (wire::contains_ignoring_case(content_type, "x-www-form-urlencoded")) return wire::append_percent_encoded;
  return wire::contains_ignoring_case(content_type, "json") ? append_json_escaped : wire::append_as_it_is;
}

}  // namespace authprobe::credential
