// Tells two secrets apart without telling anything of them.
#pragma once

#include <string>
#include <string_view>

namespace authprobe::credential {

// Eight hexadecimal digits of an HMAC under a key that this process drew at its start and nobody else knows: the same
// for the same secret as long as the process lives, and of no use to somebody who wants to try out guesses.
std::string fingerprint(std::string_view secret);

}  // namespace authprobe::credential
