// What is sent for a token and what is read from the answer, down to the bytes.
#include "exporter/credential/token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <nlohmann/json.hpp>

#include "exporter/credential/credential.h"
#include "exporter/credential/fingerprint.h"
#include "exporter/credential/token_answer.h"
#include "exporter/http/client_identity.h"
#include "tests/support/temp_folder.h"

namespace authprobe::credential {
namespace {

using namespace std::chrono_literals;
using config::CredentialKind;
using config::SecretSource;
using testing::HasSubstr;
using testing::Not;

const WallTime kFetchedAt{1'800'000'000s};

config::Oauth2 oauth2() {
  config::Oauth2 config;
  config.token_url = wire::Url("https://idp/token");
  return config;
}

config::Login login(const std::string& pointer = "/t") {
  config::Login config;
  config.url = wire::Url("https://idp/login");
  config.from_name = pointer;
  return config;
}

// The secrets that stand in the configuration.
const config::SecretsInUse kAsConfigured{[](const SecretSource& source) { return std::string_view(source.text); }, "",
                                         ""};

TokenAnswer answer_to(const CredentialKind& config, const std::string& body, int status = 200) {
  http::Response response;
  response.status = status;
  response.body = body;
  return read_token_answer(config, response, kFetchedAt);
}

TEST(TokenAnswer, TellsItsEndInEveryForm) {
  const auto end = [](const std::string& fields) {
    return answer_to(oauth2(), R"({"access_token":"t")" + fields + "}").token.expires_at;
  };
  EXPECT_EQ(end(""), std::nullopt);
  EXPECT_EQ(end(R"(,"expires_in":3599)"), kFetchedAt + 3599s);
  EXPECT_EQ(end(R"(,"expires_in":"3599")"), kFetchedAt + 3599s);  // Azure's metadata server
  EXPECT_EQ(end(R"(,"expires_in":3599.0)"), kFetchedAt + 3599s);
  EXPECT_EQ(end(R"(,"expires_on":"1800003600")"), kFetchedAt + 3600s);
  EXPECT_EQ(end(R"(,"expires_in":60,"expires_on":"1800003600")"), kFetchedAt + 60s) << "their clock is not asked";
  EXPECT_EQ(end(R"(,"expires_in":null)"), std::nullopt);
  EXPECT_EQ(end(R"(,"expires_in":{"a":1})"), std::nullopt);
  EXPECT_EQ(end(R"(,"expires_in":1e308)"), std::nullopt);
  EXPECT_EQ(end(R"(,"expires_in":-7)"), std::nullopt);
}

TEST(TokenAnswer, RefusesWhatIsNoToken) {
  for (const char* body :
       {"", "null", "[]", "{}", R"({"access_token":1})", R"({"access_token":""})", R"({"access_token":"a b"})",
        "{\"access_token\":\"a\\r\\nX: y\"}", R"({"access_token":"t","token_type":"mac"})"}) {
    const TokenAnswer answer = answer_to(oauth2(), body);
    EXPECT_EQ(answer.failure, FetchFailure::bad_response) << body;
    EXPECT_TRUE(answer.token.value.empty());
  }
  EXPECT_EQ(answer_to(oauth2(), "{\"access_token\":\"" + std::string(40'000, 'a') + "\"}").failure,
            FetchFailure::bad_response);
  EXPECT_EQ(answer_to(oauth2(), std::string(60'000, '[')).failure, FetchFailure::bad_response);
}

TEST(TokenAnswer, IsSentAsBearerWhateverItsTypeIsCalled) {
  for (const char* type : {R"("BearerToken")", R"("urn:ietf:params:oauth:token-type:jwt")", R"("")"}) {
    const TokenAnswer answer = answer_to(oauth2(), R"({"access_token":"t","token_type":)" + std::string(type) + "}");
    EXPECT_EQ(answer.token.value.reveal(), "t") << type;
    EXPECT_THAT(answer.token.remark, HasSubstr("sent as Bearer"));
  }
  for (const char* type : {R"("bearer")", "null", "7"}) {
    const TokenAnswer answer = answer_to(oauth2(), R"({"access_token":"t","token_type":)" + std::string(type) + "}");
    EXPECT_EQ(answer.failure, FetchFailure::none);
    EXPECT_EQ(answer.token.remark, "");
  }
  for (const char* type : {"mac", "dpop", "DPoP", "PoP", "N_A"}) {
    const TokenAnswer answer = answer_to(oauth2(), R"({"access_token":"t","token_type":")" + std::string(type) + "\"}");
    EXPECT_EQ(answer.failure, FetchFailure::bad_response);
    EXPECT_THAT(answer.detail, HasSubstr("which is not supported")) << type;
  }
}

TEST(TokenAnswer, HasReasonsFromAListOnly) {
  EXPECT_EQ(answer_to(oauth2(), R"({"error":"invalid_grant"})", 400).failure, FetchFailure::invalid_grant);
  EXPECT_EQ(answer_to(oauth2(), R"({"error":"invalid_scope"})", 200).failure, FetchFailure::invalid_scope);  // GitHub
  EXPECT_EQ(answer_to(oauth2(), R"({"error":"hunter2"})", 400).failure, FetchFailure::http_4xx);
  EXPECT_EQ(answer_to(oauth2(), R"({"error":"none"})", 400).failure, FetchFailure::http_4xx);
  EXPECT_EQ(answer_to(oauth2(), R"({"error":7})", 401).failure, FetchFailure::http_401);
  EXPECT_EQ(answer_to(oauth2(), "", 403).failure, FetchFailure::http_403);
  EXPECT_EQ(answer_to(oauth2(), "", 429).failure, FetchFailure::http_429);
  EXPECT_EQ(answer_to(oauth2(), "<html>", 502).failure, FetchFailure::http_5xx);
  EXPECT_EQ(answer_to(oauth2(), "", 302).failure, FetchFailure::http_other);
  EXPECT_THAT(answer_to(oauth2(), R"({"error":"hunter2"})", 400).detail, Not(HasSubstr("hunter2")));
}

TEST(TokenAnswer, LoginFallsBackOnMaxAge) {
  config::Login config = login();
  config.max_age = 10min;
  EXPECT_EQ(answer_to(config, R"({"t":"x"})").token.expires_at, kFetchedAt + 10min);
  config.expiry_pointer = "/ttl";
  EXPECT_EQ(answer_to(config, R"({"t":"x","ttl":60})").token.expires_at, kFetchedAt + 60s);
  EXPECT_EQ(answer_to(config, R"({"t":"x","ttl":"2027-01-15T08:01:00Z"})").token.expires_at, kFetchedAt + 60s);
  EXPECT_TRUE(answer_to(config, R"({"t":"x","ttl":0})").token.never_expires);  // Vault's root tokens
}

TEST(TokenAnswer, ACookieSaysItsEndItself) {
  config::Login config = login();
  config.from = config::Login::From::cookie;
  config.from_name = "sid";
  config.max_age = 10min;
  http::Response response;
  response.status = 302;
  response.headers = {{"Set-Cookie", "sid=abc; Path=/; Max-Age=90"}};
  EXPECT_EQ(read_token_answer(config, response, kFetchedAt).token.expires_at, kFetchedAt + 90s);
  response.headers = {{"Set-Cookie", "sid=abc"}};
  EXPECT_EQ(read_token_answer(config, response, kFetchedAt).token.expires_at, kFetchedAt + 10min);
}

std::string decoded(std::string part) {
  for (char& c : part) c = c == '-' ? '+' : c == '_' ? '/' : c;
  while (part.size() % 4 != 0) part += '=';
  std::string bytes(part.size(), '\0');
  const int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                      reinterpret_cast<const unsigned char*>(part.data()), static_cast<int>(part.size()));
  bytes.resize(static_cast<std::size_t>(length) - std::count(part.begin(), part.end(), '='));
  return bytes;
}

struct Keys {
  explicit Keys(EVP_PKEY* made) : key(made, EVP_PKEY_free) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
    PEM_write_bio_PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    char* text = nullptr;
    const long length = BIO_get_mem_data(bio.get(), &text);
    pem.assign(text, static_cast<std::size_t>(length));
  }
  bool verifies(const std::string& text, std::string signature) const {
    if (EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_EC) {
      if (signature.size() != 64) return false;
      const auto* bytes = reinterpret_cast<const unsigned char*>(signature.data());
      ECDSA_SIG* pair = ECDSA_SIG_new();
      ECDSA_SIG_set0(pair, BN_bin2bn(bytes, 32, nullptr), BN_bin2bn(bytes + 32, 32, nullptr));
      unsigned char* der = nullptr;
      const int length = i2d_ECDSA_SIG(pair, &der);
      signature.assign(reinterpret_cast<char*>(der), static_cast<std::size_t>(length));
      OPENSSL_free(der);
      ECDSA_SIG_free(pair);
    }
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get());
    return EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                            reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
  }
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key;
  std::string pem;
};

// The assertion that a request carries as `parameter`.
std::string assertion_in(const TokenRequest& made, const std::string& parameter) {
  const std::string body(made.request.body.reveal());
  const auto at = body.find(parameter + '=');
  if (at == std::string::npos) return "";
  const auto begin = at + parameter.size() + 1;
  return body.substr(begin, body.find('&', begin) - begin);
}

TEST(Assertion, IsSignedWithWhicheverKeyThereIs) {
  for (EVP_PKEY* key : {EVP_RSA_gen(2048), EVP_EC_gen("P-256")}) {
    const Keys keys(key);
    config::Oauth2 config = oauth2();
    config.auth_style = config::AuthStyle::private_key_jwt;
    config.key_id = "k1";
    config.client_id = {SecretSource::Kind::value, "me"};
    config.signing_key = {SecretSource::Kind::value, keys.pem};
    const TokenRequest made = token_request(config, kAsConfigured, kFetchedAt, "id-1");
    ASSERT_EQ(made.problem, "");
    EXPECT_THAT(std::string(made.request.body.reveal()),
                HasSubstr("client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-"
                          "bearer"));
    const std::string jwt = assertion_in(made, "client_assertion");
    const auto first = jwt.find('.'), second = jwt.rfind('.');
    const auto header = nlohmann::json::parse(decoded(jwt.substr(0, first)));
    EXPECT_EQ(header["alg"], EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA ? "RS256" : "ES256");
    EXPECT_EQ(header["kid"], "k1");
    const auto claims = nlohmann::json::parse(decoded(jwt.substr(first + 1, second - first - 1)));
    EXPECT_EQ(claims["iss"], "me");
    EXPECT_EQ(claims["sub"], "me");
    EXPECT_EQ(claims["aud"], "https://idp/token");
    EXPECT_EQ(claims["jti"], "id-1");
    EXPECT_EQ(claims["iat"], 1'800'000'000);
    EXPECT_EQ(claims["exp"], 1'800'000'300);
    EXPECT_TRUE(keys.verifies(jwt.substr(0, second), decoded(jwt.substr(second + 1))));
  }
}

TEST(Assertion, IsTheGrantOfAServiceAccount) {
  const Keys keys(EVP_RSA_gen(2048));
  config::Oauth2 config = oauth2();
  config.grant = config::OauthGrant::jwt_bearer;
  config.auth_style = config::AuthStyle::none;
  config.issuer = "robot@project";
  config.subject = "boss@example.com";
  config.scopes = {"a", "b"};
  config.signing_key = {SecretSource::Kind::value, keys.pem};
  const TokenRequest made = token_request(config, kAsConfigured, kFetchedAt, "id");
  EXPECT_THAT(std::string(made.request.body.reveal()),
              testing::StartsWith("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&"));
  EXPECT_THAT(std::string(made.request.body.reveal()), Not(HasSubstr("client_id")));
  const std::string jwt = assertion_in(made, "assertion");
  const auto claims = nlohmann::json::parse(decoded(jwt.substr(jwt.find('.') + 1, jwt.rfind('.') - jwt.find('.') - 1)));
  EXPECT_EQ(claims["sub"], "boss@example.com");
  EXPECT_EQ(claims["scope"], "a b");
}

TEST(Assertion, SaysWhatIsWrongWithAKeyButNotTheKey) {
  config::Oauth2 config = oauth2();
  config.auth_style = config::AuthStyle::private_key_jwt;
  const auto problem = [&](const std::string& pem) {
    config.client_id = config.signing_key = {SecretSource::Kind::value, pem};
    return token_request(config, kAsConfigured, kFetchedAt, "").problem;
  };
  EXPECT_THAT(problem("hunter2"), HasSubstr("not a private key in PEM"));
  EXPECT_THAT(problem("hunter2"), Not(HasSubstr("hunter2")));
  EXPECT_THAT(problem(Keys(EVP_EC_gen("P-384")).pem), HasSubstr("neither an RSA key nor one on P-256"));
}

TEST(Fingerprint, IsTheSameForTheSameAndTellsNothing) {
  EXPECT_EQ(fingerprint("hunter2"), fingerprint("hunter2"));
  EXPECT_NE(fingerprint("hunter2"), fingerprint("hunter3"));
  EXPECT_THAT(fingerprint("hunter2"), testing::MatchesRegex("[0-9a-f]{8}"));
  EXPECT_NE(fingerprint("hunter2"), "f52fbd32") << "no plain SHA-256, which could be tried out";
}

TEST(Rotation, IsAnotherValueNotAnAbsence) {
  const http_test::TempFolder folder;
  const std::string file = folder.write("token", "one");
  config::Credential config;
  config.kind = config::Bearer{{SecretSource::Kind::file, file}};
  Credential credential(config);
  std::chrono::steady_clock::time_point now{1s};
  const auto look = [&] { credential.refresh(now += 1s); };
  look();
  const std::uint64_t first = credential.revision();
  std::filesystem::remove(file);
  look();
  EXPECT_THAT(credential.problem(), HasSubstr("No such file"));
  EXPECT_NE(credential.revision(), first);
  folder.write("token", "one");
  look();
  EXPECT_EQ(credential.problem(), "");
  EXPECT_EQ(credential.rotations(), 0U);
  folder.write("token", "other");
  look();
  EXPECT_EQ(credential.rotations(), 1U);
}

TEST(Kinds, TravelAsTheyMust) {
  const SecretSource me{SecretSource::Kind::value, "me"};
  const SecretSource pw{SecretSource::Kind::value, "pw"};
  const SecretSource nothing{SecretSource::Kind::value, ""};
  const auto authorization = [&](const CredentialKind& kind) {
    config::Credential config;
    config.kind = kind;
    Credential credential(config);
    credential.refresh(std::chrono::steady_clock::time_point{1s});
    EXPECT_EQ(credential.problem(), "");
    http::Request request;
    EXPECT_TRUE(credential.authorize(request));
    return std::move(request.authorization);
  };
  EXPECT_EQ(authorization(config::Digest{me, pw}).scheme, http::Scheme::digest);
  EXPECT_EQ(authorization(config::Digest{me, pw}).password.reveal(), "pw");
  const config::AwsSigv4 aws{me, pw, {}, "r", "s", {}};
  EXPECT_EQ(authorization(aws).region, "r");
  EXPECT_EQ(authorization(aws).service, "s");
  EXPECT_TRUE(authorization(aws).headers.empty());
  EXPECT_EQ(authorization(config::Basic{me, nothing}).headers.at(0).second.reveal(), "Basic bWU6")
      << "an empty password is one";
}

TEST(ClientIdentity, SaysWhyItCannotBeRead) {
  EXPECT_THAT(http::ClientIdentity::read("hunter2", "", "").problem, HasSubstr("no certificate in PEM"));
  EXPECT_THAT(http::ClientIdentity::read("\x30\x82garbage", "", "").problem, HasSubstr("neither PEM nor PKCS#12"));
  EXPECT_THAT(http::ClientIdentity::read("", "", "").problem, HasSubstr("no certificate"));
}

}  // namespace
}  // namespace authprobe::credential
