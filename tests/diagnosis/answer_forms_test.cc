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

TEST(AnswerForms, AFormOfAnOauthProblemIsOne) {
  expect_causes({
      {400, api_key, R"({"oauth_problem":"token_revoked"})", revoked_token},
      {401, api_key, "oauth_problem=token_rejected&oauth_problem_advice=Please%20authorize%20again",
       invalid_credentials},
      {200, api_key, "oauth_problem=timestamp_refused&oauth_acceptable_timestamps=1-2", clock_skew},
      {401, none, "oauth_problem=parameter_absent&oauth_parameters_absent=oauth_consumer_key", missing_credentials},
      {403, api_key, "oauth_problem=consumer_key_refused", rate_limited},
  });
  expect_healthy(400, {R"({"oauth_problem":"none"})", R"({"item":{"oauth_problem":"nonce_used"}})",
                       "The parameter oauth_problem=nonce_used is not known here"});
}

TEST(AnswerForms, ASentenceWithALinkIsNoPage) {
  const auto refused = [](const char* body) {
    return Answer(200, body).header("Content-Type", "text/html").to(api_key).diagnosed().cause;
  };
  EXPECT_EQ(refused("Invalid API key. Please see the <a href=\"/api\">API Help</a> (https://example.com/api)."),
            invalid_credentials);
  EXPECT_EQ(refused("Access denied: your API key was not recognised. <a href=\"/signup\">Get one</a>"),
            invalid_credentials);
  EXPECT_EQ(refused("API rate limit exceeded. See <a href='/docs'>the docs</a> for details"), rate_limited);
  EXPECT_EQ(refused("Unknown API key.<br>Contact <b>support</b>."), invalid_credentials);
  EXPECT_EQ(refused("The IP address calling (192.0.2.8) does not match the allowed IP address. Please log into your "
                    "panel and make sure that the address of your server is listed in the option 'allowed ip address' "
                    "of the section for the API."),
            ip_blocked);
  for (const char* body : {"We moved. <a href=\"/new\">Go on</a>", "Your API key works. See <a href=\"/d\">docs</a>",
                           "<div>Invalid API key</div> is what a wrong key is answered",
                           "To get an API key, <a href=\"/signup\">sign up</a> first."}) {
    EXPECT_THAT(Answer(200, body).header("Content-Type", "text/html").to(api_key).diagnosed(), IsNoRefusal()) << body;
  }
}

TEST(AnswerForms, ACodeAndASentenceAreAnOutcomeWhateverTheirNames) {
  expect_causes({
      {200, api_key, R"({"Code":"100","Output":"Invalid or missing API key"})", invalid_credentials},
      {200, none, R"({"recode":10200,"msg":"api-token api-timestamp api-random-str 不能为空","data":[]})",
       missing_credentials},
      {200, bearer, R"({"error":1003,"reason":"LIMIT api_concurrent"})", rate_limited},
  });
  expect_healthy(200, {R"({"code":"7","answer":"The key to success is hard work"})", R"({"recode":0,"msg":"ok"})",
                       R"({"code":"12","output":"12 tokens used"})", R"({"recode":4101,"msg":"订单不能为空"})"});
}

TEST(AnswerForms, ASoapCallHasItsCredentialInside) {
  const std::string start = "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body>";
  const std::string end = "</e:Body></e:Envelope>";
  const auto reply = [&](const std::string& severity, const std::string& message) {
    return start + "<RateReply><HighestSeverity>" + severity + "</HighestSeverity><Notifications><Severity>" +
           severity + "</Severity><Code>1000</Code><Message>" + message + "</Message></Notifications></RateReply>" +
           end;
  };
  const auto fault = [&](const std::string& text) {
    return start + "<e:Fault><faultcode>e:Client</faultcode><faultstring>" + text + "</faultstring></e:Fault>" + end;
  };
  const auto of = [](int status, const std::string& body) { return Answer(status, body).to(none).diagnosed(); };
  EXPECT_EQ(of(200, reply("ERROR", "Authentication Failed")).cause, invalid_credentials);
  EXPECT_EQ(of(200, reply("FAILURE", "Invalid user credentials")).cause, invalid_credentials);
  EXPECT_EQ(of(500, fault("Authentication denied")).cause, invalid_credentials);
  EXPECT_EQ(of(500, fault("No credentials provided")).cause, missing_credentials);
  EXPECT_EQ(of(401, fault("Unauthorized")).cause, missing_credentials);
  EXPECT_THAT(of(200, reply("WARNING", "Authentication of the sender is missing")), IsNoRefusal());
  EXPECT_THAT(of(200, reply("ERROR", "Invalid postal code")), IsNoRefusal());
  EXPECT_THAT(of(200, reply("SUCCESS", "Request was successfully processed.")), IsNoRefusal());
  EXPECT_THAT(of(500, fault("Invalid date")), IsNoRefusal());
}

TEST(AnswerForms, APageOfAStatusHasTheSentenceOfTheApplication) {
  const auto page = [](const char* title, const char* reason, const char* message) {
    return std::string("<!DOCTYPE HTML><title>") + title + "</title><h1>" + reason + "</h1><p>" + message + "</p>";
  };
  const auto of = [](int status, const std::string& body) { return Answer(status, body).to(cookie).diagnosed(); };
  EXPECT_THAT(of(400, page("400 Bad Request", "Bad Request", "Session expired (invalid CSRF token)")),
              Means(malformed_credentials, Confidence::likely));
  EXPECT_EQ(of(400, page("400 Bad Request", "400 Bad Request", "Your session has expired")).cause, expired_token);
  EXPECT_EQ(of(403, page("403 Forbidden", "Forbidden", "You are not a member of this group.")).cause,
            insufficient_permissions);
  EXPECT_THAT(of(400, page("400 Bad Request", "Bad Request", "The field token is required.")), IsNoRefusal());
  EXPECT_THAT(of(404, page("404 Not Found", "Not Found", "The user was not found.")), IsNoRefusal());
  EXPECT_THAT(of(400, page("400 Bad Request", "Bad Request", "Missing page token")), IsNoRefusal());
}

TEST(AnswerForms, WordsOfATokenThatHasComeAreBelieved) {
  expect_causes({
      {403, none, R"({"message":"Token does not have access to requested resource."})", insufficient_permissions},
      {401, none, R"({"error":"Your API key does not have access to this endpoint"})", insufficient_permissions},
      {403, none, R"({"error":"This token is not allowed for this project"})", insufficient_permissions},
      {403, none, R"({"message":"You do not have access"})", missing_credentials},
      {401, none, R"({"message":"User does not have access"})", missing_credentials},
  });
}

TEST(AnswerForms, AStatusWithoutItsLocationIsReadByItsBody) {
  expect_causes({{302, none, R"({"statuscode":302,"status":"LICENSE_REVOKED","message":"License has been revoked."})",
                  revoked_token}});
}

}  // namespace
}  // namespace authprobe::diagnosis
