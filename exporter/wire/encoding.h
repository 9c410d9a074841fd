// The encodings in which HTTP carries foreign bytes. What goes into a Secret leaves no copy elsewhere.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "exporter/wire/secret.h"

namespace authprobe::wire {

// Characters that never need an escape: RFC 3986, section 2.3, beside letters and digits.
inline constexpr std::string_view kUnreserved = "-._~";

// How percent_encoded() writes: which characters, beside letters and digits, stay as they are, and the escapes' digits.
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

// application/x-www-form-urlencoded, as the body of a request is written. Appends "name=value", after a '&' where
// something stands before.
void append_form_field(Secret& out, std::string_view name, std::string_view value);

// RFC 4648: sections 4 and 5, the latter without padding, as JOSE wants it.
std::string base64(std::string_view bytes);
std::string base64url(std::string_view bytes);

// Takes both alphabets, with padding or without. Nothing where another character stands in `text`.
std::optional<std::string> base64_decoded(std::string_view text);

// Two lower-case digits a byte.
std::string hex(std::string_view bytes);

// The username and the secret as the Basic scheme sends them, "Basic " included (RFC 7617).
Secret basic_credentials(std::string_view username, std::string_view password);

}  // namespace authprobe::wire
