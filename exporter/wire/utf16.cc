#include "exporter/wire/utf16.h"

#include <cstdint>

#include "exporter/wire/text.h"

namespace authprobe::wire {
namespace {

enum class Order { none, big, little };

Order order_of(std::string_view body, std::string_view content_type) {
  if (body.starts_with("\xfe\xff")) return Order::big;
  if (body.starts_with("\xff\xfe")) return Order::little;
  const std::string type = lowered(content_type.substr(0, 256));
  if (type.find("utf-16be") != std::string::npos) return Order::big;
  if (type.find("utf-16") == std::string::npos) return Order::none;
  return body.size() > 1 && body[0] == '\0' && type.find("utf-16le") == std::string::npos ? Order::big : Order::little;
}

void append(std::string& out, std::uint32_t point) {
  const auto byte = [&out](std::uint32_t value) { out += static_cast<char>(value); };
  const auto tail = [&](int shift) { byte(0x80 | ((point >> shift) & 0x3f)); };
  if (point < 0x80) return byte(point);
  if (point < 0x800) {
    byte(0xc0 | (point >> 6));
  } else if (point < 0x10000) {
    byte(0xe0 | (point >> 12));
    tail(6);
  } else {
    byte(0xf0 | (point >> 18));
    tail(12);
    tail(6);
  }
  tail(0);
}

}  // namespace

std::optional<std::string> utf8_of_utf16(std::string_view body, std::string_view content_type) {
  constexpr std::uint32_t kUnknown = 0xfffd;
  const Order order = order_of(body, content_type);
  if (order == Order::none) return std::nullopt;
  const auto unit = [&](std::size_t at) -> std::uint32_t {
    const auto first = static_cast<unsigned char>(body[at]);
    const auto second = static_cast<unsigned char>(body[at + 1]);
    return order == Order::big ? first << 8 | second : second << 8 | first;
  };
  std::string text;
  text.reserve(body.size() / 2);
  for (std::size_t at = 0; at + 1 < body.size(); at += 2) {
    const std::uint32_t one = unit(at);
    if (one == 0xfeff && at == 0) continue;
    const bool high = one >= 0xd800 && one < 0xdc00;
    const std::uint32_t two = high && at + 3 < body.size() ? unit(at + 2) : 0;
    if (two >= 0xdc00 && two < 0xe000) {
      append(text, 0x10000 + ((one - 0xd800) << 10) + (two - 0xdc00));
      at += 2;
    } else {
      append(text, one >= 0xd800 && one < 0xe000 ? kUnknown : one);
    }
  }
  return text;
}

}  // namespace authprobe::wire
