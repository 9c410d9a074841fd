#include "exporter/credential/expiry.h"

#include <array>

namespace authprobe::credential {

std::string_view to_string(ExpiryKind kind) {
  constexpr std::array<std::string_view, kExpiryKindCount> kWords{"access", "refresh", "certificate", "secret"};
  return kWords[static_cast<std::size_t>(kind)];
}

std::string_view to_string(ExpirySource source) {
  constexpr std::array<std::string_view, kExpirySourceCount> kWords{
      "jwt", "token_response", "introspection", "lookup", "inventory", "header", "certificate", "declared"};
  return kWords[static_cast<std::size_t>(source)];
}

std::string_view to_string(ExpiryState state) {
  constexpr std::array<std::string_view, kExpiryStateCount> kWords{"known", "never", "unknown", "sliding"};
  return kWords[static_cast<std::size_t>(state)];
}

}  // namespace authprobe::credential
