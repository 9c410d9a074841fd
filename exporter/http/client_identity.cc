#include "exporter/http/client_identity.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs12err.h>
#include <openssl/provider.h>
#include <openssl/x509.h>

#include <cstring>

#include "exporter/wire/owned.h"

namespace authprobe::http {
namespace {

constexpr std::size_t kLongestChain = 16;

using Bio = wire::Owned<BIO, BIO_free>;

Bio bio_of(std::string_view bytes) {
  return Bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

// Answers OpenSSL's question for a password; -1: there is none, and nobody is to be asked on the terminal.
int give_password(char* buffer, int size, int, void* given) {
  const auto* password = static_cast<const std::string_view*>(given);
  if (password->empty() || password->size() > static_cast<std::size_t>(size)) return -1;
  std::memcpy(buffer, password->data(), password->size());
  return static_cast<int>(password->size());
}

bool is_der(std::string_view bytes) {
  return bytes.size() > 2 && bytes[0] == '\x30' && static_cast<unsigned char>(bytes[1]) >= 0x80;
}

// OpenSSL's old algorithms, for as long as this lives.
class LegacyAlgorithms {
 public:
  LegacyAlgorithms() : provider_(OSSL_PROVIDER_try_load(nullptr, "legacy", 1)) {}
  ~LegacyAlgorithms() {
    if (provider_ != nullptr) OSSL_PROVIDER_unload(provider_);
  }
  LegacyAlgorithms(const LegacyAlgorithms&) = delete;
  LegacyAlgorithms& operator=(const LegacyAlgorithms&) = delete;
  bool are_there() const { return provider_ != nullptr; }

 private:
  OSSL_PROVIDER* provider_;
};

bool password_is_wrong() {
  const unsigned long error = ERR_peek_last_error();
  return ERR_GET_LIB(error) == ERR_LIB_PKCS12 && ERR_GET_REASON(error) == PKCS12_R_MAC_VERIFY_FAILURE;
}

std::string problem_of(Pkcs12 result) {
  if (result == Pkcs12::wrong_password) {
    return "the PKCS#12 file cannot be opened: certificate_password is missing or wrong";
  }
  return "the PKCS#12 file is encrypted with an old algorithm (such as RC2-40), which OpenSSL reads only with its "
         "legacy "
         "provider: export it again";
}

}  // namespace

// The password is checked first, by algorithms that are always there.
Pkcs12 parse_pkcs12(PKCS12_st* bundle, const std::string& password, EVP_PKEY** key, X509** certificate,
                    stack_st_X509** chain) {
  ERR_clear_error();
  const auto parse = [&] { return PKCS12_parse(bundle, password.c_str(), key, certificate, chain) == 1; };
  if (parse()) return Pkcs12::opened;
  if (password_is_wrong()) return Pkcs12::wrong_password;
  const LegacyAlgorithms legacy;
  return legacy.are_there() && parse() ? Pkcs12::opened : Pkcs12::unsupported;
}

ClientIdentity::~ClientIdentity() {
  X509_free(certificate_);
  EVP_PKEY_free(private_key_);
  for (X509* certificate : chain_) X509_free(certificate);
}

ClientIdentity::Result ClientIdentity::read(std::string_view certificate, std::string_view private_key,
                                            std::string_view password) {
  std::shared_ptr<ClientIdentity> identity(new ClientIdentity);
  if (is_der(certificate)) {
    const Bio bio = bio_of(certificate);
    const wire::Owned<PKCS12, PKCS12_free> bundle(d2i_PKCS12_bio(bio.get(), nullptr));
    if (!bundle) return {nullptr, "the certificate is neither PEM nor PKCS#12"};
    STACK_OF(X509)* chain = nullptr;
    const Pkcs12 result =
        parse_pkcs12(bundle.get(), std::string(password), &identity->private_key_, &identity->certificate_, &chain);
    while (chain != nullptr && sk_X509_num(chain) > 0) identity->chain_.push_back(sk_X509_shift(chain));
    sk_X509_free(chain);
    if (result != Pkcs12::opened) return {nullptr, problem_of(result)};
  } else {
    const Bio bio = bio_of(certificate);
    while (X509* next = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
      if (identity->certificate_ == nullptr) {
        identity->certificate_ = next;
      } else {
        identity->chain_.push_back(next);
      }
      if (identity->chain_.size() > kLongestChain) return {nullptr, "the certificate has a chain of more than 16"};
    }
  }
  if (identity->private_key_ == nullptr) {
    const Bio bio = bio_of(private_key.empty() ? certificate : private_key);
    identity->private_key_ = PEM_read_bio_PrivateKey(bio.get(), nullptr, give_password, &password);
  }
  ERR_clear_error();
  if (identity->certificate_ == nullptr) return {nullptr, "there is no certificate in PEM"};
  if (identity->private_key_ == nullptr) {
    return {nullptr, "the private key cannot be read: it is not PEM, or certificate_password is missing or wrong"};
  }
  if (X509_check_private_key(identity->certificate_, identity->private_key_) != 1) {
    ERR_clear_error();
    return {nullptr, "the private key does not belong to the certificate"};
  }
  return {std::move(identity), ""};
}

}  // namespace authprobe::http
