// The validity of client certificates, made for the occasion.
#include "exporter/credential/certificate.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

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
  std::string pkcs12(const char* password) const {
    PKCS12* bundle = PKCS12_create(password, "me", key, certificate, nullptr, 0, 0, 0, 0, 0);
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

TEST(Certificate, WhatIsNoneHasNoTimes) {
  EXPECT_FALSE(read_certificates(""));
  EXPECT_FALSE(read_certificates("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"));
  EXPECT_FALSE(read_certificates("0 junk"));
  EXPECT_FALSE(read_certificates(Identity(kFrom, kTo).key_pem()));
}

}  // namespace
}  // namespace authprobe::credential
