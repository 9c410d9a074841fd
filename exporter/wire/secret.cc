#include "exporter/wire/secret.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace authprobe::wire {

void wipe(std::string& text) {
  explicit_bzero(text.data(), text.capacity());
  text.clear();
}

Secret Secret::join(std::initializer_list<std::string_view> parts) {
  std::size_t bytes = 0;
  for (const std::string_view part : parts) bytes += part.size();
  Secret whole;
  whole.reserve(bytes);
  for (const std::string_view part : parts) whole.append(part);
  return whole;
}

void Secret::take_text(Secret& other) {
  value_ = std::move(other.value_);
  wire::wipe(other.value_);  // a short string was copied, not moved
}

void Secret::wipe() {
  wire::wipe(value_);
}

void Secret::append(std::string_view text) {
  const std::size_t needed = value_.size() + text.size();
  if (needed > value_.capacity()) reserve(std::max(needed, 2 * value_.capacity()));
  value_ += text;
}

void Secret::reserve(std::size_t bytes) {
  if (bytes <= value_.capacity()) return;
  std::string larger;
  larger.reserve(bytes);
  larger = value_;
  std::swap(value_, larger);
  wire::wipe(larger);
}

void append_as_it_is(Secret& out, std::string_view text) {
  out.append(text);
}

Secret filled(std::string_view text, const std::function<std::optional<std::string_view>(std::string_view)>& value_of,
              AppendEscaped append_escaped) {
  Secret result;
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

}  // namespace authprobe::wire
