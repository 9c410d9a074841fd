#include "exporter/http/trust_store.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <utility>

namespace authprobe::http {
namespace {

using namespace std::chrono_literals;

std::string environment_or(const char* variable, const char* otherwise) {
  const char* value = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe): the environment never changes
  return value != nullptr ? value : otherwise;
}

std::vector<std::optional<wire::FileStamp>> stamps_of(const std::string& ca_file) {
  if (!ca_file.empty()) return {wire::stamp_of(ca_file)};
  return {wire::stamp_of(environment_or(X509_get_default_cert_file_env(), X509_get_default_cert_file())),
          wire::stamp_of(environment_or(X509_get_default_cert_dir_env(), X509_get_default_cert_dir()))};
}

// A pipe would make the reader wait, and with it all transfers.
bool is_no_regular_file(const std::string& path) {
  struct stat file {};
  return stat(path.c_str(), &file) == 0 && !S_ISREG(file.st_mode);
}

TrustStores::Store read(const std::string& ca_file) {
  if (!ca_file.empty() && is_no_regular_file(ca_file)) return {nullptr, "CA file " + ca_file + ": is no regular file"};
  std::shared_ptr<X509_STORE> store(X509_STORE_new(), &X509_STORE_free);
  // A CA file may contain an intermediate or the server's own certificate, which libcurl allows too.
  X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST);
  errno = 0;
  // The system's folder of hashed names is read only when needed, so that the loop does not wait for the whole bundle.
  const bool read_all = ca_file.empty() ? X509_STORE_set_default_paths(store.get()) == 1
                                        : X509_STORE_load_file(store.get(), ca_file.c_str()) == 1;
  const int system_error = errno;
  ERR_clear_error();
  if (read_all) return {std::move(store), {}};
  if (ca_file.empty()) return {nullptr, "the system's trust store cannot be read"};
  return {nullptr,
          "CA file " + ca_file + ": " +
              (system_error != 0 ? std::generic_category().message(system_error) : "no PEM certificate in it")};
}

std::optional<std::chrono::sys_seconds> expiry_of(const STACK_OF(X509) * chain) {
  std::optional<std::chrono::sys_seconds> earliest;
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    std::tm time{};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(sk_X509_value(chain, i)), &time) != 1) continue;
    const std::chrono::sys_seconds expiry{std::chrono::seconds(timegm(&time))};
    earliest = earliest ? std::min(*earliest, expiry) : expiry;
  }
  return earliest;
}

// Replaces OpenSSL's verification callback, so that the chain is known even if it is refused or not verified. Only the
// chain that OpenSSL has built counts: a server may send expired certificates that are not needed.
int on_chain(X509_STORE_CTX* context, void* argument) {
  auto& check = *static_cast<ChainCheck*>(argument);
  if (check.verify) {
    const int accepted = X509_verify_cert(context);
    check.expiry = expiry_of(X509_STORE_CTX_get0_chain(context));
    return accepted;
  }
  check.expiry = expiry_of(X509_STORE_CTX_get0_untrusted(context));
  X509_STORE_CTX_set_error(context, X509_V_OK);
  return 1;
}

}  // namespace

const TrustStores::Store& TrustStores::get(const std::string& ca_file, Clock::time_point now) {
  Entry& entry = entries_[ca_file];
  if (now < entry.next_check) return entry.store;
  const bool known = entry.next_check != Clock::time_point{};
  entry.next_check = now + 1s;
  auto stamps = stamps_of(ca_file);
  if (known && stamps == entry.stamps) return entry.store;
  entry.stamps = std::move(stamps);
  entry.store = read(ca_file);
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
