// Texts made ready for the wording rules: identifiers as words, what is stated apart from what is advised.
#pragma once

#include <string>
#include <string_view>

namespace authprobe::diagnosis {

// "ExpiredTokenException", "TOKEN_EXPIRED" and "token-expired" as words: "expired token exception", "token expired".
std::string words_of(std::string_view code);

// A sentence in lower case, the identifiers in it taken apart, and without examples in brackets:
// "accessToken is invalid (e.g. cut)" as "access token is invalid".
std::string phrase_of(std::string_view text);

// What `phrase` states, without the sentences that tell what to do, where to read on or what might be the matter: "the
// token was not taken. please check that it has not expired" states the first half only. Empty where it is nothing
// else.
std::string statement_of(std::string_view phrase);

}  // namespace authprobe::diagnosis
