#include "exporter/web/negotiation.h"

#include <optional>

#include "exporter/wire/text.h"

namespace authprobe::web {
namespace {

// Removes the text before `separator` from the front of `rest`.
std::string_view next_part(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view part = wire::trimmed(rest.substr(0, end));
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  return part;
}

// "q=0", "q=0.", "q=0.000": not acceptable. Other weights are preferences, which do not matter for a single
// choice.
bool is_zero_weight(std::string_view parameter) {
  const std::string_view name = next_part(parameter, '=');
  const std::string_view value = wire::trimmed(parameter);
  return wire::equal_ignoring_case(name, "q") && value.starts_with('0') &&
         value.find_first_not_of("0.") == std::string_view::npos;
}

}  // namespace

bool accepts_gzip(std::string_view accept_encoding) {
  std::optional<bool> named;
  std::optional<bool> any;
  while (!accept_encoding.empty()) {
    std::string_view element = next_part(accept_encoding, ',');
    const std::string_view coding = next_part(element, ';');
    bool acceptable = true;
    while (!element.empty()) acceptable = !is_zero_weight(next_part(element, ';')) && acceptable;
    if (wire::equal_ignoring_case(coding, "gzip") || wire::equal_ignoring_case(coding, "x-gzip"))
      named = named.value_or(false) || acceptable;
    if (coding == "*") any = acceptable;
  }
  return named.value_or(any.value_or(false));
}

}  // namespace authprobe::web
