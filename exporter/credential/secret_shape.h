// What is wrong with the form of a secret, without showing it. Pure.
#pragma once

#include <string>
#include <string_view>

#include "exporter/config/credential_kinds.h"

namespace authprobe::credential {

// The problem of a secret that can be sent all the same, to follow "the secret"; empty: none.
std::string problem_of_shape(const config::KindTraits& kind, std::string_view secret);

}  // namespace authprobe::credential
