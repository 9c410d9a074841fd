// By its name: a header, a parameter, a cookie or a field that carries a secret.
#pragma once

#include <string_view>

namespace authprobe::wire {

// Whatever its value is. "X-Api-Key", "access_token", "DPoP".
bool is_secret_name(std::string_view name);

// The same for what else a login carries: `code`, `state`, `otp`. As an API's own filter, `state=open` and `code=404`
// are none.
bool carries_secret(std::string_view name, std::string_view value);

}  // namespace authprobe::wire
