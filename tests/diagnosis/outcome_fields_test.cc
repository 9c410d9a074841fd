// What a small document says of its call's outcome, whatever its keys are called: what is said of a thing is none.
#include <gtest/gtest.h>

#include "tests/diagnosis/answer.h"
#include "tests/diagnosis/cases.h"

namespace authprobe::diagnosis {
namespace {

using enum Cause;
using SentCredential::api_key;
using SentCredential::basic;
using SentCredential::bearer;
using SentCredential::digest;
using SentCredential::none;

// One sentence, and beside it codes, failures, dates and nothing: its key may be in any language.
TEST(OutcomeFields, ALoneSentenceIsTheOutcomesWhateverItsKeyIs) {
  expect_causes({
      {200, api_key, R"({"respuesta":"Su clave de API ha caducado","codigo":"E-77"})", expired_token},
      {200, api_key, R"({"gagal":"Token tidak valid","kode":"E-1190"})", invalid_credentials},
      {200, bearer, R"({"besked":"Din konto er spærret","kode":"K_409"})", resource_disabled},
      {200, bearer, R"({"resultat":"AUTH_STALE","anmerkning":"Your token has expired"})", expired_token},
  });
  expect_healthy(200, {
                          R"({"printer":"p7","status":"error","detail":"access denied"})",
                          R"({"nombre":"Clave de API caducada","estado":"E-77"})",
                          R"({"level":"error","line":"jwt expired"})",
                          R"({"is_success":1,"remark":"Invalid API key reported"})",
                          R"({"lamp":{"state":"rejected","cause":"wrong password"}})",
                          R"({"note":"Your token has expired","width":4,"height":7})",
                          R"({"a":"Invalid API key","b":"Token expired"})",
                      });
}

// A number that is no good outcome, and words under the same name.
TEST(OutcomeFields, ANumberAndItsMessageGoByOneName) {
  expect_causes({
      {200, basic, R"({"gatewayCode":"4077","gatewayMessage":"Invalid API key"})", invalid_credentials},
      {200, api_key, R"({"apiStatus":1004,"apiInfo":"Invalid API key"})", invalid_credentials},
  });
  expect_healthy(200, {R"({"gatewayCode":"0","gatewayMessage":"Invalid API key"})",
                       R"({"lampCode":"4077","lampColour":"red","title":"Invalid API key"})"});
}

// The answer to a payment repeats what it was asked for; of goods and cards, the message tells nothing of who calls.
TEST(OutcomeFields, AMessageOfTheCredentialCountsAmongManyFields) {
  const std::string asked =
      R"("reference":"1","amount":"4.00","currency":"INR","locale":"en","customer":"c1","shop":"2","channel":"web",)";
  const auto diagnosed = [&](const char* message) {
    return Answer(200, "{" + asked + R"("respcode":"330","respmsg":")" + message + "\"}").to(api_key).diagnosed();
  };
  EXPECT_EQ(diagnosed("Invalid API key").cause, invalid_credentials);
  EXPECT_THAT(diagnosed("Insufficient funds"), IsNoRefusal());
  EXPECT_THAT(diagnosed("Permission denied by the card's bank"), IsNoRefusal());
}

TEST(OutcomeFields, OutcomesInPlacesOfTheirOwn) {
  expect_causes({
      // lines of pairs in a frame
      {200, api_key, "[RESPONSE]\r\nCODE=530\r\nDESCRIPTION=Authentication failed\r\nEOF\r\n", invalid_credentials},
      {200, api_key, "[RESPONSE]\r\ncode = 530\r\ndescription = Authentication failed\r\nEOF\r\n", invalid_credentials},
      // a word where the data would stand
      {200, api_key, R"({"success":false,"data":"REQUEST_FREQUENCY_IS_TOO_HIGH","failCode":407})", rate_limited},
      // when the answer was made
      {200, api_key,
       "<api><status><code>-1</code><message>Login failed, please check login info</message>"
       "<created_at>2020-09-30 09:49:58</created_at></status></api>",
       invalid_credentials},
  });
  expect_healthy(200, {R"({"success":true,"data":"REQUEST_FREQUENCY_IS_TOO_HIGH"})",
                       "<job><id>4</id><code>-1</code><message>Login failed</message><state>x</state>"
                       "<created_at>2020-09-30 09:49:58</created_at></job>"});
}

// Where the content would stand is the error and nothing else; a part of the content that failed is none of the call's.
TEST(OutcomeFields, AnErrorAloneInPlaceOfTheContentIsTheOutcome) {
  expect_causes({
      {200, api_key, R"({"seq":0,"status":1,"content":{"error":"SESSION_EXPIRED"}})", expired_token},
      {200, bearer, R"({"data":{"error":"Invalid API key","error_code":7}})", invalid_credentials},
      {200, bearer, R"({"output":{"error":"Your account is suspended"}})", resource_disabled},
  });
  expect_healthy(
      200, {R"({"content":{"id":"c7","error":"SESSION_EXPIRED","retries":3}})", R"({"data":{"error":"","items":4}})"});
}

// Nothing but that something is forbidden, in what is an error: the call is.
TEST(OutcomeFields, AnErrorThatSaysNoMoreThanForbiddenIsOfTheCall) {
  expect_causes({{200, bearer, R"({"error":"Forbidden"})", insufficient_permissions},
                 {200, bearer, R"({"errorCode":-1005,"msg":"Operation forbidden."})", insufficient_permissions}});
  expect_healthy(200, {R"({"status":"forbidden","printer":"p4"})", R"({"words":["forbidden"]})"});
}

// ASP.NET's web services and XML-RPC send a text without a name of its own.
TEST(OutcomeFields, TheOnlyTextOfADocumentIsItsMessage) {
  expect_causes(
      {{200, api_key, R"(<string xmlns="http://sms.example/">Invalid API key</string>)", invalid_credentials},
       {200, basic,
        "<methodResponse><params><param><value><string>Username or password incorrect.</string></value></param>"
        "</params></methodResponse>",
        invalid_credentials}});
  expect_healthy(200, {R"(<string xmlns="http://sms.example/">Your message was sent</string>)",
                       R"(<string xmlns="http://sms.example/">Token expired for order 7</string>)"});
}

// The pages of an answer are no life of what it tells of.
TEST(OutcomeFields, PagesBesideAnErrorAreNoContent) {
  expect_causes({{200, api_key,
                  R"({"rows":[],"meta":{"page_number":0,"error_text":"API key expired","next_page_number":0,)"
                  R"("last_page":0}})",
                  expired_token}});
  expect_healthy(200, {R"({"rows":[],"meta":{"error_text":"API key expired","next_run":"2026-12-02"}})"});
}

// 403 is also sent where what the call was to make is there already.
TEST(OutcomeFields, AConflictUnder403RefusesNobody) {
  expect_healthy(403, {R"({"error":"forbidden","reason":"cannot modify pre-existing version: 0.1.1"})",
                       R"({"message":"Service user 'x' already exists"})"});
  expect_causes({{403, bearer, R"({"message":"You are not allowed to create users"})", insufficient_permissions}});
  EXPECT_NE(
      Answer(403, R"({"message":"Another session already exists for this login"})").to(bearer).diagnosed().refusal,
      Refusal::none);
}

// "713: ...", "8, ...": a code begins the line of an answer, and a date that of a log.
TEST(OutcomeFields, ALineThatBeginsWithACodeIsAnError) {
  expect_causes({{200, api_key, "713: Account is not active", resource_disabled},
                 {200, api_key, "8, Invalid API key", invalid_credentials}});
  expect_healthy(200, {"000: Account is not active", "2026-11-02, Invalid API key"});
}

TEST(OutcomeFields, APlainTextOfManyLinesIsNoAnswerToACall) {
  const char* const line = "Invalid API key\n";
  EXPECT_EQ(Answer(200, line).to(api_key).diagnosed().cause, invalid_credentials);
  EXPECT_THAT(Answer(200, "Messages of this service:\nInvalid API key\n\nToken expired\nAccount locked\n")
                  .to(api_key)
                  .diagnosed(),
              IsNoRefusal());
}

// HTML of one run of text and no title but an error's.
TEST(OutcomeFields, APageOfOneSentenceIsAnAnswer) {
  const auto diagnosed = [](const char* page) {
    return Answer(200, page).header("Content-Type", "text/html").to(api_key).diagnosed();
  };
  EXPECT_EQ(diagnosed("<p>Your API key is invalid.</p>").cause, invalid_credentials);
  EXPECT_EQ(diagnosed("<html><title>Error</title><body>Your API key is invalid.</body></html>").cause,
            invalid_credentials);
  EXPECT_THAT(diagnosed("<html><title>Key check</title><body>Your API key is invalid.</body></html>"), IsNoRefusal());
  EXPECT_THAT(diagnosed("<p>Your API key is invalid.</p><p>So says the shop's clerk.</p>"), IsNoRefusal());
}

// SOAP 1.2 names who may not by a subcode (ONVIF Core Specification, 5.9).
TEST(OutcomeFields, ASubcodeOfSoapRefuses) {
  expect_causes(
      {{400, digest,
        "<e:Envelope xmlns:e='http://www.w3.org/2003/05/soap-envelope'><e:Body><e:Fault><e:Code><e:Value>e:Sender"
        "</e:Value><e:Subcode><e:Value>ter:NotAuthorized</e:Value></e:Subcode></e:Code><e:Reason><e:Text>Sender not "
        "authorized</e:Text></e:Reason></e:Fault></e:Body></e:Envelope>",
        invalid_credentials}});
}

// Nobody says of nothing that it has expired, whatever challenge stands beside it.
TEST(OutcomeFields, WhatHasEndedHasCome) {
  const Diagnosis diagnosis =
      Answer(401, R"({"error":{"code":401,"message":"The password is expired and needs to be changed."}})")
          .header("WWW-Authenticate", "Keystone uri=\"http://127.0.0.1:5000\"")
          .to(none)
          .diagnosed();
  EXPECT_EQ(diagnosis.cause, expired_token);
}

// A page that takes the caller for a robot disputes what its status says.
TEST(OutcomeFields, PlainWordsOfAPageDisputeAStatus) {
  const auto diagnosed = [](const char* page) {
    return Answer(429, page).header("Content-Type", "text/html").to(none).diagnosed();
  };
  EXPECT_EQ(diagnosed("<h1>Too many requests</h1><p>Slow down.</p>").confidence, Confidence::certain);
  EXPECT_EQ(diagnosed("<h1>One moment</h1><p>We think that you are a robot.</p>").confidence, Confidence::likely);
}

// One event of an audit is a record, however its parameters are called.
TEST(OutcomeFields, OneRowOfALogIsARecord) {
  expect_healthy(
      200, {R"([{"id":8812,"operation":"users.login","resource":"bob","parameters":{"error":"Invalid login"}}])"});
}

}  // namespace
}  // namespace authprobe::diagnosis
