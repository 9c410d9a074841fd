// The validity of client certificates, made for the occasion.
#include "exporter/credential/certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

#include "exporter/http/client_identity.h"

namespace authprobe::credential {
namespace {

using namespace std::chrono;

struct Identity {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();

  Identity(system_clock::time_point from, system_clock::time_point to) {
    ASN1_TIME_set(X509_getm_notBefore(certificate), system_clock::to_time_t(from));
    ASN1_TIME_set(X509_getm_notAfter(certificate), system_clock::to_time_t(to));
    X509_set_pubkey(certificate, key);
    X509_sign(certificate, key, EVP_sha256());
  }
  ~Identity() {
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  Identity(const Identity&) = delete;
  Identity& operator=(const Identity&) = delete;

  template <typename Write>
  static std::string written(Write write) {
    BIO* out = BIO_new(BIO_s_mem());
    write(out);
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(out, &bytes);
    std::string text(bytes, static_cast<std::size_t>(size));
    BIO_free(out);
    return text;
  }
  std::string pem() const {
    return written([&](BIO* out) { PEM_write_bio_X509(out, certificate); });
  }
  std::string key_pem() const {
    return written([&](BIO* out) { PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr); });
  }
  std::string pkcs12(const char* password, int algorithm = 0) const {
    PKCS12* bundle = PKCS12_create(password, "me", key, certificate, nullptr, algorithm, algorithm, 0, 0, 0);
    std::string bytes = written([&](BIO* out) { i2d_PKCS12_bio(out, bundle); });
    PKCS12_free(bundle);
    return bytes;
  }
};

constexpr system_clock::time_point kFrom = sys_days(2026y / 1 / 1);
constexpr system_clock::time_point kTo = sys_days(2027y / 1 / 1);

TEST(Certificate, TheEarliestOfTheChainCounts) {
  const Identity leaf(kFrom, kTo);
  const Identity issuer(kFrom - days(100), kTo - days(30));
  const auto times = read_certificates(leaf.key_pem() + leaf.pem() + issuer.pem());
  ASSERT_TRUE(times);
  EXPECT_EQ(times->not_after, kTo - days(30));
  EXPECT_EQ(times->not_before, kFrom - days(100));
}

TEST(Certificate, BundlesAreOpened) {
  const Identity identity(kFrom, kTo);
  const auto times = read_certificates(identity.pkcs12("sesame"), "sesame");
  ASSERT_TRUE(times);
  EXPECT_EQ(times->not_after, kTo);
  EXPECT_FALSE(read_certificates(identity.pkcs12("sesame"), "other"));
}

// As OpenSSL 1, Windows and keytool export them.
TEST(Certificate, BundlesOfOlderToolsAreOpened) {
  const Identity identity(kFrom, kTo);
  OSSL_PROVIDER* legacy = OSSL_PROVIDER_try_load(nullptr, "legacy", 1);
  if (legacy == nullptr) GTEST_SKIP() << "OpenSSL's legacy provider is not installed";
  const std::string bundle = identity.pkcs12("sesame", NID_pbe_WithSHA1And40BitRC2_CBC);
  OSSL_PROVIDER_unload(legacy);
  EXPECT_EQ(http::ClientIdentity::read(bundle, "", "sesame").problem, "");
  EXPECT_EQ(read_certificates(bundle, "sesame")->not_after, kTo);
  EXPECT_THAT(http::ClientIdentity::read(bundle, "", "other").problem, testing::HasSubstr("certificate_password"));
  EXPECT_EQ(EVP_CIPHER_fetch(nullptr, "RC2-40-CBC", nullptr), nullptr) << "old algorithms are there for reading only";
}

TEST(Certificate, ABundleWithAnUnknownAlgorithmIsNoMatterOfThePassword) {
  const Identity identity(kFrom, kTo);
  PKCS12* made = PKCS12_create("sesame", "me", identity.key, identity.certificate, nullptr, 0, 0, 0, -1, 0);
  std::string bytes = Identity::written([&](BIO* out) { i2d_PKCS12_bio(out, made); });
  PKCS12_free(made);
  constexpr std::string_view kAes256{"\x60\x86\x48\x01\x65\x03\x04\x01\x2a"};
  const auto at = bytes.find(kAes256);
  ASSERT_NE(at, std::string::npos);
  bytes[at + kAes256.size() - 1] = '\x7f';  // an algorithm that nobody has
  const auto* begin = reinterpret_cast<const unsigned char*>(bytes.data());
  PKCS12* changed = d2i_PKCS12(nullptr, &begin, static_cast<long>(bytes.size()));
  PKCS12_set_mac(changed, "sesame", -1, nullptr, 0, 1, nullptr);
  const std::string bundle = Identity::written([&](BIO* out) { i2d_PKCS12_bio(out, changed); });
  PKCS12_free(changed);
  EXPECT_THAT(http::ClientIdentity::read(bundle, "", "sesame").problem, testing::HasSubstr("export it again"));
}

TEST(Certificate, WhatIsNoneHasNoTimes) {
  EXPECT_FALSE(read_certificates(""));
  EXPECT_FALSE(read_certificates("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"));
  EXPECT_FALSE(read_certificates("0 junk"));
  EXPECT_FALSE(read_certificates(Identity(kFrom, kTo).key_pem()));
}

}  // namespace
}  // namespace authprobe::credential
