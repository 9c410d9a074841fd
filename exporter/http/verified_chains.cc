#include "exporter/http/verified_chains.h"

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <memory>
#include <string_view>
#include <utility>

#include "exporter/wire/owned.h"

namespace authprobe::http {
namespace {

constexpr std::size_t kMostName = 256;  // bytes of a name that are kept

std::optional<std::chrono::sys_seconds> time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  return std::chrono::sys_seconds{std::chrono::seconds(timegm(&parts))};
}

std::string name_of(const X509_NAME* name) {
  const wire::Owned<BIO, BIO_free> text(BIO_new(BIO_s_mem()));
  if (!text || X509_NAME_print_ex(text.get(), name, 0, XN_FLAG_RFC2253) < 0) return "";
  char* data = nullptr;
  const long size = BIO_get_mem_data(text.get(), &data);
  return {data, std::min(static_cast<std::size_t>(std::max(size, 0L)), kMostName)};
}

// The length goes first, so that two parts cannot look like two others.
bool feed(EVP_MD_CTX* digest, std::string_view part) {
  const std::size_t size = part.size();
  return EVP_DigestUpdate(digest, &size, sizeof size) == 1 && EVP_DigestUpdate(digest, part.data(), size) == 1;
}

void free_bytes(unsigned char* bytes) {
  OPENSSL_free(bytes);
}

bool feed(EVP_MD_CTX* digest, X509* certificate) {
  unsigned char* bytes = nullptr;
  const int size = i2d_X509(certificate, &bytes);
  if (size <= 0) return false;
  const wire::Owned<unsigned char, free_bytes> owned(bytes);
  return feed(digest, std::string_view(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)));
}

bool add_settings(EVP_MD_CTX* digest, X509_STORE_CTX* context) {
  const X509_VERIFY_PARAM* settings = X509_STORE_CTX_get0_param(context);
  const std::array<unsigned long, 3> numbers{X509_VERIFY_PARAM_get_flags(settings),
                                             static_cast<unsigned long>(X509_VERIFY_PARAM_get_depth(settings)),
                                             static_cast<unsigned long>(X509_VERIFY_PARAM_get_auth_level(settings))};
  const auto* ssl = static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx()));
  const char* name = ssl != nullptr ? SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name) : nullptr;
  return EVP_DigestUpdate(digest, numbers.data(), sizeof numbers) == 1 && feed(digest, name != nullptr ? name : "");
}

std::string hex(const unsigned char* bytes, std::size_t size) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < size; ++i) text += {kDigits[bytes[i] >> 4], kDigits[bytes[i] & 15]};
  return text;
}

std::string fingerprint_of(const X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (X509_digest(certificate, EVP_sha256(), digest.data(), &size) != 1) return "";
  return hex(digest.data(), size);
}

std::string serial_of(const X509* certificate) {
  const ASN1_INTEGER* serial = X509_get0_serialNumber(certificate);
  return hex(ASN1_STRING_get0_data(serial), static_cast<std::size_t>(ASN1_STRING_length(serial)));
}

std::string dns_names_of(const X509* certificate) {
  using Names = wire::Owned<GENERAL_NAMES, GENERAL_NAMES_free>;
  const Names names(static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::string text;
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()) && text.size() < kMostName; ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DNS) continue;
    const auto* bytes = reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName));
    text +=
        (text.empty() ? "" : ",") + std::string(bytes, static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
  }
  return text.substr(0, kMostName);
}

}  // namespace

std::shared_ptr<const CertificateChain> facts_of(const STACK_OF(X509) * chain, bool verified) {
  auto facts = std::make_shared<CertificateChain>();
  facts->verified = verified;
  if (const X509* own = sk_X509_num(chain) > 0 ? sk_X509_value(chain, 0) : nullptr) {
    facts->fingerprint = fingerprint_of(own);
    facts->serial = serial_of(own);
    facts->dns_names = dns_names_of(own);
  }
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    const X509* one = sk_X509_value(chain, i);
    const auto begins = time_of(X509_get0_notBefore(one));
    const auto ends = time_of(X509_get0_notAfter(one));
    if (!begins || !ends) continue;  // such a certificate is in no chain that is accepted
    facts->certificates.push_back(
        {name_of(X509_get_subject_name(one)), name_of(X509_get_issuer_name(one)), *begins, *ends});
  }
  return facts;
}

std::optional<VerifiedChains::Key> VerifiedChains::key_of(X509_STORE_CTX* context) {
  static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);  // looked up once, as it takes long
  const wire::Owned<EVP_MD_CTX, EVP_MD_CTX_free> digest(EVP_MD_CTX_new());
  if (sha256 == nullptr || !digest || EVP_DigestInit_ex2(digest.get(), sha256, nullptr) != 1) return std::nullopt;
  X509* leaf = X509_STORE_CTX_get0_cert(context);
  if (leaf == nullptr || !feed(digest.get(), leaf) || !add_settings(digest.get(), context)) return std::nullopt;
  const STACK_OF(X509)* sent = X509_STORE_CTX_get0_untrusted(context);
  for (int i = 0; i < sk_X509_num(sent); ++i) {
    if (!feed(digest.get(), sk_X509_value(sent, i))) return std::nullopt;
  }
  Key key{};
  unsigned int size = key.size();
  if (EVP_DigestFinal_ex(digest.get(), key.data(), &size) != 1) return std::nullopt;
  return key;
}

std::shared_ptr<const CertificateChain> VerifiedChains::find(const Key& key, WallTime now,
                                                             std::chrono::milliseconds longest) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return nullptr;
  const Entry& entry = found->second;
  const bool valid = now < *entry.chain->first_end() && now >= *entry.chain->last_begin();
  // A clock that was set back says nothing of how long ago it was.
  const bool fresh = now >= entry.verified && now - entry.verified <= longest;
  if (valid && fresh) return entry.chain;
  entries_.erase(found);
  return nullptr;
}

void VerifiedChains::add(const Key& key, std::shared_ptr<const CertificateChain> chain, WallTime now) {
  if (chain->certificates.empty()) return;
  if (entries_.size() >= kMost) entries_.clear();
  entries_[key] = {std::move(chain), now};
}

}  // namespace authprobe::http
