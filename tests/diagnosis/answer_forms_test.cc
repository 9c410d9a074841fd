// The forms in which a refusal comes: callbacks, events of streams, SOAP, outcomes with names of their own; and of
// which of its words a status that does not refuse is believed.
#include "exporter/diagnosis/diagnosis.h"
#include "tests/diagnosis/cases.h"

namespace authprobe::diagnosis {
namespace {

using enum Cause;
using SentCredential::api_key, SentCredential::basic, SentCredential::bearer, SentCredential::cookie,
    SentCredential::none, SentCredential::oauth2, SentCredential::sigv4;

TEST(AnswerForms, JsonInACallbackIsJson) {
  expect_causes({
      {200, api_key, R"(({"status":"error","errorcode":8,"errormessage":"account inactive"});)", resource_disabled},
      {200, api_key, R"(show({"error":{"message":"Invalid API key"}}))", invalid_credentials},
  });
  expect_healthy(200, {R"(show({"rows":[{"note":"Invalid API key"},{"note":"fine"}]}))"});
}

TEST(AnswerForms, AnEventOfAStreamIsItsJson) {
  expect_causes(
      {{401, api_key, "event: error\ndata: {\"message\": \"API key expired on 2026-04-30.\"}\n\n", expired_token},
       {200, api_key, "data: {\"error\": {\"message\": \"API key has expired\"}}\n\n", expired_token}});
}

TEST(AnswerForms, SoapWrapsAnOutcomeManyTimes) {
  expect_causes(
      {{200, basic,
        "<soap:Envelope "
        "xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body><LogOnResponse><LogOnResult>"
        "<Envelope><Success>0</Success><Message>Invalid credentials</Message><Info><Version>2</Version></Info>"
        "</Envelope></LogOnResult></LogOnResponse></soap:Body></soap:Envelope>",
        invalid_credentials}});
}

TEST(AnswerForms, AnOutcomeMayHaveANameOfItsOwn) {
  expect_causes({
      {200, bearer, R"({"OrderCode":12,"OrderMessage":"Session expired, get new access token","OrderStatus":false})",
       expired_token},
      {200, api_key, R"({"ReplySuccess":false,"ReplyText":"Missing or invalid API key"})", invalid_credentials},
  });
  expect_healthy(200, {R"({"OrderCode":12,"OrderMessage":"The voucher has expired","OrderStatus":false})"});
}

TEST(AnswerForms, TheMessageOfANumberedErrorIsNoInput) {
  expect_causes({{400, bearer, R"({"success":false,"errors":{"981":["Log in failed for insufficient permissions."]}})",
                  insufficient_permissions}});
  expect_healthy(400,
                 {R"({"errors":{"children":{"task":{"errors":["You are not allowed to choose a hidden task."]}}}})"});
}

TEST(AnswerForms, WhatWasSentIsSpokenOf) {
  expect_causes({
      {400, cookie, R"({"Message":"Session no longer exists."})", revoked_token},
      {400, sigv4, R"({"code":"4001","message":"Waktu tidak sesuai"})", clock_skew},
  });
  expect_healthy(
      400, {R"({"code":"E06","message":"認証コードが不正です。"})", R"({"code":"4001","message":"Waktu tidak sesuai"})",
            R"({"Message":"Session no longer exists."})"});
}

TEST(AnswerForms, AHeaderMayCallTheSignatureWrong) {
  const Answer answer = Answer(400).header("x-amzn-ErrorType", "InvalidSignatureException").to(sigv4);
  EXPECT_EQ(answer.diagnosed().cause, invalid_credentials);
}

TEST(AnswerForms, ATokenEndpointSpeaksOfTheGrantInAnyLanguage) {
  const char* const body = R"({"code":"E06","message":"認証コードが不正です。"})";
  EXPECT_EQ(Answer(400, body).to(oauth2).for_token().diagnosed().cause, invalid_credentials);
  EXPECT_THAT(Answer(400, body).to(oauth2).diagnosed(), IsNoRefusal());
  EXPECT_THAT(Answer(400, R"({"message":"Invalid SSH key"})").to(oauth2).diagnosed(), IsNoRefusal());
}

TEST(AnswerForms, WhatIsWrappedElsewhereIsData) {
  expect_healthy(
      200,
      {"<default><message>Invalid API key</message><size>3</size><a>1</a><b>2</b></default>",
       "<PrinterFault><id>3</id><message>account locked</message></PrinterFault>",
       "<d:multistatus><d:response><d:status>HTTP/1.1 200 OK</d:status></d:response><d:response><d:status>HTTP/1.1 "
       "403 Forbidden</d:status><d:responsedescription>You do not have permission</d:responsedescription>"
       "</d:response></d:multistatus>"});
  const auto cause_for = [](SentCredential sent, int status, const char* body) {
    return Answer(status, body).to(sent).diagnosed().refusal;
  };
  EXPECT_EQ(cause_for(cookie, 422, R"({"message":"Invalid session date"})"), Refusal::none);
  EXPECT_EQ(cause_for(cookie, 400, R"({"session":{"title":"invalid key"}})"), Refusal::none);
  EXPECT_EQ(cause_for(sigv4, 422, R"({"message":"The signature image is invalid"})"), Refusal::none);
  EXPECT_EQ(cause_for(sigv4, 400, R"({"message":"Log event timestamp is too old"})"), Refusal::none);
  EXPECT_EQ(cause_for(bearer, 415, R"({"message":"Your request has an invalid header"})"), Refusal::none);
}

TEST(AnswerForms, WordsOfTheCallerAreBelievedUnderAnyStatusOfAFault) {
  expect_causes({
      {400, bearer, R"({"error":"X-20006: User is missing one or more roles: CanReadInvoices"})",
       insufficient_permissions},
      {400, cookie, "Manager access required - SecurityException (Check:158 < Page:72)", insufficient_permissions},
      {412, api_key, R"({"code":"412","msg":"The request header is missing `X-API-SIGN` parameters"})",
       malformed_credentials},
      {412, bearer, R"({"error":{"message":"Account blue is suspended, possibly due to unpaid bills."}})",
       resource_disabled},
      {500, basic, "<Failure><ErrorMsg>The username/password combination is incorrect.</ErrorMsg></Failure>",
       invalid_credentials},
  });
}

TEST(AnswerForms, ADocumentThatIsCalledAnErrorIsOne) {
  expect_causes({
      {200, none, "<ShareServiceError><Message id=\"0\">No API Key Provided</Message></ShareServiceError>",
       missing_credentials},
      {200, api_key,
       R"([{"Error":"8","Description":"Key daily limit exceeded","Cause":"Over the limit","Resolution":"Alter the limit."}])",
       rate_limited},
  });
  expect_healthy(200, {"<ShareReport><Message id=\"0\">No API Key Provided</Message></ShareReport>"});
}

TEST(AnswerForms, NamesInAStatementAreData) {
  expect_healthy(400, {R"({"error":"From line 1, column 8: Column 'token_expired' not found in any table"})",
                       R"({"error":{"message":"RelationUnknown[Relation 'doc.api_keys' unknown]"}})",
                       R"({"error":"The value of the resumptionToken argument is invalid or expired."})"});
  expect_healthy(
      402, {R"({"error":{"code":"insufficient_funds","message":"The customer's account has insufficient funds."}})"});
}

TEST(AnswerForms, AStatusWithoutItsLocationIsReadByItsBody) {
  expect_causes({{302, none, R"({"statuscode":302,"status":"LICENSE_REVOKED","message":"License has been revoked."})",
                  revoked_token}});
}

}  // namespace
}  // namespace authprobe::diagnosis
