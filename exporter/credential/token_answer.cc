#include "exporter/credential/token_answer.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "exporter/wire/text.h"

namespace authprobe::credential {
namespace {

using nlohmann::json;

constexpr std::size_t kLongestAccessToken = 32 * 1024;

std::optional<wire::Moment> moment_of(const json& value, WallTime now, wire::TimeFormat format) {
  if (value.is_number()) return wire::read_timestamp(value.get<double>(), now, format);
  if (value.is_string()) return wire::read_timestamp(value.get_ref<const std::string&>(), now, format);
  return std::nullopt;
}

// The scheme in front of a token; empty: none.
std::string_view scheme_of(std::string_view text, Schemes schemes) {
  constexpr std::array<std::string_view, 8> kKnown{"Bearer", "Basic", "Token", "JWT", "OAuth", "ApiKey", "Key", "SSWS"};
  if (schemes == Schemes::none) return {};
  const std::string_view scheme = text.substr(0, text.find(' '));
  const bool known = std::ranges::any_of(kKnown, [&](auto word) { return wire::equal_ignoring_case(word, scheme); });
  return known || (schemes == Schemes::any && scheme != text) ? scheme : std::string_view();
}

// What is wrong with a token's form; empty: nothing.
std::string_view token_problem(std::string_view token) {
  if (token.empty()) return "the answer has an empty token";
  if (token.size() > kLongestAccessToken) return "the answer has a token of more than 32 KiB";
  const auto cannot_be_sent = [](unsigned char c) { return c <= ' ' || c == 0x7f; };
  if (std::any_of(token.begin(), token.end(), cannot_be_sent))
    return "the answer has a token with spaces or control characters";
  return "";
}

}  // namespace

TokenAnswer failed(FetchFailure failure, std::string detail) {
  TokenAnswer answer;
  answer.failure = failure;
  answer.detail = std::move(detail);
  return answer;
}

TokenAnswer with_token(std::string_view text, Schemes schemes) {
  text = wire::trimmed(text);
  const std::string_view scheme = scheme_of(text, schemes);
  if (!scheme.empty()) text = wire::trimmed(text.substr(scheme.size()));
  const std::string_view problem = token_problem(text);
  if (!problem.empty()) return failed(FetchFailure::bad_response, std::string(problem));
  TokenAnswer answer;
  answer.token.value = wire::Secret(std::string(text));
  answer.token.scheme = wire::equal_ignoring_case(scheme, "Bearer") ? "Bearer" : std::string(scheme);
  return answer;
}

void note_end(const json& value, WallTime now, wire::TimeFormat format, FetchedToken& token) {
  const auto moment = moment_of(value, now, format);
  if (!moment) return;
  token.never_expires = moment->never;
  if (!moment->never) token.expires_at = moment->at;
}

}  // namespace authprobe::credential
