// libFuzzer target: any bytes as an issuer's documents, and as a token that its keys are tried on. The token is the
// first line.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "exporter/credential/issuer_metadata.h"
#include "exporter/credential/jwks.h"
#include "exporter/credential/jwt.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace authprobe::credential;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string_view token = text.substr(0, text.find('\n'));
  const std::string_view document = text.substr(std::min(text.size(), token.size() + 1));
  (void)read_issuer_metadata(document);
  (void)read_resource_metadata(document);
  const auto claims = read_jwt(token);
  const auto keys = read_key_set(document);
  if (!claims || !keys) return 0;
  for (const JsonWebKey& key : *keys) {
    const SignatureCheck check = check_signature(token, claims->algorithm, key);
    if (check != SignatureCheck::unreadable && !key.key) std::abort();
  }
  return 0;
}
