// The two alphabets of RFC 4648 that credentials are sent in.
#pragma once

#include <string>
#include <string_view>

namespace authprobe::credential {

std::string base64(std::string_view bytes);
std::string base64url(std::string_view bytes);  // without padding, as JOSE wants it

}  // namespace authprobe::credential
