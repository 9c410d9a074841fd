#include "exporter/wire/secret_name.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "exporter/wire/authorization.h"
#include "exporter/wire/text.h"

namespace authprobe::wire {
namespace {

// Without the signs between words, since "api_key", "apiKey" and "X-Api-Key" are one.
std::string word_of(std::string_view name) {
  std::string word;
  for (const char c : name) {
    if (c != '-' && c != '_' && c != '.' && c != ' ') word += c;
  }
  return lowered(word);
}

constexpr std::array<std::string_view, 26> kParts{
    "apikey",    "secret",     "password",        "passwd",    "passphrase", "passcode", "authorization", "credential",
    "accesskey", "privatekey", "sessionid",       "jwt",       "dpop",       "xauth",    "xsession",      "csrf",
    "xsrf",      "cookie",     "subscriptionkey", "signature", "assertion",  "saml",     "passwort",      "kennwort",
    "phpsessid", "bearer"};
constexpr std::array<std::string_view, 14> kWhole{"key",   "sig", "auth", "pass", "pwd", "session", "appkey",
                                                  "appid", "sid", "otp",  "totp", "pin", "ticket",  "userpwd"};
// In a presigned URL: the key's id, its date and its region.
constexpr std::array<std::string_view, 2> kIds{"xamzcredential", "xgoogcredential"};
// With "token" or "key": places in a list, and what makes a repeated request harmless.
constexpr std::array<std::string_view, 5> kOther{"page", "next", "continu", "idempot", "sort"};

bool is_word(std::string_view value) {
  return std::ranges::all_of(value, [](unsigned char c) { return std::isalpha(c) != 0; });
}

}  // namespace

bool is_secret_name(std::string_view name) {
  const std::string word = word_of(name);
  const auto has = [&](std::string_view part) { return word.find(part) != std::string::npos; };
  if (std::ranges::find(kIds, word) != kIds.end()) return false;
  if (std::ranges::any_of(kParts, has) || std::ranges::find(kWhole, word) != kWhole.end()) return true;
  if (std::ranges::any_of(kOther, has)) return false;
  return has("token") || word.ends_with("key") || sent_by(name, {}) != SentCredential::none;
}

bool carries_secret(std::string_view name, std::string_view value) {
  constexpr std::size_t kLongestCode = 3;    // of a status
  constexpr std::size_t kLongestState = 12;  // "open", "in_progress" without its sign
  if (is_secret_name(name)) return true;
  const std::string word = word_of(name);
  if (word == "code") return value.size() > kLongestCode && !is_word(value);
  if (word == "state" || word == "nonce") return value.size() > kLongestState || !is_word(word_of(value));
  return word == "codeverifier" || word == "authcode" || word == "usercode" || word == "devicecode";
}

}  // namespace authprobe::wire
