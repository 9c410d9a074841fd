// The forms of services' tokens: a prefix, a length, a checksum. They tell a token of another service, and one that has
// lost a character, before anybody is asked.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace authprobe::config {

enum class TokenAlphabet { base62, base64url, hex, printable };
enum class TokenChecksum { none, crc32_base62 };

struct TokenForm {
  std::string provider;  // its name
  std::string service;   // for people: "GitHub"
  std::string name;      // which of its tokens: "classic personal access token"
  std::string prefix;
  std::size_t shortest = 0;                           // of the whole token, in characters; 0: any length
  std::size_t longest = 0;                            // 0: any
  TokenAlphabet alphabet = TokenAlphabet::printable;  // of what follows the prefix
  // crc32_base62: the last six characters are the CRC-32 of what stands between them and the prefix, in base 62 with
  // the digits first, then capital letters.
  TokenChecksum checksum = TokenChecksum::none;
  bool operator==(const TokenForm&) const = default;
};

// The form that all of the token has; null: none, those of several services, or one that a short prefix alone tells.
const TokenForm* form_of(std::string_view token, const std::vector<TokenForm>& forms);

// What is wrong with a token that is to be one of `provider` (empty: nobody says which), to follow "the secret", or
// nothing: it has the form of another service's, or it begins as one of the provider's and fails its checksum. A length
// alone is not believed: services make their tokens longer without a word. Never a part of the token.
std::string problem_of_form(std::string_view token, std::string_view provider, const std::vector<TokenForm>& forms);

}  // namespace authprobe::config
