#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "exporter/diagnosis/diagnosis.h"
#include "exporter/diagnosis/evidence.h"
#include "tests/diagnosis/answer.h"

namespace authprobe::diagnosis {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

// --- what was sent decides ---

TEST(Diagnose, NothingSentToAServerThatAsks) {
  EXPECT_THAT(Answer(401).header("WWW-Authenticate", "Basic realm=\"x\"").to(SentCredential::none).diagnosed(),
              Means(Cause::missing_credentials, Confidence::certain));
  EXPECT_THAT(Answer(401).to(SentCredential::none).diagnosed(), Means(Cause::missing_credentials, Confidence::likely));
  EXPECT_THAT(Answer(401, R"({"error":"invalid bearer token"})").to(SentCredential::none).diagnosed().cause,
              Cause::missing_credentials);
}

TEST(Diagnose, TheSameAnswerToAPasswordMeansAnotherThing) {
  EXPECT_THAT(Answer(401).header("WWW-Authenticate", "Basic realm=\"x\"").to(SentCredential::basic).diagnosed(),
              Means(Cause::invalid_credentials, Confidence::guess));
}

TEST(Diagnose, ASchemeThatTheServerDoesNotOffer) {
  const Diagnosis diagnosis =
      Answer(401).header("WWW-Authenticate", "Basic realm=\"x\"").to(SentCredential::bearer).diagnosed();
  EXPECT_THAT(diagnosis, Means(Cause::malformed_credentials, Confidence::likely));
  EXPECT_THAT(diagnosis.evidence, Contains(HasSubstr("none of the schemes")));
}

TEST(Diagnose, ASignatureHasASchemeAndAKeyHasNone) {
  const auto diagnosed = [](SentCredential sent, const std::string& challenge) {
    return Answer(401).header("WWW-Authenticate", challenge).to(sent).diagnosed();
  };
  for (const char* other : {"Basic realm=\"OpenSearch Security\"", "Bearer", "Key realm=\"x\""}) {
    EXPECT_THAT(diagnosed(SentCredential::sigv4, other), Means(Cause::malformed_credentials, Confidence::likely))
        << other;
    for (const SentCredential sent : {SentCredential::api_key, SentCredential::cookie}) {
      EXPECT_EQ(diagnosed(sent, other).confidence, Confidence::guess) << other << to_string(sent);
    }
  }
  EXPECT_THAT(diagnosed(SentCredential::sigv4, "AWS4-HMAC-SHA256"),
              Means(Cause::invalid_credentials, Confidence::guess));
}

TEST(Diagnose, SentButNotSeen) {
  EXPECT_THAT(
      Answer(401, R"({"message":"No authorization header found"})").to(SentCredential::bearer).diagnosed().cause,
      Cause::malformed_credentials);
}

TEST(Diagnose, AServersStandardPageTellsNothing) {
  const std::string page =
      "<html><title>401 Unauthorized</title><p>This server could not verify that you are authorized to access the "
      "document "
      "requested. Either you supplied the wrong credentials (e.g., bad password), or your browser doesn't "
      "understand.</p></html>";
  EXPECT_THAT(Answer(401, page).to(SentCredential::none).diagnosed().cause, Cause::missing_credentials);
  EXPECT_EQ(Answer(403, "<html><title>403 Forbidden</title></html>").to(SentCredential::none).diagnosed().cause,
            Cause::unknown);
}

// --- standards ---

TEST(Diagnose, ChallengeErrors) {
  EXPECT_THAT(Answer(403)
                  .header("WWW-Authenticate", R"(Bearer error="insufficient_scope", scope="write")")
                  .to(SentCredential::bearer)
                  .diagnosed(),
              Means(Cause::insufficient_scope, Confidence::certain));
  EXPECT_THAT(
      Answer(401).header("WWW-Authenticate", R"(Bearer error="invalid_token")").to(SentCredential::bearer).diagnosed(),
      Means(Cause::invalid_credentials, Confidence::likely));
  EXPECT_THAT(
      Answer(401)
          .header("WWW-Authenticate", R"(Bearer error="invalid_token", error_description="The access token expired")")
          .to(SentCredential::bearer)
          .diagnosed(),
      Means(Cause::expired_token, Confidence::certain));
  EXPECT_THAT(Answer(401)
                  .header("WWW-Authenticate", "Digest realm=\"x\", stale=true")
                  .to(SentCredential::digest)
                  .diagnosed()
                  .cause,
              Cause::expired_token);
}

// What Apache's mod_auth_gssapi sends (RFC 4120, section 5.9.1), with the code in the two letters.
TEST(Diagnose, TheErrorOfKerberosInAChallenge) {
  const auto answered_with = [](const std::string& code) {
    return Answer(401)
        .header("WWW-Authenticate",
                "Negotiate oXUwc6ADCgEComwEamBoBgkqhkiG9xIBAgIDAH5ZMFegAwIBBaEDAgEepBEYDzIwMjYxMTI5MT"
                "UzNjA1WqUFAgMNDGmmAwIB" +
                    code +
                    "kOGwxFWEFNUExFLlRFU1SqHDAaoAMCAQOhEzARGwRIVFRQGwls"
                    "b2NhbGhvc3Q=")
        .to(SentCredential::negotiate)
        .diagnosed();
  };
  EXPECT_THAT(answered_with("I6"), Means(Cause::malformed_credentials, Confidence::certain));
  EXPECT_THAT(answered_with("I6").evidence, Contains(HasSubstr("KRB_AP_ERR_NOT_US")));
  EXPECT_THAT(answered_with("Ja"), Means(Cause::clock_skew, Confidence::certain));
  EXPECT_THAT(answered_with("Ja").evidence, Contains(HasSubstr("KRB_AP_ERR_SKEW")));
  EXPECT_EQ(answered_with("P6").cause, Cause::invalid_credentials) << "error 63 has no meaning here";
  EXPECT_THAT(answered_with("P6").evidence, Contains(HasSubstr("error 63 of Kerberos")));
  const Diagnosis bare = Answer(401).header("WWW-Authenticate", "Negotiate").to(SentCredential::negotiate).diagnosed();
  EXPECT_EQ(bare.cause, Cause::invalid_credentials);
  EXPECT_THAT(Answer(401).header("WWW-Authenticate", "Negotiate").to(SentCredential::basic).diagnosed().cause,
              Cause::malformed_credentials)
      << "the server wants Kerberos, and gets a password";
}

TEST(Diagnose, AHintBesideARefusalLeavesTheCauseAlone) {
  Answer answer(401);
  answer.header("WWW-Authenticate", "Basic realm=\"x\"").to(SentCredential::basic);
  const Diagnosis without = Answer(answer).diagnosed();
  CredentialFacts facts;
  facts.hint = "the password is odd";
  facts.hint_advice = "try another";
  const Diagnosis with = Answer(answer).knowing(facts).diagnosed();
  EXPECT_EQ(with.cause, without.cause);
  EXPECT_EQ(with.confidence, without.confidence);
  EXPECT_THAT(with.evidence, Contains("the password is odd"));
  EXPECT_THAT(with.advice, HasSubstr("If it is the right one, try another."));
}

TEST(Diagnose, RateLimitsUnderOtherCodes) {
  EXPECT_THAT(Answer(429).diagnosed(), Means(Cause::rate_limited, Confidence::certain));
  EXPECT_THAT(Answer(403).header("X-RateLimit-Remaining", "0").diagnosed(),
              Means(Cause::rate_limited, Confidence::certain));
  EXPECT_EQ(Answer(403).header("X-RateLimit-Remaining", "10").to(SentCredential::bearer).diagnosed().cause,
            Cause::insufficient_permissions);
  EXPECT_EQ(Answer(429).diagnosed().refusal, Refusal::rate_limit);
}

TEST(Diagnose, ScopesThatTheHeadersName) {
  Answer answer(404);
  answer.header("X-Accepted-OAuth-Scopes", "admin:org, repo").to(SentCredential::bearer);
  EXPECT_EQ(Answer(answer).header("X-OAuth-Scopes", "gist").diagnosed().cause, Cause::insufficient_scope);
  EXPECT_THAT(Answer(answer).header("X-OAuth-Scopes", "gist, repo").diagnosed(), IsNoRefusal());
}

TEST(Diagnose, AProxyThatWantsItsOwnCredential) {
  EXPECT_EQ(Answer(407).header("Proxy-Authenticate", "Basic").to(SentCredential::bearer).diagnosed().cause,
            Cause::missing_credentials);
}

TEST(Diagnose, TheScopesThatTheChallengeAsksForAreComparedWithTheTokens) {
  const auto challenged_with = [](std::vector<std::string> granted) {
    CredentialFacts facts;
    facts.granted_scopes = std::move(granted);
    return Answer(403)
        .header("WWW-Authenticate", R"(Bearer error="insufficient_scope", scope="read  write")")
        .to(SentCredential::bearer)
        .knowing(facts)
        .diagnosed()
        .evidence;
  };
  const std::string said = R"(WWW-Authenticate: bearer error="insufficient_scope", scope="read write": the token )";
  EXPECT_THAT(challenged_with({"read"}), Contains(said + "lacks write, it has read"));
  EXPECT_THAT(challenged_with({}), Contains(said + "lacks read write, it has none"));
  EXPECT_THAT(challenged_with({"write", "read"}), Contains(said + "has them"));
}

// --- clocks and the credential's own times ---

TEST(Diagnose, AnExpiredTokenExplainsAVagueRefusal) {
  CredentialFacts facts;
  facts.expires_at = kNow - 3h;
  const Diagnosis diagnosis = Answer(401)
                                  .header("WWW-Authenticate", R"(Bearer error="invalid_token")")
                                  .to(SentCredential::bearer)
                                  .knowing(facts)
                                  .diagnosed();
  EXPECT_EQ(diagnosis.cause, Cause::expired_token);
  EXPECT_THAT(diagnosis.evidence, Contains("the credential expired 3 h ago"));
}

TEST(Diagnose, AnExpiredTokenDoesNotExplainAnAddressBlock) {
  CredentialFacts facts;
  facts.expires_at = kNow - 3h;
  EXPECT_EQ(Answer(403, R"({"message":"Your IP address is not allowed"})")
                .to(SentCredential::bearer)
                .knowing(facts)
                .diagnosed()
                .cause,
            Cause::ip_blocked);
}

TEST(Diagnose, TheServersClockIsBehind) {
  CredentialFacts facts;
  facts.not_before = kNow - 60s;
  const Diagnosis diagnosis =
      Answer(401).header("Date", "Sat, 10 Jan 2026 11:50:00 GMT").to(SentCredential::bearer).knowing(facts).diagnosed();
  EXPECT_EQ(diagnosis.cause, Cause::clock_skew);
  EXPECT_THAT(diagnosis.evidence, Contains("the server's clock is 10 min behind ours"));
}

TEST(Diagnose, ASkewedDateAloneIsNoCause) {
  EXPECT_EQ(
      Answer(401).header("Date", "Sat, 10 Jan 2026 11:50:00 GMT").to(SentCredential::basic).at(kNow).diagnosed().cause,
      Cause::invalid_credentials);
}

TEST(Diagnose, MessagesOfClocks) {
  for (const char* body : {R"({"error":"Token used before issued"})", R"({"message":"jwt not active"})",
                           R"({"Code":"RequestTimeTooSkewed"})"}) {
    EXPECT_EQ(Answer(401, body).to(SentCredential::bearer).diagnosed().cause, Cause::clock_skew) << body;
  }
}

// --- refusals in disguise ---

TEST(SoftRefusal, ErrorsUnderASuccessCode) {
  const std::pair<const char*, Cause> bodies[] = {
      {R"({"ok":false,"error":"token_expired"})", Cause::expired_token},
      {R"({"errors":[{"message":"Unauthenticated","extensions":{"code":"UNAUTHENTICATED"}}],"data":null})",
       Cause::invalid_credentials},
      {R"({"error":{"code":499,"message":"Token Required"}})", Cause::malformed_credentials},
      {R"({"success":false,"message":"Invalid API key"})", Cause::invalid_credentials},
      {R"({"status":"error","message":"API rate limit exceeded"})", Cause::rate_limited},
      {R"({"errcode":42001,"errmsg":"access_token expired"})", Cause::expired_token},
  };
  for (const auto& [body, cause] : bodies) {
    const Answer answer = Answer(200, body).to(SentCredential::bearer);
    EXPECT_TRUE(answer.suspicious()) << body;
    EXPECT_NE(answer.diagnosed().refusal, Refusal::none) << body;
    if (cause != Cause::malformed_credentials) {
      EXPECT_EQ(to_string(answer.diagnosed().cause), to_string(cause)) << body;
    }
  }
}

TEST(SoftRefusal, ALoginInPlaceOfTheAnswer) {
  const std::string page = "<html><title>Log in - Example</title><form><input type=\"password\"></form></html>";
  EXPECT_EQ(Answer(200, page).to(SentCredential::cookie).diagnosed().cause, Cause::expired_token);
  EXPECT_THAT(Answer(200, page).to(SentCredential::none).diagnosed(), IsNoRefusal());
  EXPECT_EQ(
      Answer(302).header("Location", "https://example.com/users/sign_in").to(SentCredential::cookie).diagnosed().cause,
      Cause::expired_token);
  EXPECT_EQ(
      Answer(302).header("Location", "https://login.example.com/?next=/").to(SentCredential::none).diagnosed().cause,
      Cause::missing_credentials);
  EXPECT_THAT(
      Answer(301).header("Location", "https://www.example.com/catalogin/").to(SentCredential::bearer).diagnosed(),
      IsNoRefusal());
}

TEST(SoftRefusal, GrpcPutsItsStatusBesideA200) {
  const Answer answer = Answer(200).header("grpc-status", "16").to(SentCredential::bearer);
  EXPECT_TRUE(answer.suspicious());
  EXPECT_EQ(answer.diagnosed().cause, Cause::invalid_credentials);
  EXPECT_THAT(Answer(200).header("grpc-status", "0").to(SentCredential::bearer).diagnosed(), IsNoRefusal());
}

// A success that speaks of errors is none: one wrong page at night and nobody believes the next.
TEST(SoftRefusal, OrdinarySuccessesAreLeftAlone) {
  const char* bodies[] = {
      R"({"error":null,"data":{"id":1}})",
      R"({"errors":[],"data":{"token":"expired"}})",
      R"({"error":"","result":"ok"})",
      R"({"error":false,"message":"ok"})",
      R"({"ok":true,"unauthorized_count":3,"expired":false})",
      R"({"success":true,"message":"token revoked"})",
      R"({"code":0,"msg":"success"})",
      R"({"code":200,"message":"OK"})",
      R"({"title":"How to fix 401 Unauthorized","body":"Your token expired? Invalid API key? Read on."})",
      R"([{"level":"error","message":"token expired"},{"level":"info","message":"access denied"}])",
      R"({"id":7,"status":"failed","failure_reason":"unauthorized","created_at":"x","pipeline":1,"ref":"main","sha":"y","web_url":"z","tag":false,"stage":"a","name":"b","user":"c"})",
      R"({"data":{"viewer":{"error":"forbidden","status":403}}})",
      R"({"active":false})",
      R"({"status":"ok","message":"Unauthorized attempts: 0"})",
      R"({"items":[{"error":"invalid_token"}],"next":null})",
      "token expired",
      "<html><title>News</title><p>Access denied: 401 errors explained</p></html>",
      R"({"status":200,"rate_limit":{"remaining":0}})",
      "",
      "OK",
      "[]",
      "{}",
  };
  for (const char* body : bodies)
    EXPECT_THAT(Answer(200, body).to(SentCredential::bearer).diagnosed(), IsNoRefusal()) << body;
}

TEST(SoftRefusal, ErrorsThatAreNotAboutWhoAsks) {
  EXPECT_THAT(Answer(404, R"({"error":"not found"})").to(SentCredential::bearer).diagnosed(), IsNoRefusal());
  EXPECT_THAT(
      Answer(500, "<html><title>500 Internal Server Error</title></html>").to(SentCredential::bearer).diagnosed(),
      IsNoRefusal());
  EXPECT_THAT(Answer(503, "<html><title>Maintenance</title>We will be back</html>").diagnosed(), IsNoRefusal());
  EXPECT_THAT(Answer(400, R"({"error":"invalid_date"})").to(SentCredential::bearer).diagnosed(), IsNoRefusal());
  EXPECT_THAT(Answer(413, "request size limit exceeded, token too long").to(SentCredential::bearer).diagnosed(),
              IsNoRefusal());
}

TEST(SoftRefusal, AHealthyAnswerIsNotLookedAtCloser) {
  const char* healthy[] = {
      R"({"status":"ok","uptime":5})",
      R"({"status": "UP"})",
      R"({"success":true,"result":{"id":1}})",
      R"({"ok":true})",
      R"({"code":0,"data":{}})",
      R"({"data":[],"errors":[],"error":null})",
      R"({"status":"success"})",
      R"({"statusCode": 200})",
  };
  for (const char* body : healthy) EXPECT_FALSE(may_hide_refusal(200, {}, body)) << body;
  const char* suspicious[] = {
      R"({"status":"error"})", R"({"success":false})", R"({"ok":false,"error":"invalid_auth"})",
      R"({"code":401})",       R"({"retCode":10003})", R"({"data":null,"errors":[{"message":"Unauthorized"}]})",
      R"({"ok" : false})",     "error: not logged in",
  };
  for (const char* body : suspicious) EXPECT_TRUE(may_hide_refusal(200, {}, body)) << body;
}

TEST(SoftRefusal, ALongSuccessIsNotLookedAtCloser) {
  std::string body = "{\"data\":[";
  while (body.size() < 64 * 1024) body += R"({"id":1,"name":"something or other","price":12.5},)";
  EXPECT_FALSE(may_hide_refusal(200, {}, body));
}

// --- evidence ---

TEST(Evidence, SecretsAreNeverRepeated) {
  const std::pair<const char*, const char*> secrets[] = {
      {R"({"error":"Incorrect API key provided: sk-proj-abcDEF123456"})", "abcDEF123456"},
      {R"({"error":"invalid token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"})", "eyJhbGci"},
      {R"({"error":"Invalid key 0123456789abcdef0123456789abcdef"})", "0123456789abcdef"},
      {R"({"error":"Invalid password for user jane.doe@example.com"})", "jane.doe"},
      {R"({"error":"invalid token: AbCdEfGhIjKlMnOpQrStUvWxYzAbCdEfGhIjKl"})", "AbCdEfGhIj"},
      {R"({"error":"Unknown access key AKIAIOSFODNN7EXAMPLE"})", "AKIAIOSF"},
  };
  for (const auto& [body, secret] : secrets) {
    for (const std::string& line : Answer(401, body).to(SentCredential::bearer).diagnosed().evidence) {
      EXPECT_THAT(line, Not(HasSubstr(secret))) << body;
    }
  }
}

TEST(Evidence, LinesAreFewShortAndPrintable) {
  std::string fields;
  for (int i = 0; i < 100; ++i)
    fields += ",\"error" + std::to_string(i) + "\":\"token expired " + std::string(1000, 'x') + "\"";
  const Diagnosis diagnosis = Answer(401, "{\"message\":\"jwt expired \\u001b[31m \\u0007\"" + fields + "}")
                                  .to(SentCredential::bearer)
                                  .diagnosed();
  EXPECT_LE(diagnosis.evidence.size(), kMostEvidence);
  for (const std::string& line : diagnosis.evidence) {
    EXPECT_LE(line.size(), kMostQuote + 200);
    for (const char c : line) EXPECT_GE(static_cast<unsigned char>(c), 0x20) << line;
  }
}

TEST(Evidence, TextIsCutAtACharacter) {
  std::string text;
  while (text.size() < 300) text += "\xC3\xBC\xE2\x82\xAC ";
  EXPECT_LE(redact(text).size(), kMostQuote + 3);
  EXPECT_EQ(redact("a\xFF"
                   "b \xC3"),
            "a?b ?");
  EXPECT_EQ(redact("ab\u202edc\u2066 e\u00a0f"), "abdc e f") << "nothing turns the line around";
  EXPECT_EQ(redact("see https://docs.example.com/rest/overview-of-errors"),
            "see https://docs.example.com/rest/overview-of-errors");
}

TEST(Diagnose, EveryRefusalComesWithAdvice) {
  for (const int status : {401, 403, 407, 429, 451, 498})
    EXPECT_FALSE(Answer(status).diagnosed().advice.empty()) << status;
}

// A pattern or a parser that takes these badly takes hours, which the test runner's time limit sees.
TEST(Diagnose, HostileAnswersEnd) {
  for (const char unit : {'[', '{', '<', '"', 'a', '&', '\xFF'}) {
    Answer answer(401, std::string(65'536, unit));
    for (int i = 0; i < 200; ++i) answer.header("WWW-Authenticate", std::string(8'000, unit) + "=\"\\");
    EXPECT_NE(answer.to(SentCredential::bearer).diagnosed().refusal, Refusal::none);
  }
}

}  // namespace
}  // namespace authprobe::diagnosis
