#include "exporter/web/negotiation.h"

#include <strings.h>

#include <optional>

namespace authprobe::web {
namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Takes what stands before `separator` off the front of `rest`.
std::string_view next_part(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view part = trimmed(rest.substr(0, end));
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  return part;
}

bool same_word(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

// "q=0", "q=0.", "q=0.000": not acceptable. Whatever else a weight says is a preference, which a choice of one needs
// not.
bool is_zero_weight(std::string_view parameter) {
  const std::string_view name = next_part(parameter, '=');
  const std::string_view value = trimmed(parameter);
  return same_word(name, "q") && value.starts_with('0') && value.find_first_not_of("0.") == std::string_view::npos;
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
    if (same_word(coding, "gzip") || same_word(coding, "x-gzip")) named = named.value_or(false) || acceptable;
    if (coding == "*") any = acceptable;
  }
  return named.value_or(any.value_or(false));
}

}  // namespace authprobe::web
