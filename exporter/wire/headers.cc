#include "exporter/wire/headers.h"

#include "exporter/wire/text.h"

namespace authprobe::wire {

const std::string* find_header(std::span<const Header> headers, std::string_view name) {
  for (const auto& [present, value] : headers) {
    if (equal_ignoring_case(present, name)) return &value;
  }
  return nullptr;
}

}  // namespace authprobe::wire
