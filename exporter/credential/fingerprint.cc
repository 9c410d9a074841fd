#include "exporter/credential/fingerprint.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <array>
#include <stdexcept>

#include "exporter/wire/encoding.h"

namespace authprobe::credential {
namespace {

std::array<unsigned char, 32> random_key() {
  std::array<unsigned char, 32> key{};
  if (RAND_bytes(key.data(), static_cast<int>(key.size())) != 1) throw std::runtime_error("no random numbers");
  return key;
}

}  // namespace

std::string fingerprint(std::string_view secret) {
  static const std::array<unsigned char, 32> kKey = random_key();
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  HMAC(EVP_sha256(), kKey.data(), static_cast<int>(kKey.size()), reinterpret_cast<const unsigned char*>(secret.data()),
       secret.size(), digest, &length);
  return wire::hex({reinterpret_cast<const char*>(digest), 4});
}

}  // namespace authprobe::credential
