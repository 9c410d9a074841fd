// Sentences that no rule knows, read by what they speak of and what they say of it, and where such a reading counts.
#include "exporter/diagnosis/phrases.h"

#include "exporter/diagnosis/statement.h"
#include "tests/diagnosis/cases.h"

namespace authprobe::diagnosis {
namespace {

using enum Cause;
using SentCredential::api_key, SentCredential::basic, SentCredential::bearer, SentCredential::cookie;
using testing::ElementsAre;

std::vector<Cause> causes_of(std::string_view sentence) {
  std::vector<Cause> causes;
  for (const Phrase* phrase : test::rules()->wording.phrases().read(phrase_of(sentence)))
    causes.push_back(phrase->cause);
  return causes;
}

TEST(Phrases, EachReadsItsExamples) {
  for (const Phrase& phrase : test::rules()->wording.phrases().all()) {
    for (const std::string& example : phrase.examples) {
      EXPECT_THAT(causes_of(example), testing::Contains(phrase.cause)) << example;
    }
  }
}

TEST(Phrases, WhatIsSpokenOfAndWhatIsSaidStandInOneClause) {
  EXPECT_THAT(causes_of("le jeton est là, votre compte est clos"), testing::IsEmpty());
  EXPECT_THAT(causes_of("the token arrived, the subscription has lapsed"), ElementsAre(resource_disabled));
  EXPECT_THAT(causes_of("токен принят, учётная запись заморожена"), ElementsAre(resource_disabled));
}

TEST(Phrases, WordsThatNoRuleHasEnglish) {
  expect_causes({
      {401, bearer, R"({"reason":"Your pass ticket is stale"})", expired_token},
      {401, api_key, R"({"reason":"There is no record of this key"})", invalid_credentials},
      {403, api_key, R"({"reason":"The vendor plan is on ice"})", resource_disabled},
      {403, api_key, R"({"reason":"The budget of this hour is gone"})", rate_limited},
      {403, bearer, R"({"reason":"Called from outside the office"})", ip_blocked},
      {401, api_key, R"({"reason":"The clock of the caller is 4 minutes ahead"})", clock_skew},
      {503, bearer, R"({"reason":"The token checker is offline"})", auth_service_down},
  });
}

TEST(Phrases, OtherLanguages) {
  expect_causes({
      {401, bearer, R"({"message":"Sesja straciła ważność, bo token wygasł wczoraj"})", expired_token},
      {401, bearer, R"({"message":"Mật khẩu đã hết hạn"})", expired_token},
      {401, basic, R"({"message":"Feil passord"})", invalid_credentials},
      {401, api_key, R"({"message":"المفتاح خاطئ مفتاح"})", invalid_credentials},
      {403, bearer, R"({"message":"Nincs jogosultsága"})", insufficient_permissions},
      {403, bearer, R"({"message":"Tili on lukittu"})", resource_disabled},
      {403, api_key, R"({"message":"Liian monta pyyntöä"})", rate_limited},
      {403, api_key, R"({"message":"本接口暂不对该地区开放，地区不支持"})", geo_blocked},
  });
}

// A sentence that is only read so is likely at most, and does not dispute what a rule knows.
TEST(Phrases, RulesKnowBetter) {
  EXPECT_THAT(Answer(401, R"({"message":"The ticket is stale"})").to(bearer).diagnosed(),
              Means(expired_token, Confidence::likely));
  EXPECT_THAT(Answer(401, R"({"error":"token_expired","hint":"no record of this key"})").to(bearer).diagnosed(),
              Means(expired_token, Confidence::certain));
}

// Under a status that does not refuse, such a sentence may be about anything.
TEST(Phrases, SayNothingUnderAnotherFailure) {
  expect_healthy(400,
                 {R"({"message":"Wrong value for field 'api_key.label'"})", R"({"message":"customerKey unknown"})"});
  expect_healthy(404, {R"({"message":"There is no record of this key"})"});
  expect_healthy(500, {R"({"message":"element clientId is wrong"})"});
}

TEST(Verdicts, AnAnswerAboutAThingIsNoRefusal) {
  expect_healthy(200, {R"({"valid":false,"errors":["signature does not match"]})",
                       R"({"healthy":false,"errors":["certificate of node-9 has expired"]})",
                       R"([{"id":1,"error":"invalid_token"},{"id":2,"error":null}])",
                       R"({"connector":"shop","status":"error","message":"Authentication failed, please reconnect"})",
                       R"({"title":"A film","status":"not available in your country","year":1956})"});
}

TEST(Subjects, OtherSystemsAndFieldsAreNotTheCaller) {
  expect_healthy(400, {R"({"message":"timestamp is in the future"})", R"({"message":"Unknown client id in filter"})",
                       R"({"error":"Could not log in to the mail server with the credentials you gave"})",
                       R"({"error":"The repository URL requires authentication"})"});
  expect_healthy(402, {R"({"error":"Your bank refused the payment"})"});
  expect_healthy(500, {R"({"error":"Mail relay: 535 bad credentials"})", R"({"error":"worker quota exceeded"})"});
}

TEST(Subjects, TheTimeOfASignedRequestIsTheCallersOwn) {
  expect_causes({{400, api_key, R"({"message":"timestamp is in the future"})", clock_skew}});
}

// In a small document of an outcome, every text is the error's, whatever its key is.
TEST(SmallErrors, ATextUnderAnyKeyTells) {
  expect_causes({{200, api_key, R"({"returnCode":"91","returnText":"Daily call limit reached"})", rate_limited},
                 {200, api_key, R"(<?xml version="1.0"?><reply status="fail" code="12">Invalid API key</reply>)",
                  invalid_credentials},
                 {200, api_key, R"({"resp_code":"3011","resp_desc":"Merchant has been closed"})", resource_disabled}});
}

// A few members, one of which says that something went wrong: whatever their keys are, words about the caller tell.
TEST(SmallErrors, AFailureOfAFewMembersTells) {
  expect_causes({{200, api_key, R"({"st":"E","ec":4101,"em":"App key is not valid"})", invalid_credentials},
                 {200, api_key, R"({"s":"error","m":"Your account has been suspended"})", resource_disabled},
                 {200, cookie, R"({"login":false,"note":"Session expired"})", expired_token},
                 {200, bearer, R"({"isOk":false,"failure":{"why":"TokenExpired"}})", expired_token}});
  expect_healthy(200,
                 {R"({"status":"rejected","note":"The seal on the form is not valid"})",
                  R"({"result":"denied","rule":"geo-block-ru","hits":18})", R"({"level":"error","msg":"jwt expired"})",
                  R"({"links":[{"type":"chat","ok":false,"error":"token_revoked"}]})"});
}

TEST(SmallErrors, ACheckOfSomethingElseIsNone) {
  expect_healthy(200, {R"({"printer":"p","status":"error","detail":"access denied"})",
                       R"({"backup":"b1","result":"error","message":"AccessDenied from bucket"})",
                       R"({"wifi":{"status":"rejected","reason":"wrong password"}})",
                       R"({"import":"done","errors":["row 4: unknown user","row 9: no permission"]})",
                       R"({"check":"tls","ok":false,"message":"certificate has expired"})",
                       R"({"url":"https://a.example","status":403,"ok":false,"checked":"2026-01-01"})",
                       R"({"code":"EXPIRED_TOKEN","meaning":"Token has expired","fix":"Fetch a new one"})",
                       R"({"$schema":"x","properties":{"error":{"enum":["invalid_token","expired_token"]}}})",
                       R"({"error_messages":{"login_failed":"Wrong password","locked":"Account locked"}})"});
  EXPECT_THAT(Answer(200, "<html><head><title>Sign-in logs</title></head><body>bob: wrong password</body></html>")
                  .to(bearer)
                  .diagnosed(),
              IsNoRefusal());
}

// What has ended decides, and "expired" alone is no credential's end.
TEST(Phrases, AnEndIsThatOfItsSubject) {
  expect_causes({{403, api_key, R"({"message":"Abonelik süresi doldu"})", resource_disabled},
                 {403, api_key, R"({"message":"Az előfizetés lejárt"})", resource_disabled},
                 {401, bearer, R"({"message":"A token lejárt"})", expired_token},
                 {401, bearer, R"({"message":"만료되었습니다"})", expired_token}});
}

TEST(Subjects, AMissingThingIsNoRefusedCredential) {
  expect_healthy(200, {R"({"ok":false,"error":"user_not_found"})", R"({"ok":false,"error":"not_in_channel"})",
                       R"({"success":false,"message":"Passwords do not match"})"});
  expect_healthy(400, {R"({"__type":"UserNotFoundException","message":"User does not exist."})",
                       R"({"errors":{"ip":["is not allowed"]}})", R"({"error":"Your new password is invalid"})",
                       R"({"error":"You cannot delete your own account"})", R"({"code":"AddressLimitExceeded"})"});
  expect_healthy(500, {R"({"message":"Net::SMTPAuthenticationError: 535 Authentication failed"})",
                       R"({"message":"redis.exceptions.AuthenticationError: invalid password"})"});
  expect_healthy(503, {R"({"error":"api is disabled during the upgrade"})"});
}

// It is the issuer that cannot be reached, and not the token that is bad.
TEST(Subjects, ACheckThatCouldNotBeMade) {
  expect_causes(
      {{401, bearer, R"({"message":"Token could not be validated because the issuer is unreachable"})",
        auth_service_down},
       {500, bearer, R"({"error":"failed to verify token: dial tcp: connection refused"})", auth_service_down},
       {403, bearer, R"({"message":"Conditional access: network location is not permitted"})", ip_blocked}});
}

}  // namespace
}  // namespace authprobe::diagnosis
