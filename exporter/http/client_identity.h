// A client certificate with its chain and private key, read once and shown in every handshake.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace authprobe::http {

class ClientIdentity {
 public:
  ~ClientIdentity();
  ClientIdentity(const ClientIdentity&) = delete;
  ClientIdentity& operator=(const ClientIdentity&) = delete;

  struct Result;

  // `certificate` is PEM (the client's own first), or PKCS#12 with the key inside; `private_key` is PEM, and empty
  // where it stands in `certificate`; `password` opens either.
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
  std::string problem;                             // without anything of the input
};

}  // namespace authprobe::http
