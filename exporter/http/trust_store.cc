#include "exporter/http/trust_store.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <cstdlib>
#include <ctime>
#include <utility>

#include "exporter/wire/owned.h"

namespace authprobe::http {
namespace {

std::string environment_or(const char* variable, const char* otherwise) {
  const char* value = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe): the environment never changes
  return value != nullptr ? value : otherwise;
}

std::vector<std::optional<wire::FileStamp>> stamps_of(const std::string& ca_file) {
  if (!ca_file.empty()) return {wire::stamp_of(ca_file)};
  return {wire::stamp_of(environment_or(X509_get_default_cert_file_env(), X509_get_default_cert_file())),
          wire::stamp_of(environment_or(X509_get_default_cert_dir_env(), X509_get_default_cert_dir()))};
}

constexpr std::size_t kLargestStore = std::size_t{16} * 1024 * 1024;

void free_infos(STACK_OF(X509_INFO) * infos) {
  sk_X509_INFO_pop_free(infos, &X509_INFO_free);
}

// Adds the certificates and revocation lists of a PEM text, as X509_STORE_load_file() does, which would wait for a pipe
// and read a file of any size. False: there are none.
bool add_all(X509_STORE* store, std::string_view pem) {
  const wire::Owned<BIO, BIO_free> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const wire::Owned<STACK_OF(X509_INFO), free_infos> infos(
      PEM_X509_INFO_read_bio(bio.get(), nullptr, nullptr, nullptr));
  bool found = false;
  for (int i = 0; infos && i < sk_X509_INFO_num(infos.get()); ++i) {
    const X509_INFO* info = sk_X509_INFO_value(infos.get(), i);
    if (info->x509 != nullptr) found |= X509_STORE_add_cert(store, info->x509) == 1;
    if (info->crl != nullptr) found |= X509_STORE_add_crl(store, info->crl) == 1;
  }
  return found;
}

TrustStores::Store read(const std::string& ca_file) {
  std::shared_ptr<X509_STORE> store(X509_STORE_new(), &X509_STORE_free);
  // A CA file may contain an intermediate or the server's own certificate, which libcurl allows too.
  X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST);
  std::string problem;
  if (ca_file.empty()) {
    // The system's folder of hashed names is read only when needed, so that the loop does not wait for the whole
    // bundle.
    if (X509_STORE_set_default_paths(store.get()) != 1) problem = "the system's trust store cannot be read";
  } else {
    const wire::FileText file = wire::read_file(ca_file, kLargestStore);
    if (!file.problem.empty()) {
      problem = "CA file " + ca_file + ": " + file.problem;
    } else if (!add_all(store.get(), file.text.reveal())) {
      problem = "CA file " + ca_file + ": no PEM certificate in it";
    }
  }
  ERR_clear_error();
  if (!problem.empty()) return {nullptr, nullptr, std::move(problem)};
  return {std::move(store), std::make_shared<VerifiedChains>(), {}};
}

// The server has chosen both before it shows its certificate.
void note_dialect(X509_STORE_CTX* context, ChainCheck& check) {
  const auto* ssl = static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx()));
  if (ssl == nullptr) return;
  const std::string_view version = SSL_get_version(ssl);
  check.tls_version = version.starts_with("TLSv") ? "TLS " + std::string(version.substr(4)) : version;
  if (check.tls_version == "TLS 1") check.tls_version = "TLS 1.0";
  const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl);
  if (cipher == nullptr) cipher = SSL_get_pending_cipher(ssl);  // TLS 1.2, where it comes into use later
  const char* name = cipher == nullptr ? nullptr : SSL_CIPHER_standard_name(cipher);
  check.tls_cipher = name == nullptr ? "" : name;
}

// Replaces OpenSSL's verification callback, so that the chain is known even if it is refused or not verified. Only the
// chain that OpenSSL has built counts: a server may send expired certificates that are not needed.
int on_chain(X509_STORE_CTX* context, void* argument) {
  auto& check = *static_cast<ChainCheck*>(argument);
  note_dialect(context, check);
  if (!check.verify) {
    check.chain = facts_of(X509_STORE_CTX_get0_untrusted(context), false);
    X509_STORE_CTX_set_error(context, X509_V_OK);
    return 1;
  }
  const bool remembers = check.verified && check.verify_again_after.count() > 0;
  const auto key = remembers ? VerifiedChains::key_of(context) : std::nullopt;
  const WallTime now = std::chrono::system_clock::now();
  if (key) check.chain = check.verified->find(*key, now, check.verify_again_after);
  if (check.chain) {
    X509_STORE_CTX_set_error(context, X509_V_OK);
    return 1;
  }
  const int accepted = X509_verify_cert(context);
  check.chain = facts_of(X509_STORE_CTX_get0_chain(context), accepted == 1);
  if (accepted == 1 && key) check.verified->add(*key, check.chain, now);
  return accepted;
}

}  // namespace

const TrustStores::Store& TrustStores::get(const std::string& ca_file, Clock::time_point now) {
  Entry& entry = entries_[ca_file];
  if (entry.watch.is_due(now) && entry.watch.differs(stamps_of(ca_file))) entry.store = read(ca_file);
  return entry.store;
}

void apply(ChainCheck& check, SSL_CTX* context) {
  check.begun = std::chrono::steady_clock::now();
  if (check.trusted) SSL_CTX_set1_cert_store(context, check.trusted.get());
  if (check.identity) {
    SSL_CTX_use_certificate(context, check.identity->certificate());
    SSL_CTX_use_PrivateKey(context, check.identity->private_key());
    for (X509* certificate : check.identity->chain()) SSL_CTX_add1_chain_cert(context, certificate);
  }
  SSL_CTX_set_cert_verify_callback(context, &on_chain, &check);
  check.dialogue = CertificateDialogue::watch(context);
  if (check.legacy_versions) SSL_CTX_set_security_level(context, 0);
  if (check.resumes)
    SSL_CTX_clear_options(context, SSL_OP_NO_TICKET);  // libcurl sets it; it is how nginx resumes TLS 1.2
  if (check.kept_alive) {
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
  } else if (check.flood != nullptr) {
    check.flood->watch(context);
  }
}

}  // namespace authprobe::http
