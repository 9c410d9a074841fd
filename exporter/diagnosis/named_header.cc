#include "exporter/diagnosis/named_header.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace authprobe::diagnosis {
namespace {

bool in_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
}

// "x-request-id", "content-type", "idempotency-key": names that nothing but a header has.
bool is_header_name(std::string_view word) {
  static constexpr std::array<std::string_view, 11> kStarts = {"x-",           "content-",     "accept-",    "if-",
                                                               "idempotency-", "user-agent",   "cache-",     "sec-",
                                                               "request-",     "correlation-", "api-version"};
  return word.find('-') != std::string_view::npos &&
         std::ranges::any_of(kStarts, [&](std::string_view start) { return word.starts_with(start); });
}

// By the parts of its name: x-api-key, x-amz-security-token, x-client-id, x-signature.
bool carries_credential(std::string_view name) {
  if (name.starts_with("idempotency-")) return false;
  static constexpr std::array<std::string_view, 19> kParts = {
      "auth",  "token", "key",  "secret", "sign", "credential", "session", "cookie", "user", "client",
      "login", "pass",  "csrf", "xsrf",   "jwt",  "bearer",     "app-id",  "appid",  "-date"};
  return name != "user-agent" &&
         std::ranges::any_of(kParts, [&](std::string_view part) { return name.find(part) != std::string_view::npos; });
}

}  // namespace

bool names_only_plain_headers(std::string_view phrase) {
  if (phrase.find("header") == std::string_view::npos) return false;
  bool found = false;
  for (std::size_t i = 0; i < phrase.size();) {
    std::size_t end = i;
    while (end < phrase.size() && in_name(phrase[end])) ++end;
    const std::string_view word = phrase.substr(i, end - i);
    i = std::max(end, i + 1);
    if (!is_header_name(word)) continue;
    if (carries_credential(word)) return false;
    found = true;
  }
  return found && phrase.find("authorization") == std::string_view::npos;
}

}  // namespace authprobe::diagnosis
