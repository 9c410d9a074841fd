#include "exporter/wire/authorization.h"

#include <algorithm>
#include <array>

namespace authprobe::wire {
namespace {

// In the order of the enumerators.
constexpr std::array<std::string_view, kSentCredentialCount> kSent = {
    "unknown", "none", "bearer", "basic", "digest", "api_key", "oauth2", "sigv4", "cookie", "client_certificate"};

}  // namespace

std::string_view to_string(SentCredential sent) {
  return kSent.at(static_cast<std::size_t>(sent));
}

std::optional<SentCredential> sent_from(std::string_view word) {
  const auto found = std::find(kSent.begin(), kSent.end(), word);
  if (found == kSent.end()) return std::nullopt;
  return static_cast<SentCredential>(found - kSent.begin());
}

}  // namespace authprobe::wire
