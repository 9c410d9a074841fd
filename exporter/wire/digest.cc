#include "exporter/wire/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <array>
#include <stdexcept>

#include "exporter/wire/encoding.h"

namespace authprobe::wire {
namespace {

const EVP_MD* function_of(DigestAlgorithm algorithm) {
  switch (algorithm) {
    case DigestAlgorithm::md5: return EVP_md5();
    case DigestAlgorithm::sha1: return EVP_sha1();
    case DigestAlgorithm::sha384: return EVP_sha384();
    case DigestAlgorithm::sha512: return EVP_sha512();
    case DigestAlgorithm::sha256: break;
  }
  return EVP_sha256();
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::string digest(DigestAlgorithm algorithm, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int length = 0;
  if (EVP_Digest(text.data(), text.size(), bytes.data(), &length, function_of(algorithm), nullptr) != 1) {
    throw std::runtime_error("OpenSSL does not compute this digest");
  }
  return {reinterpret_cast<const char*>(bytes.data()), length};
}

Secret hmac(DigestAlgorithm algorithm, std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int length = 0;
  if (HMAC(function_of(algorithm), bytes_of(key), static_cast<int>(key.size()), bytes_of(text), text.size(),
           bytes.data(), &length) == nullptr) {
    throw std::runtime_error("OpenSSL does not compute this HMAC");
  }
  Secret result = Secret::join({{reinterpret_cast<const char*>(bytes.data()), length}});
  OPENSSL_cleanse(bytes.data(), bytes.size());
  return result;
}

std::string random_hex(std::size_t bytes) {
  std::string raw(bytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(raw.data()), static_cast<int>(bytes)) != 1) {
    throw std::runtime_error("no random numbers");
  }
  return hex(raw);
}

}  // namespace authprobe::wire
