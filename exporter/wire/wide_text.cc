#include "exporter/wire/wide_text.h"

#include <cstdint>

#include "exporter/wire/text.h"

namespace authprobe::wire {
namespace {

constexpr std::uint32_t kUnknown = 0xfffd;

enum class Order { none, big, little };

// By its byte order mark: no text begins with U+0000, as UTF-16 would have it (Unicode, section 23.8).
Order order_of_utf32(std::string_view body) {
  if (body.starts_with(std::string_view("\0\0\xfe\xff", 4))) return Order::big;
  return body.starts_with(std::string_view("\xff\xfe\0\0", 4)) ? Order::little : Order::none;
}

std::string utf8_of_utf32(std::string_view body, Order order) {
  std::string text;
  text.reserve(body.size() / 4);
  for (std::size_t at = 4; at + 3 < body.size(); at += 4) {
    std::uint32_t point = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      point = point << 8 | static_cast<unsigned char>(body[at + (order == Order::big ? i : 3 - i)]);
    }
    const bool character = point < 0xd800 || (point >= 0xe000 && point < 0x110000);
    append_utf8(text, character ? point : kUnknown);
  }
  return text;
}

Order order_of(std::string_view body, std::string_view content_type) {
  if (body.starts_with("\xfe\xff")) return Order::big;
  if (body.starts_with("\xff\xfe")) return Order::little;
  // JSON in UTF-16 needs neither: its first two characters are ASCII (RFC 4627, section 3).
  if (body.starts_with(std::string_view("{\0", 2)) || body.starts_with(std::string_view("[\0", 2)))
    return Order::little;
  if (body.starts_with(std::string_view("\0{", 2)) || body.starts_with(std::string_view("\0[", 2))) return Order::big;
  const std::string type = lowered(content_type.substr(0, 256));
  if (type.find("utf-16be") != std::string::npos) return Order::big;
  if (type.find("utf-16") == std::string::npos) return Order::none;
  return body.size() > 1 && body[0] == '\0' && type.find("utf-16le") == std::string::npos ? Order::big : Order::little;
}

}  // namespace

std::optional<std::string> utf8_of_wide_text(std::string_view body, std::string_view content_type) {
  if (const Order wide = order_of_utf32(body); wide != Order::none) return utf8_of_utf32(body, wide);
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
      append_utf8(text, 0x10000 + ((one - 0xd800) << 10) + (two - 0xdc00));
      at += 2;
    } else {
      append_utf8(text, one >= 0xd800 && one < 0xe000 ? kUnknown : one);
    }
  }
  return text;
}

}  // namespace authprobe::wire
