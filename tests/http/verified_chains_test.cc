// A chain that was verified lately is not verified again, and nothing that would be refused passes because of that.
#include "exporter/http/verified_chains.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/http/https_servers.h"

namespace authprobe::http_test {
namespace {

using http::CertificateChain;
using http::VerifiedChains;

const WallTime kNow{std::chrono::seconds{1'795'309'779}};

std::shared_ptr<const CertificateChain> chain_of(std::chrono::seconds left) {
  const auto now = std::chrono::floor<std::chrono::seconds>(kNow);
  return std::make_shared<CertificateChain>(
      CertificateChain{{{"CN=leaf", "CN=ca", now - 60s, now + left}, {"CN=ca", "CN=ca", now - 90s, now + 1000h}}});
}

TEST(VerifiedChains, RemembersForAsLongAsIsAllowed) {
  VerifiedChains chains;
  const auto chain = chain_of(100h);
  chains.add({1}, chain, kNow);
  EXPECT_EQ(chains.find({1}, kNow + 1h, 1h), chain);
  EXPECT_EQ(chains.find({2}, kNow, 1h), nullptr);
  EXPECT_EQ(chains.find({1}, kNow + 1h + 1ms, 1h), nullptr);
  EXPECT_EQ(chains.find({1}, kNow, 1h), nullptr) << "it was forgotten";
}

TEST(VerifiedChains, KnowsOnlyTheTimesInWhichEveryCertificateIsValid) {
  VerifiedChains chains;
  chains.add({1}, chain_of(10s), kNow);
  EXPECT_NE(chains.find({1}, kNow + 9s, 1h), nullptr);
  EXPECT_EQ(chains.find({1}, kNow + 10s, 1h), nullptr);
  chains.add({1}, chain_of(10s), kNow);
  EXPECT_EQ(chains.find({1}, kNow - 1s, 1h), nullptr) << "the clock was set back";
}

TEST(VerifiedChains, IsBounded) {
  VerifiedChains chains;
  const auto chain = chain_of(100h);
  VerifiedChains::Key key{};
  for (std::size_t i = 0; i <= VerifiedChains::kMost; ++i) {
    key[0] = static_cast<unsigned char>(i);
    key[1] = static_cast<unsigned char>(i >> 8);
    key[2] = static_cast<unsigned char>(i >> 16);
    chains.add(key, chain, kNow);
  }
  EXPECT_EQ(chains.find({}, kNow, 1h), nullptr);
  EXPECT_EQ(chains.find(key, kNow, 1h), chain);
}

using VerifiedChainsTest = HttpsTest;

void append(const std::string& path, const std::string& more) {
  std::ifstream in(more);
  std::ofstream(path, std::ios::app) << std::string(std::istreambuf_iterator<char>(in), {});
}

TEST_F(VerifiedChainsTest, TheSameChainIsVerifiedOnce) {
  issue("good");
  Nginx nginx(folder, server(port, "good"));
  const Response first = response_to(url(port), trusting());
  ASSERT_EQ(first.status, 200) << first.error_detail;
  ASSERT_EQ(first.certificate_chain->certificates.size(), 2U);
  EXPECT_EQ(first.certificate_chain->certificates[0].subject, "CN=localhost");
  EXPECT_EQ(first.certificate_chain->certificates[0].issuer, "CN=authprobe test CA");
  const Response second = response_to(url(port), trusting());
  EXPECT_EQ(second.certificate_chain, first.certificate_chain);
  EXPECT_EQ(second.certificate_expiry, first.certificate_expiry);
  config::Connection careful = trusting();
  careful.tls.verify_again_after = 0ms;
  const Response third = response_to(url(port), careful);
  EXPECT_EQ(third.status, 200);
  EXPECT_NE(third.certificate_chain, first.certificate_chain);
}

TEST_F(VerifiedChainsTest, AnotherLeafOfAnUnknownIssuerIsRefused) {
  issue("good");
  CertificateAuthority("another CA").issue({}, folder.path("bad.pem"), folder.path("bad.key"));
  {
    Nginx nginx(folder, server(port, "good"));
    EXPECT_EQ(response_to(url(port), trusting()).status, 200);
  }
  Nginx nginx(folder, server(port, "bad"));
  refused(port, trusting());
  refused(port, trusting());
}

TEST_F(VerifiedChainsTest, AnotherIntermediateIsVerifiedAnew) {
  const CertificateAuthority middle("an intermediate");
  const CertificateAuthority stranger("another CA");
  ca.cross_sign(middle, 24h, folder.path("middle.pem"));
  stranger.cross_sign(middle, 24h, folder.path("strange.pem"));
  middle.issue({}, folder.path("leaf.pem"), folder.path("leaf.key"));
  middle.issue({}, folder.path("other.pem"), folder.path("other.key"));
  std::filesystem::copy_file(folder.path("leaf.pem"), folder.path("good.pem"));
  std::filesystem::copy_file(folder.path("leaf.pem"), folder.path("bad.pem"));
  std::filesystem::copy_file(folder.path("leaf.key"), folder.path("good.key"));
  std::filesystem::copy_file(folder.path("leaf.key"), folder.path("bad.key"));
  append(folder.path("good.pem"), folder.path("middle.pem"));
  append(folder.path("bad.pem"), folder.path("strange.pem"));
  {
    Nginx nginx(folder, server(port, "good"));
    const Response response = response_to(url(port), trusting());
    EXPECT_EQ(response.status, 200) << response.error_detail;
    EXPECT_EQ(response.certificate_chain->certificates.size(), 3U);
  }
  {
    Nginx nginx(folder, server(port, "bad"));
    refused(port, trusting());
  }
  Nginx nginx(folder, server(port, "leaf"));
  refused(port, trusting());
}

TEST_F(VerifiedChainsTest, WhatHasEndedInTheMeantimeIsRefused) {
  issue("short", {.valid_until = 2s});
  Nginx nginx(folder, server(port, "short"));
  ASSERT_EQ(response_to(url(port), trusting()).status, 200);
  const auto late = std::chrono::steady_clock::now() + 10s;
  Response response;
  do {
    response = response_to(url(port), trusting());
  } while (response.status == 200 && std::chrono::steady_clock::now() < late);
  EXPECT_THAT(response.error_detail, HasSubstr("certificate has expired"));
}

TEST_F(VerifiedChainsTest, ARememberedChainIsNotGoodForAnotherName) {
  issue("good", {.names = {"DNS:localhost"}});
  Nginx nginx(folder, server(port, "good"));
  EXPECT_EQ(response_to(url(port, "localhost"), trusting()).status, 200);
  refused(port, trusting());  // 127.0.0.1
}

TEST_F(VerifiedChainsTest, AReplacedStoreAndAnotherTargetsStoreKnowNothingOfIt) {
  issue("good");
  Nginx nginx(folder, server(port, "good"));
  CertificateAuthority("another CA").write_certificate(folder.path("other.pem"));
  EXPECT_EQ(response_to(url(port), trusting()).status, 200);
  config::Connection other;
  other.tls.ca_file = folder.path("other.pem");
  refused(port, other);
  std::filesystem::rename(folder.path("other.pem"), folder.path("ca.pem"));
  const auto late = std::chrono::steady_clock::now() + 10s;
  Response response;
  do {
    response = response_to(url(port), trusting());
  } while (response.status == 200 && std::chrono::steady_clock::now() < late);
  EXPECT_EQ(response.error, TransportError::tls) << response.error_detail;
}

// What is remembered is public: only the signature in the handshake proves that the server has the key.
TEST_F(VerifiedChainsTest, AServerWithoutTheLeafsKeyIsRefused) {
  issue("good");
  {
    Nginx nginx(folder, server(port, "good"));
    EXPECT_EQ(response_to(url(port), trusting()).status, 200);
  }
  write_forged_key(folder.path("good.pem"), folder.path("good.key"));
  Nginx nginx(folder, server(port, "good"));
  EXPECT_THAT(refused(port, trusting()).error_detail, HasSubstr("signature"));
}

}  // namespace
}  // namespace authprobe::http_test
