// Answers as sealed sets of unknown services had them: each test is an ability that was missing when it met them first.
#include "exporter/diagnosis/diagnosis.h"
#include "tests/diagnosis/cases.h"

namespace authprobe::diagnosis {
namespace {

using enum Cause;
using SentCredential::api_key, SentCredential::bearer, SentCredential::none;

TEST(FirstSight, WhatHasEndedWasSent) {
  expect_causes({
      {401, none, R"({"message":"The password of this login has expired"})", expired_token},
      {401, none, R"({"title":"Your client certificate expired."})", expired_token},
      {401, none, R"({"error":"Bad credentials"})", invalid_credentials},
      {422, none, R"({"message":"No member found for the given login and password"})", invalid_credentials},
  });
}

TEST(FirstSight, WhatCameCountsMoreThanWhatIsNeeded) {
  expect_causes({
      {401, bearer, R"({"text":"This call needs credentials, but the ones supplied were wrong"})", invalid_credentials},
      {401, bearer, R"({"text":"This call needs credentials, and the ones sent were out-of-date"})", expired_token},
      {403, bearer, R"({"errors":[{"code":"authorization-missing","title":"You have no permission to see this"}]})",
       insufficient_permissions},
  });
}

TEST(FirstSight, ATokenThatIsNotActiveHasEnded) {
  expect_causes({{401, bearer, R"({"error":"token_inactive"})", revoked_token},
                 {403, api_key, R"({"error":"account_inactive"})", resource_disabled}});
}

TEST(FirstSight, WordsOfAccountsThatAreNotOpenYet) {
  expect_causes({
      {403, api_key, R"({"message":"Unlock your account in the portal"})", resource_disabled},
      {200, api_key, R"({"code":71,"message":"Incomplete registration"})", resource_disabled},
      {200, api_key, R"({"code":72,"message":"Insufficient balance"})", resource_disabled},
      {403, api_key, R"({"error":"La empresa está pendiente de revisión"})", resource_disabled},
      {200, api_key, R"({"code":73,"message":"商户未审核"})", resource_disabled},
      {200, api_key, R"({"code":74,"message":"ip未绑定授权"})", ip_blocked},
      {401, bearer, R"({"detalhe":"A autorização foi revogada pelo titular"})", revoked_token},
      {200, api_key, R"({"code":75,"message":"调用量已用尽"})", rate_limited},
  });
}

TEST(FirstSight, AFewWordsUnderAStatusThatDoesNotRefuse) {
  expect_causes({
      {422, bearer, R"({"msg":"Signature verification failed"})", invalid_credentials},
      {422, bearer, R"({"msg":"Not enough segments"})", malformed_credentials},
      {400, bearer, R"({"detail":"Inactive account"})", resource_disabled},
      {422, api_key, R"({"error":"Nonce must be larger than 90210"})", clock_skew},
      {200, api_key, R"({"code":9,"msg":"sign error"})", invalid_credentials},
  });
}

TEST(FirstSight, AnObjectThatCallsItselfAnErrorIsOne) {
  expect_causes(
      {{200, api_key, R"({"messages":[{"id":"7","type":"ERROR","messageContent":"Wrong user name or password"}]})",
        invalid_credentials},
       {200, api_key, R"({"listResponse":{"statusMessage":{"severity":"ERROR","code":-3,"message":"Wrong API key"}}})",
        invalid_credentials}});
}

TEST(FirstSight, ThingsWithTheirOwnTroublesAreNoRefusals) {
  expect_healthy(200, {
                          R"({"camera":"c7","status":"unauthorized","message":"Wrong camera password"})",
                          R"({"domain":"example.org","errors":["signature expired"]})",
                          R"({"links":[{"type":"chat","ok":false,"error":"token_revoked"}]})",
                          R"({"calls":[{"to":"+1","status":"failed","error":"number not allowed on trial account"}]})",
                          R"({"status":401,"count":12})",
                          R"({"statusCode":403,"url":"https://www.example.org","checkedAt":"2026-01-01"})",
                          R"({"error_codes":{"1":"Invalid API key","2":"Rate limit exceeded"}})",
                          R"({"message":"Invalid login attempts in the last day: 4"})",
                          R"({"error":{"message":"No data available in your region of interest"}})",
                          R"({"error":{"code":-32000,"message":"nonce too low"}})",
                      });
  expect_healthy(201, {R"({"kind":"Review","status":{"authenticated":false,"error":"token expired"}})"});
}

TEST(FirstSight, WhatIsSaidOfOthersUnderAFailure) {
  expect_healthy(400, {R"({"message":"Access token of the target is required in field peerToken"})"});
  expect_healthy(410, {R"({"error":"upload session expired"})"});
  expect_healthy(500, {R"({"error":"could not send mail: 535 authentication failed"})",
                       R"({"message":"The payment provider rejected the request: invalid api key"})"});
  expect_healthy(503, {R"({"message":"Service temporarily unavailable, please retry later"})"});
}

TEST(FirstSight, TheEndOfALifeInOtherWords) {
  expect_causes({
      {401, bearer, R"({"errors":["Unauthenticated: the token is beyond its lifetime"]})", expired_token},
      {401, bearer, R"({"errors":[{"message":"Your login is over"}]})", expired_token},
      {400, bearer, R"({"summary":"The end user agreement has lapsed"})", expired_token},
      {401, bearer, R"({"mensaje":"La credencial ya no está vigente"})", expired_token},
      {401, api_key, R"({"title":"Refused: the ts field is outside the tolerance"})", clock_skew},
      {403, bearer, R"({"detail":"Scope crm:write is lacking"})", insufficient_scope},
      {401, bearer, R"({"message":"IP 192.0.2.4 is outside the registered addresses"})", ip_blocked},
      {403, api_key, R"({"message":"Недостаточно средств"})", resource_disabled},
      {503, bearer, R"({"detail":"The key verification service cannot be reached"})", auth_service_down},
  });
}

TEST(FirstSight, GoodsCatalogsAndBackendsAreNotTheCaller) {
  expect_healthy(200, {R"({"suite":"auth","errors":[{"test":"t1","message":"expected 401 Unauthorized got 200"}]})",
                       R"({"success":false,"message":"Voucher not allowed in your country"})",
                       R"({"error":{"code":12,"message":"Song is not available in this territory"}})",
                       R"({"errorCode":"E7","errorMessage":"Sender not verified for domain x.example"})",
                       R"({"strings":{"err_auth":"Authentication failed","err_perm":"No permission"}})"});
  expect_healthy(422, {R"({"error":"credit limit of the buyer exceeded"})"});
  expect_healthy(400, {R"({"message":"The payment authorization has expired"})"});
  expect_healthy(500, {R"({"error":"redis: NOAUTH Authentication required."})"});
  expect_healthy(503, {R"({"message":"Too many connections to the database"})"});
}

// Another service counts its errors with the same numbers.
TEST(FirstSight, ANumberAloneIsNoSignature) {
  EXPECT_THAT(Answer(403, R"({"code":40301,"message":"Your app has been blocked"})").to(bearer).diagnosed(),
              Means(resource_disabled, Confidence::likely));
}

// Of goods, too, is said that they are not to be had in a country.
TEST(FirstSight, ACountryUnderASuccessIsNotCertain) {
  EXPECT_THAT(Answer(200, R"({"error":{"message":"The API is not available in your country"}})").to(bearer).diagnosed(),
              Means(geo_blocked, Confidence::likely));
}

}  // namespace
}  // namespace authprobe::diagnosis
