#include "exporter/web/web_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporter/web/access_control.h"
#include "exporter/web/tls_credentials.h"
#include "exporter/web/users.h"
#include "tests/support/temp_folder.h"

namespace authprobe::web {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// The hash of "secret", with the lowest cost that bcrypt has.
constexpr auto kHash = "$2y$04$nLucri6rNu//OuvkHYLZr.KIvonZ/cRpMYnN/B/keCJB6dYKIHQn.";

class WebConfigTest : public testing::Test {
 protected:
  // The findings about a web configuration with this text, without its path.
  std::vector<std::string> findings(const std::string& text) {
    std::vector<std::string> list;
    const std::string path = folder_.write("web.yml", text);
    for (const auto& finding : read_web_config(path).findings)
      list.push_back(to_string(finding).substr(path.size() + 1));
    return list;
  }
  WebConfig read(const std::string& text) { return read_web_config(folder_.write("web.yml", text)).config; }

  http_test::TempFolder folder_;
};

TEST_F(WebConfigTest, AnEmptyFileIsOpenToAll) {
  EXPECT_THAT(findings(""), IsEmpty());
  EXPECT_THAT(findings("tls_server_config:\nbasic_auth_users:\n"), IsEmpty());
  EXPECT_FALSE(read("").tls.is_set);
}

TEST_F(WebConfigTest, EveryMistakeHasItsPlaceAndRule) {
  EXPECT_THAT(findings("tls_server_confg: {}\n"),
              ElementsAre(R"(1:1: tls_server_confg: unknown key (did you mean "tls_server_config"?))"));
  EXPECT_THAT(findings("tls_server_config:\n  cert_file: none.pem\n"),
              ElementsAre("2:3: tls_server_config: must have key_file or key",
                          HasSubstr("2:14: tls_server_config.cert_file: cannot be read: No such file")));
  EXPECT_THAT(findings("http_server_config:\n  headers:\n    X-Frame-Options: maybe\n"),
              ElementsAre("3:22: http_server_config.headers.X-Frame-Options: must be deny or sameorigin"));
  EXPECT_THAT(findings("rate_limit:\n  interval: 1s\n"),
              ElementsAre("2:3: rate_limit: must have a burst of at least 1 (or no request is ever allowed)"));
  EXPECT_THAT(findings("basic_auth_users:\n  a: x\nbasic_auth_users:\n  b: x\n"),
              ElementsAre(HasSubstr("2:6: basic_auth_users.a: must be a bcrypt hash"),
                          "3:1: basic_auth_users: is there twice"));
  EXPECT_THAT(findings("a: [\n"), ElementsAre(HasSubstr("is not YAML")));
}

TEST_F(WebConfigTest, AFindingHasNoControlCharacterOfTheFile) {
  EXPECT_THAT(findings("a: \"\\\x1b\"\n"), ElementsAre(HasSubstr("is not YAML: unknown escape character: ?")));
}

// A finding must not show a hash, nor a password that somebody wrote in its place.
TEST_F(WebConfigTest, FindingsDoNotRepeatValues) {
  for (const auto& finding : findings("basic_auth_users:\n  a: hunter2\n  b: [hunter2]\n  c: {hunter2: 1}\n")) {
    EXPECT_THAT(finding, testing::Not(HasSubstr("hunter2")));
  }
}

// Each line doubles what is before it.
TEST_F(WebConfigTest, AnchorsCannotMakeItEndless) {
  std::string text = "a0: &a0 [x, x]\n";
  for (int i = 1; i < 40; ++i) {
    const std::string before = std::to_string(i - 1);
    const std::string now = std::to_string(i);
    text += "a" + now + ": &a" + now + " [*a" + before + ", *a" + before + "]\n";
  }
  EXPECT_THAT(findings(text), ElementsAre(HasSubstr("the file is nested too deeply or has too many values")));
}

TEST_F(WebConfigTest, ClientNamesNeedAClientCertificate) {
  EXPECT_THAT(findings("tls_server_config:\n  cert: x\n  key: y\n  client_allowed_sans: [a]\n"),
              ElementsAre(HasSubstr("4:24: tls_server_config.client_allowed_sans: needs client_auth_type")));
  EXPECT_THAT(findings("tls_server_config:\n  cert: x\n  key: y\n  client_auth_type: RequireAnyClientCert\n"),
              ElementsAre(HasSubstr("admits clients with any certificate")));
}

// As in the exporter-toolkit: without CAs of its own, those of the system verify a client, and any of them sells
// certificates.
TEST_F(WebConfigTest, CasOfTheSystemAreWarnedOf) {
  const std::string verifies = "tls_server_config:\n  cert: x\n  key: y\n  client_auth_type: ";
  for (const char* client_auth : {"VerifyClientCertIfGiven", "RequireAndVerifyClientCert"}) {
    EXPECT_THAT(findings(verifies + client_auth + "\n"),
                ElementsAre(HasSubstr(
                    "4:21: warning: tls_server_config.client_auth_type: admits clients with a certificate of any CA")));
    EXPECT_THAT(findings(verifies + client_auth + "\n  client_ca: z\n"),
                testing::Each(testing::Not(HasSubstr("any CA"))));
  }
  EXPECT_THAT(findings(verifies + "RequireAndVerifyClientCert\n  client_allowed_sans: [a]\n"),
              testing::Each(testing::Not(HasSubstr("any CA"))));
}

TEST_F(WebConfigTest, SuitesAreOfferedExactlyOrNotAtAll) {
  const auto priority = [&](const std::string& suites) {
    return priority_string(read("tls_server_config:\n  cipher_suites: [" + suites + "]\n").tls);
  };
  EXPECT_EQ(priority(""), "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%SERVER_PRECEDENCE");
  EXPECT_THAT(priority("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_AES_128_GCM_SHA256"),
              HasSubstr(":-KX-ALL:-CIPHER-ALL:-MAC-ALL:+ECDHE-RSA:+AES-128-GCM:+AEAD"));
  EXPECT_THAT(findings("tls_server_config:\n  cert: x\n  key: y\n  cipher_suites: [TLS_RSA_WITH_AES_128_GCM_SHA256,\n"
                       "    TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384]\n"),
              ElementsAre(HasSubstr("cannot be offered without TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: list it too")));
  EXPECT_THAT(findings("tls_server_config:\n  cert: x\n  key: y\n  cipher_suites: [TLS_RSA_WITH_AES_128_GCM_SHA265]\n"),
              ElementsAre(HasSubstr("has a suite that is not known: did you mean")));
}

TEST_F(WebConfigTest, AKeyOfAnotherCertificateIsAFinding) {
  const auto found =
      AccessControl::check(folder_.write("web.yml", "tls_server_config:\n  cert: nonsense\n  key: nonsense\n"));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(to_string(found[0]), HasSubstr(":2:3: tls_server_config: cert_file, key_file: "));
}

TEST(UsersTest, OnlyTheRightPasswordOfTheUserIsRight) {
  Users users(std::vector<User>{{"alice", kHash}});
  EXPECT_FALSE(users.remembers("alice", "secret"));
  EXPECT_FALSE(users.check("alice", "wrong"));
  EXPECT_FALSE(users.check("bob", "secret"));
  EXPECT_TRUE(users.check("alice", "secret"));
  EXPECT_TRUE(users.remembers("alice", "secret"));
  EXPECT_FALSE(users.remembers("alice", "wrong"));
  EXPECT_FALSE(users.remembers("bob", "secret"));
}

// bcrypt reads a password up to a zero byte.
TEST(UsersTest, AZeroByteEndsNoPassword) {
  Users users(std::vector<User>{{"alice", kHash}});
  EXPECT_FALSE(users.check("alice", std::string_view("secret\0x", 8)));
}

TEST(UsersTest, WhatIsNoHashIsTold) {
  EXPECT_EQ(problem_of_hash(kHash), "");
  EXPECT_EQ(problem_of_hash("$1$abc$def"), "must be a bcrypt hash");
  EXPECT_EQ(problem_of_hash(""), "must be a bcrypt hash");
  EXPECT_EQ(problem_of_hash(std::string(kHash).replace(4, 2, "18")), "must be a bcrypt hash with a cost of at most 17");
}

}  // namespace
}  // namespace authprobe::web
