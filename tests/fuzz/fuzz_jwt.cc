// libFuzzer target: any bytes as a token.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "exporter/credential/jwt.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view token(reinterpret_cast<const char*>(data), size);
  const auto claims = authprobe::credential::read_jwt(token);
  const auto form = authprobe::credential::form_of(token);
  if (claims.has_value() != (form == authprobe::credential::TokenForm::jwt)) std::abort();
  return 0;
}
