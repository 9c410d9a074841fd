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
      append_utf8(text, 0x10000 + ((one - 0xd800) << 10) + (two - 0xdc00));
      at += 2;
    } else {
      append_utf8(text, one >= 0xd800 && one < 0xe000 ? kUnknown : one);
    }
  }
  return text;
}

}  // namespace authprobe::wire
