// A client certificate with its chain and private key, read once and sent in every handshake.
#pragma once

#include <openssl/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct PKCS12_st;
struct stack_st_X509;

namespace authprobe::http {

enum class Pkcs12 : std::uint8_t {
  opened,
  wrong_password,
  unsupported,  // encrypted with an algorithm that this OpenSSL does not have
};

// PKCS12_parse(), also for files of older tools, which encrypt with RC2-40: for these, OpenSSL's legacy provider is
// loaded during the call.
Pkcs12 parse_pkcs12(PKCS12_st* bundle, const std::string& password, EVP_PKEY** key, X509** certificate,
                    stack_st_X509** chain);

class ClientIdentity {
 public:
  ~ClientIdentity();
  ClientIdentity(const ClientIdentity&) = delete;
  ClientIdentity& operator=(const ClientIdentity&) = delete;

  struct Result;

  // `certificate` is PEM (the client's own first), or PKCS#12 with the key inside; `private_key` is PEM, and empty if
  // the key is in `certificate`; `password` opens either.
  static Result read(std::string_view certificate, std::string_view private_key, std::string_view password);

  X509* certificate() const { return certificate_; }
  EVP_PKEY* private_key() const { return private_key_; }
  const std::vector<X509*>& chain() const { return chain_; }

 private:
  ClientIdentity() = default;

  X509* certificate_ = nullptr;
  EVP_PKEY* private_key_ = nullptr;
  std::vector<X509*> chain_;
};

struct ClientIdentity::Result {
  std::shared_ptr<const ClientIdentity> identity;  // null: see `problem`
  std::string problem;                             // contains nothing of the input
};

}  // namespace authprobe::http
