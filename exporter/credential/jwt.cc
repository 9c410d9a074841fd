#include "exporter/credential/jwt.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "exporter/wire/encoding.h"
#include "exporter/wire/json.h"
#include "exporter/wire/wall_time.h"

namespace authprobe::credential {
namespace {

constexpr std::size_t kLongestToken = 64 * 1024;

std::optional<nlohmann::json> decode_object(std::string_view part) {
  const auto bytes = wire::base64_decoded(part);  // with padding, too, though it is not part of the form (RFC 7515)
  if (!bytes) return std::nullopt;
  auto object = nlohmann::json::parse(*bytes, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return std::nullopt;
  return object;
}

// A NumericDate: seconds since the epoch, which may have a fraction. Some issuers send it as a string.
std::optional<WallTime> numeric_date(const nlohmann::json& claims, const char* name) {
  const auto claim = claims.find(name);
  if (claim == claims.end()) return std::nullopt;
  double seconds = 0;
  if (claim->is_number()) {
    seconds = claim->get<double>();
  } else if (claim->is_string()) {
    char* end = nullptr;
    const auto& text = claim->get_ref<const std::string&>();
    seconds = std::strtod(text.c_str(), &end);
    if (text.empty() || *end != '\0') return std::nullopt;
  } else {
    return std::nullopt;
  }
  seconds = wire::unix_seconds(seconds);        // RFC 7519 wants seconds; some issuers count finer
  constexpr double kYear9999 = 253402300800.0;  // what a system clock in nanoseconds cannot hold anyway means "never"
  if (!std::isfinite(seconds) || seconds <= 0 || seconds >= kYear9999 || seconds > 9.2e9) return std::nullopt;
  return wire::wall_time(seconds);
}

// "read write", ["read", "write"], or nothing.
void add_scopes(const nlohmann::json& claims, const char* name, std::vector<std::string>& scopes) {
  constexpr std::size_t kMost = 256;
  const auto claim = claims.find(name);
  if (claim == claims.end()) return;
  const auto add = [&](std::string scope) {
    if (!scope.empty() && scopes.size() < kMost) scopes.push_back(std::move(scope));
  };
  if (claim->is_string()) {
    std::istringstream words(claim->get_ref<const std::string&>());
    for (std::string word; words >> word;) add(word);
  } else if (claim->is_array()) {
    for (const auto& scope : *claim) {
      if (scope.is_string()) add(scope.get<std::string>());
    }
  }
}

// RFC 7519, section 4.1.3: one text, or an array of them.
std::vector<std::string> audiences_of(const nlohmann::json& claims) {
  constexpr std::size_t kMost = 64;
  std::vector<std::string> audiences;
  const auto claim = claims.find("aud");
  if (claim == claims.end()) return audiences;
  if (claim->is_string()) audiences.push_back(claim->get<std::string>());
  if (!claim->is_array()) return audiences;
  for (const auto& one : *claim) {
    if (one.is_string() && audiences.size() < kMost) audiences.push_back(one.get<std::string>());
  }
  return audiences;
}

// The first part of a token in a compact form, where it is a JOSE header.
std::optional<nlohmann::json> jose_header(std::string_view token) {
  if (token.size() > kLongestToken) return std::nullopt;
  auto header = decode_object(token.substr(0, token.find('.')));
  if (!header || !header->contains("alg")) return std::nullopt;
  return header;
}

}  // namespace

TokenForm form_of(std::string_view token) {
  const auto dots = std::count(token.begin(), token.end(), '.');
  if (dots == 2 && read_jwt(token)) return TokenForm::jwt;
  if (dots != 4) return TokenForm::opaque;
  const auto header = jose_header(token);
  return header && header->contains("enc") ? TokenForm::encrypted : TokenForm::opaque;
}

std::optional<JwtClaims> read_jwt(std::string_view token) {
  if (std::count(token.begin(), token.end(), '.') != 2) return std::nullopt;
  const auto header = jose_header(token);
  if (!header) return std::nullopt;
  const std::size_t first = token.find('.');
  const std::size_t second = token.find('.', first + 1);
  const auto claims = decode_object(token.substr(first + 1, second - first - 1));
  if (!claims) return std::nullopt;
  JwtClaims read;
  read.expires_at = numeric_date(*claims, "exp");
  read.not_before = numeric_date(*claims, "nbf");
  read.issued_at = numeric_date(*claims, "iat");
  for (const char* name : {"scope", "scp", "roles"}) add_scopes(*claims, name, read.scopes);
  read.issuer = wire::text_member(*claims, "iss");
  read.audiences = audiences_of(*claims);
  read.algorithm = wire::text_member(*header, "alg");
  read.key_id = wire::text_member(*header, "kid");
  return read;
}

}  // namespace authprobe::credential
