#include "exporter/wire/authorization.h"

#include <algorithm>
#include <array>
#include <span>

#include "exporter/wire/text.h"
#include "exporter/wire/url.h"

namespace authprobe::wire {
namespace {

// In the order of the enumerators.
constexpr std::array<std::string_view, kSentCredentialCount> kSent = {"unknown",
                                                                      "none",
                                                                      "bearer",
                                                                      "basic",
                                                                      "digest",
                                                                      "api_key",
                                                                      "oauth2",
                                                                      "sigv4",
                                                                      "hmac",
                                                                      "cookie",
                                                                      "client_certificate",
                                                                      "negotiate"};

// Parts of the names of headers with API keys: X-API-Key, PRIVATE-TOKEN, Ocp-Apim-Subscription-Key.
constexpr std::array<std::string_view, 8> kKeys = {"api-key", "apikey", "api_key", "token",
                                                   "-key",    "secret", "x-auth",  "x-session"};
// Theirs are not: they guard against forged and repeated requests.
constexpr std::array<std::string_view, 4> kOtherKeys = {"csrf", "xsrf", "idempotency", "sec-websocket"};

bool has_any_of(std::string_view name, std::span<const std::string_view> parts) {
  return std::ranges::any_of(parts, [&](std::string_view part) { return contains_ignoring_case(name, part); });
}

SentCredential sent_by_scheme(std::string_view authorization) {
  const std::string_view scheme = authorization.substr(0, authorization.find(' '));
  if (equal_ignoring_case(scheme, "Bearer")) return SentCredential::bearer;
  if (equal_ignoring_case(scheme, "Basic")) return SentCredential::basic;
  if (equal_ignoring_case(scheme, "Digest")) return SentCredential::digest;
  if (equal_ignoring_case(scheme, "Negotiate")) return SentCredential::negotiate;
  if (starts_with_ignoring_case(scheme, "AWS4-HMAC")) return SentCredential::sigv4;
  return SentCredential::api_key;
}

}  // namespace

bool is_other_key(std::string_view name) {
  return has_any_of(name, kOtherKeys);
}

SentCredential sent_by(std::string_view header, std::string_view value) {
  if (equal_ignoring_case(header, "Authorization")) return sent_by_scheme(value);
  if (equal_ignoring_case(header, "Cookie")) return SentCredential::cookie;
  const bool is_key = has_any_of(header, kKeys) && !is_other_key(header);
  return is_key ? SentCredential::api_key : SentCredential::none;
}

SentCredential sent_by(std::span<const Header> headers) {
  SentCredential all = SentCredential::none;
  for (const auto& [name, value] : headers) {
    const SentCredential one = sent_by(name, value);
    if (one != SentCredential::none && (all == SentCredential::none || all == SentCredential::cookie)) all = one;
  }
  return all;
}

bool hands_over_login(std::string_view query) {
  static constexpr std::array<std::string_view, 6> kResults = {"ticket",   "samlresponse", "samlart",
                                                               "id_token", "access_token", "jwt"};
  static constexpr std::array<std::string_view, 2> kAmbiguous = {"code", "token"};
  constexpr std::size_t kShortestCode = 10;
  const auto is_one_of = [](std::string_view name, std::span<const std::string_view> names) {
    return std::ranges::any_of(names, [&](std::string_view one) { return equal_ignoring_case(one, name); });
  };
  while (!query.empty()) {
    const Parameter parameter = take_parameter(query);
    const std::string_view value = parameter.value.value_or("");
    const bool is_long = value.size() >= kShortestCode && value.find_first_of("0123456789") != std::string_view::npos;
    if (!value.empty() && is_one_of(parameter.name, kResults)) return true;
    if (is_long && is_one_of(parameter.name, kAmbiguous)) return true;
  }
  return false;
}

std::string_view to_string(SentCredential sent) {
  return kSent.at(static_cast<std::size_t>(sent));
}

std::optional<SentCredential> sent_from(std::string_view word) {
  const auto found = std::find(kSent.begin(), kSent.end(), word);
  if (found == kSent.end()) return std::nullopt;
  return static_cast<SentCredential>(found - kSent.begin());
}

}  // namespace authprobe::wire
