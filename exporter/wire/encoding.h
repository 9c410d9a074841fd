// The encodings in which HTTP carries arbitrary bytes. Functions that write to a Secret leave no copy elsewhere.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "exporter/wire/secret.h"

namespace authprobe::wire {

// Characters that never need an escape, in addition to letters and digits: RFC 3986, section 2.3.
inline constexpr std::string_view kUnreserved = "-._~";

// The style of percent_encoded(): the characters that stay, in addition to letters and digits, and the escapes' digits.
struct PercentStyle {
  std::string_view plain = kUnreserved;
  std::string_view digits = "0123456789ABCDEF";
};

std::string percent_encoded(std::string_view text, const PercentStyle& style = {});
void append_percent_encoded(Secret& out, std::string_view text);

// The same for a part of a URL's path, where more characters need no escape (RFC 3986, section 3.3); a slash has one.
void append_path_encoded(Secret& out, std::string_view text);

// A '%' that two hexadecimal digits do not follow stays as it is.
std::string percent_decoded(std::string_view text);

// application/x-www-form-urlencoded, for the body of a request. Appends "name=value", after a '&' unless `form` is
// empty.
void append_form_field(Secret& out, std::string_view name, std::string_view value);

// RFC 4648: sections 4 and 5, the latter without padding, as JOSE requires.
std::string base64(std::string_view bytes);
std::string base64url(std::string_view bytes);

// Accepts both alphabets, with or without padding. Nothing if `text` contains another character.
std::optional<std::string> base64_decoded(std::string_view text);

// Two lower-case digits per byte.
std::string hex(std::string_view bytes);

// Accepts both cases. Nothing if `text` is not made of pairs of digits.
std::optional<std::string> hex_decoded(std::string_view text);

// The username and the secret as the Basic scheme sends them, "Basic " included (RFC 7617).
Secret basic_credentials(std::string_view username, std::string_view password);

}  // namespace authprobe::wire
