#include "exporter/credential/certificate.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include <ctime>
#include <string>

#include "exporter/http/client_identity.h"
#include "exporter/wire/owned.h"
#include "exporter/wire/wall_time.h"

namespace authprobe::credential {
namespace {

using Bio = wire::Owned<BIO, BIO_free_all>;
using Certificate = wire::Owned<X509, X509_free>;
using Bundle = wire::Owned<PKCS12, PKCS12_free>;
using PrivateKey = wire::Owned<EVP_PKEY, EVP_PKEY_free>;

void free_chain(STACK_OF(X509) * chain) {
  sk_X509_pop_free(chain, X509_free);
}
using Chain = wire::Owned<STACK_OF(X509), free_chain>;

std::optional<std::chrono::sys_seconds> time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  return std::chrono::sys_seconds(std::chrono::seconds(timegm(&parts)));
}

// Without it OpenSSL would ask at the terminal.
int no_password(char*, int, int, void*) {
  return 0;
}

void add(const X509* certificate, std::optional<CertificateTimes>& earliest) {
  const auto from = time_of(X509_get0_notBefore(certificate));
  const auto to = time_of(X509_get0_notAfter(certificate));
  if (!from || !to) return;
  const auto end = wire::end_time(*to);
  const bool earlier = end && earliest && (!earliest->not_after || *end < *earliest->not_after);
  if (!earliest || earlier) earliest = CertificateTimes{wire::wall_time(*from), end};
}

Bio reader_of(std::string_view bytes) {
  return Bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

void add_pkcs12(std::string_view bytes, const std::string& password, std::optional<CertificateTimes>& earliest) {
  const Bio input = reader_of(bytes);
  const Bundle bundle(d2i_PKCS12_bio(input.get(), nullptr));
  EVP_PKEY* key = nullptr;
  X509* certificate = nullptr;
  STACK_OF(X509)* others = nullptr;
  const auto opened = [&] { return http::parse_pkcs12(bundle.get(), password, &key, &certificate, &others); };
  if (!bundle || opened() != http::Pkcs12::opened) return;
  const PrivateKey owned_key(key);
  const Certificate owned(certificate);
  const Chain chain(others);
  if (owned) add(owned.get(), earliest);
  for (int i = 0; i < sk_X509_num(chain.get()); ++i) add(sk_X509_value(chain.get(), i), earliest);
}

}  // namespace

std::optional<CertificateTimes> read_certificates(std::string_view bytes, std::string_view password) {
  std::optional<CertificateTimes> earliest;
  if (bytes.find("-----BEGIN ") != std::string_view::npos) {
    const Bio input = reader_of(bytes);
    while (const Certificate certificate{PEM_read_bio_X509(input.get(), nullptr, no_password, nullptr)}) {
      add(certificate.get(), earliest);
    }
  } else {
    add_pkcs12(bytes, std::string(password), earliest);
  }
  ERR_clear_error();
  return earliest;
}

}  // namespace authprobe::credential
