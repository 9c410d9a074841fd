#include "exporter/http/address_scope.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

namespace authprobe::http {
namespace {

struct Range {
  std::uint32_t first;
  int bits;
};

constexpr Range kPrivate[] = {
    {0x00000000, 8},   // 0.0.0.0: this host
    {0x0A000000, 8},   // 10.0.0.0
    {0x64400000, 10},  // 100.64.0.0: shared by a provider's customers
    {0x7F000000, 8},   // 127.0.0.0: loopback
    {0xA9FE0000, 16},  // 169.254.0.0: link-local
    {0xAC100000, 12},  // 172.16.0.0
    {0xC0A80000, 16},  // 192.168.0.0
};

bool is_private_v4(std::uint32_t address) {
  return std::ranges::any_of(
      kPrivate, [address](const Range& range) { return (address ^ range.first) >> (32 - range.bits) == 0; });
}

bool is_private_v6(const in6_addr& address) {
  const std::uint8_t* bytes = address.s6_addr;
  const auto all_zero = [bytes](int from, int to) {
    return std::all_of(bytes + from, bytes + to, [](auto b) { return b == 0; });
  };
  const auto embedded = [bytes] {
    return std::uint32_t{bytes[12]} << 24 | std::uint32_t{bytes[13]} << 16 | std::uint32_t{bytes[14]} << 8 | bytes[15];
  };
  if (all_zero(0, 10) && bytes[10] == 0xFF && bytes[11] == 0xFF) return is_private_v4(embedded());  // ::ffff:0:0/96
  if (all_zero(0, 12)) return true;                                                                 // ::, ::1
  if (bytes[0] == 0 && bytes[1] == 0x64 && bytes[2] == 0xFF && bytes[3] == 0x9B)
    return is_private_v4(embedded());                              // NAT64
  if (bytes[0] == 0xFE && (bytes[1] & 0xC0) == 0x80) return true;  // fe80::/10
  return (bytes[0] & 0xFE) == 0xFC;                                // fc00::/7
}

}  // namespace

bool is_private(std::string_view address) {
  if (address.starts_with('[')) address.remove_prefix(1);
  if (address.ends_with(']')) address.remove_suffix(1);
  const std::string text(address.substr(0, address.find('%')));
  in_addr v4{};
  in6_addr v6{};
  if (inet_pton(AF_INET, text.c_str(), &v4) == 1) return is_private_v4(ntohl(v4.s_addr));
  return inet_pton(AF_INET6, text.c_str(), &v6) == 1 && is_private_v6(v6);
}

}  // namespace authprobe::http
