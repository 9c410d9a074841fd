// Answers in words that no rule was written for: what counts is how they are built, and of what they speak.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporter/diagnosis/diagnosis.h"
#include "exporter/diagnosis/ruleset.h"
#include "tests/diagnosis/answer.h"

namespace authprobe::diagnosis {
namespace {

using enum Cause;
using SentCredential::api_key, SentCredential::basic, SentCredential::bearer, SentCredential::cookie;
using SentCredential::digest, SentCredential::none, SentCredential::oauth2;

struct Case {
  int status;
  SentCredential sent;
  const char* body;
  Cause cause;
};

template <std::size_t N>
void expect_causes(const Case (&cases)[N]) {
  for (const Case& each : cases) {
    const Answer answer = Answer(each.status, each.body).to(each.sent);
    const Diagnosis diagnosis = answer.diagnosed();
    EXPECT_EQ(to_string(diagnosis.cause), to_string(each.cause)) << each.body;
    EXPECT_NE(diagnosis.refusal, Refusal::none) << each.body;
    EXPECT_TRUE(each.status >= 400 || answer.suspicious()) << each.body;
  }
}

template <std::size_t N>
void expect_healthy(int status, const char* const (&bodies)[N]) {
  for (const char* body : bodies)
    EXPECT_THAT(Answer(status, body).to(bearer).diagnosed(), IsNoRefusal()) << status << " " << body;
}

// --- how a body is built ---

TEST(Unseen, ADocumentThatIsNothingButAnErrorIsOneWhateverItsStatus) {
  expect_causes({
      {200, api_key, R"({"retCode":"F-77","retMsg":"Your account has been blocked","data":null})", resource_disabled},
      {200, api_key, R"({"Answers":[{"FaultNo":"9","FaultText":"Your IP is not on the allow list"}]})", ip_blocked},
      {200, basic, "<Failure><No>B2</No><Text>The login name or password is wrong</Text></Failure>",
       invalid_credentials},
      {200, api_key, R"({"reply":{"error_text":"The API key has expired"}})", expired_token},
      {200, api_key, R"({"result":4711,"message":"You have used all your credits. The daily quota is exceeded"})",
       rate_limited},
      {200, api_key, R"({"Note":"You made too many requests. Our limit is 5 calls per minute."})", rate_limited},
      {200, api_key, "ERR 17: wrong API key", invalid_credentials},
      {200, api_key, R"({"status":"TOKEN_REVOKED","message":"Ask for another one"})", revoked_token},
  });
}

TEST(Unseen, XmlRpcNamesItsFault) {
  expect_causes({{200, api_key,
                  "<methodResponse><fault><value><struct><member><name>faultString</name><value><string>Wrong API "
                  "key</string></value></member></struct></value></fault></methodResponse>",
                  invalid_credentials}});
}

TEST(Unseen, DataThatMentionsRefusalsIsData) {
  expect_healthy(200,
                 {
                     R"([{"call":"a","status":"Forbidden","code":403},{"call":"b","status":"OK","code":200}])",
                     R"({"hook":"h","status":"error","message":"the token has expired","last_try":"2026-01-01"})",
                     R"({"state":"FAILED","error":"access denied to the bucket","attempts":3})",
                     R"({"id":17,"name":"import","status":"failed","error":"the API token has expired"})",
                     R"({"errors":{"401":"Invalid API key","403":"Your IP is blocked","429":"Too many requests"}})",
                     R"({"status":"success","message":"The API key is invalid from now on"})",
                     R"({"message":"Your token was revoked"})",
                     "<log><entry><msg>bad API key</msg></entry><entry><msg>token expired</msg></entry></log>",
                 });
}

TEST(Unseen, AnObjectThatIsMissingIsNoCredential) {
  expect_healthy(404, {R"({"code":"EntryNotFound","message":"The requested key does not exist"})",
                       R"({"message":"Key not found"})", R"({"error":"no such user"})",
                       R"({"errors":["Application key not found"]})", R"({"message":"The API key does not exist"})",
                       R"({"error":"This endpoint is no longer supported"})"});
  expect_healthy(400, {R"({"error":"the page token is invalid"})", R"({"error":"sort key is missing"})",
                       R"({"code":"COUPON_EXPIRED","message":"The coupon has expired"})"});
  expect_causes({{401, bearer, R"({"message":"Key not found"})", invalid_credentials}});
}

// --- of what it speaks ---

// What a server says of its own files, mail servers and tables, of other people's tokens and of what a call has brought
// along, is not said of who calls.
TEST(Unseen, WhatIsSaidOfOthersIsNoRefusal) {
  expect_healthy(404, {R"({"message":"No API key with id 9 exists in this project"})",
                       R"({"message":"The API key with the ID 17 was not found."})",
                       R"({"error":"Role 'x' not found"})", R"({"error":"token not found"})"});
  expect_healthy(
      400, {R"({"message":"The invitation token is invalid or was used before"})",
            R"({"message":"Missing required header: Idempotency-Key"})",
            R"({"errors":{"password":["must be at least 8 characters"]}})",
            R"({"errors":{"accessLevel":["The accessLevel field is required."]}})",
            R"({"error":"Password confirmation does not match"})", R"({"message":"Account is already suspended"})",
            R"({"message":"Query too deep: limit exceeded by 12 fields"})"});
  expect_healthy(409, {R"({"message":"The session is locked by another user"})",
                       R"({"message":"The subscription has been cancelled"})"});
  expect_healthy(
      500, {R"({"message":"permission denied for table orders"})", R"({"error":"open /srv/a: permission denied"})",
            R"({"error":"certificate of the upstream has expired"})",
            R"({"message":"Mail not sent: SMTP authentication failed"})"});
  expect_healthy(507, {R"({"message":"Storage quota exceeded"})"});
}

// What a call brought along is judged in the words that judge a caller; a caller is named as one.
TEST(Unseen, OnlyWordsAboutTheCallerMakeARefusalOfAStatusThatIsNone) {
  expect_healthy(400,
                 {R"({"errors":[{"reason":"IP Address not found."}]})", R"({"errors":["Invalid scope parameter"]})",
                  R"({"errors":["Missing Role 17"]})", R"({"error":"Country not supported: XK"})",
                  R"({"errors":[{"detail":"region query parameter is required"}]})",
                  R"({"errors":[{"detail":"invalid parameter \"appKeyId\" in \"path\"; expected type \"uuid\""}]})",
                  R"({"errors":["Invalid account. Your Acme configuration is invalid: API key is unknown."]})"});
  expect_healthy(422, {R"({"title":"The payload has expired and is no longer available"})",
                       R"({"detail":"The plan can only be changed while its status is Inactive"})"});
  expect_healthy(500, {R"({"message":"pq: password authentication failed for user \"app\""})"});
  expect_healthy(200, {R"({"removed_keys":[],"error_count":1,"error_details":[{"reason":"invalid api key id"}]})"});
  expect_causes(
      {{400, api_key, R"({"error":"Account disabled. Please contact support."})", resource_disabled},
       {400, api_key, R"({"message":"The requested IP address is not in the whitelist"})", ip_blocked},
       {400, api_key, R"({"message":"You do not have access to this resource"})", insufficient_permissions},
       {400, bearer, R"({"message":"invalid_token"})", invalid_credentials},
       {400, basic, R"({"error":"invalid_scope"})", insufficient_scope},
       {400, basic, R"({"error":"invalid_client"})", invalid_credentials},
       {400, bearer, R"({"message":"User location is not supported"})", geo_blocked},
       {500, bearer, R"({"error":"admin APIs disabled"})", resource_disabled},
       {400, api_key, R"({"result":"error","reason":"InvalidSignature"})", invalid_credentials},
       {400, api_key, "[ERROR 400] Invalid API key (https://docs.acme.example)", invalid_credentials},
       {500, basic, R"({"fault":"The user is not authorized for the method 'Ship'."})", insufficient_permissions},
       {400, api_key, R"({"error":{"mensaje":"Token inválido"}})", invalid_credentials},
       {403, api_key, R"({"errors":[{"code":"not_allowed_ip"}]})", ip_blocked}});
  EXPECT_NE(Answer(422, R"({"code":"ACCOUNT_SUSPENDED"})").to(api_key).diagnosed().confidence, Confidence::certain);
}

TEST(Unseen, AnAPIKeyHasPermissionsAndNoScopesUnlessTheServerSaysSo) {
  const auto said = [](SentCredential sent, const char* message) {
    return Answer(403, std::string(R"({"message":")") + message + R"("})").to(sent).diagnosed();
  };
  EXPECT_THAT(said(api_key, "API key is not authorized to execute the requested method"),
              Means(insufficient_permissions, Confidence::likely));
  EXPECT_THAT(said(api_key, "Insufficient scope: orders:read is needed"),
              Means(insufficient_scope, Confidence::likely));
  EXPECT_THAT(said(bearer, "Insufficient scope: orders:read is needed"),
              Means(insufficient_scope, Confidence::certain));
}

TEST(Unseen, APartOfTheDataIsNoRefusal) {
  expect_healthy(200, {R"({"data":{"me":{"id":1},"billing":null},"errors":[{"message":"no access to billing"}]})",
                       R"([{"code":200,"body":"{\"id\":1}"},{"code":403,"body":"{\"error\":\"forbidden\"}"}])",
                       R"({"logs":[{"status":403,"message":"Access denied: IP not allowed"}]})",
                       R"({"job_id":"j9","result":"FAILURE","error_message":"The password has expired"})",
                       R"({"device":"s1","lastError":{"code":401,"message":"invalid device token"}})",
                       R"({"payment":{"status":"failed","failure_code":"account_closed"}})",
                       R"({"message":"Rate limit updated"})", "ok: 0 unauthorized requests in the last hour"});
  expect_causes(
      {{200, bearer, R"({"data":{"me":null},"errors":[{"message":"Your token has expired"}]})", expired_token}});
}

TEST(Unseen, AHeaderThatCarriesNoCredentialIsNotAMissingCredential) {
  const char* body =
      "<Error><Code>AccessDenied</Code><Message>Missing required header: x-acme-content-sha256</Message></Error>";
  for (const SentCredential sent : {SentCredential::sigv4, none}) {
    const Diagnosis diagnosis = Answer(403, body).to(sent).diagnosed();
    EXPECT_NE(diagnosis.confidence, Confidence::certain);
    EXPECT_TRUE(sent == none || diagnosis.cause != missing_credentials);
  }
  expect_causes({{401, none, R"({"message":"Missing required header: X-Api-Key"})", missing_credentials}});
}

TEST(Unseen, WordsMayStandBetweenASubjectAndWhatIsSaidOfIt) {
  expect_causes({
      {403, api_key, R"({"message":"The AppKey submitted with this request is invalid."})", invalid_credentials},
      {200, api_key, R"({"ok":false,"error":"The ticket you hold is too old"})", expired_token},
      {403, bearer, R"({"fault":"Client address 10.9.8.7 is outside of the permitted range"})", ip_blocked},
      {401, bearer, R"({"message":"Your token is no longer valid, it expired 3 hours ago"})", expired_token},
      {403, bearer, R"({"message":"Your IP address was banned due to too many failed logins"})", ip_blocked},
  });
}

TEST(Unseen, WhatIsSupposedIsNotStated) {
  const Answer answer(401,
                      R"({"message":"Authentication failed. The token may have expired or may have been revoked."})");
  EXPECT_EQ(to_string(answer.diagnosed().cause), to_string(invalid_credentials));
}

TEST(Unseen, LettersOfOtherAlphabetsHaveSmallForms) {
  expect_causes({{401, bearer, R"({"message":"Неверный токен."})", invalid_credentials},
                 {403, bearer, R"({"message":"АККАУНТ ЗАБЛОКИРОВАН"})", resource_disabled}});
}

TEST(Unseen, ALoginRefusedUnderASuccessWasSent) {
  expect_causes(
      {{200, none, R"({"success":false,"errorCode":"BAD_LOGIN","error":"Invalid username or password."})",
        invalid_credentials},
       {401, api_key, R"({"title":"Credentials were not provided.","detail":"Missing or invalid private key."})",
        invalid_credentials}});
}

TEST(Unseen, TheSubjectDecides) {
  expect_causes({
      {401, bearer, R"({"detail":"The access token sent in the Authorization header is invalid."})",
       invalid_credentials},
      {401, bearer, R"({"detail":"The Authorization header is invalid."})", malformed_credentials},
      {403, api_key, R"({"text":"This user has no authorization for the report."})", insufficient_permissions},
      {401, api_key, R"({"message":"Wrong API key permissions"})", insufficient_permissions},
      {401, api_key, R"({"message":"UNREGISTERED_SERVER_IP"})", ip_blocked},
      {401, api_key, R"({"reason":"source_network_not_on_allow_list","detail":"host is not in the access list"})",
       ip_blocked},
      {400, bearer, R"({"error":{"code":"team_restricted","message":"Your team has been restricted."}})",
       resource_disabled},
      {403, bearer, R"({"code":"CONSENT_LAPSED","message":"The consent has lapsed. Another consent is required."})",
       expired_token},
      {403, bearer, R"({"message":"The mandate was withdrawn"})", revoked_token},
      {401, none, R"({"message":"Guest access is disabled"})", missing_credentials},
      {401, bearer, R"({"message":"Not a workspace owner"})", insufficient_permissions},
  });
}

TEST(Unseen, WhatIsAdvisedIsNotStated) {
  expect_causes({
      {401, bearer, R"({"detail":"The header was malformed. Please check that the token has not expired."})",
       malformed_credentials},
      {401, oauth2, R"({"error_description":"The secret is wrong (e.g. it has expired, or was revoked)."})",
       invalid_credentials},
  });
}

TEST(Unseen, TimesInWords) {
  expect_causes({
      {401, api_key, R"({"error":"The timestamp is 95 seconds off"})", clock_skew},
      {403, api_key, R"({"error":"Your request is 20 minutes old."})", clock_skew},
      {401, bearer, R"({"error":"The JWT was issued in the future"})", clock_skew},
      {400, oauth2, R"({"error":"invalid_grant","error_description":"The JWT lifetime must not exceed 24 hours"})",
       malformed_credentials},
  });
}

TEST(Unseen, TheCheckThatFailsIsNotTheCredential) {
  expect_causes({
      {500, bearer, R"({"error":"We could not verify your token because of an internal error."})", auth_service_down},
      {503, basic, "The security module is not initialized", auth_service_down},
      {200, api_key, R"({"code":"9","msg":"Login failed due to a server error"})", auth_service_down},
  });
}

TEST(Unseen, ALoginInTheBodyWasSent) {
  EXPECT_EQ(Answer(401, R"({"message":"Wrong e-mail or password"})").to(none).diagnosed().cause, invalid_credentials);
  EXPECT_NE(Answer(401, R"({"message":"Wrong e-mail or password"})").to(none).diagnosed().confidence,
            Confidence::certain);
  EXPECT_EQ(Answer(401, R"({"message":"Wrong user name or password"})")
                .header("WWW-Authenticate", "Basic realm=\"x\"")
                .to(none)
                .diagnosed()
                .cause,
            missing_credentials);
}

TEST(Unseen, APageWithANumberToQuoteIsAFirewalls) {
  const char* page =
      "<html><title>Access denied</title><body>Your request was stopped. Incident ID: 77-12</body></html>";
  EXPECT_THAT(Answer(403, page).to(bearer).diagnosed(), Means(waf_blocked, Confidence::likely));
  EXPECT_EQ(Answer(200, "<html><title>Request rejected</title><body>Support ID: 81</body></html>")
                .to(bearer)
                .diagnosed()
                .cause,
            waf_blocked);
  EXPECT_THAT(Answer(200, "<html><title>Tickets</title><body>Support ID: 81</body></html>").to(bearer).diagnosed(),
              IsNoRefusal());
}

// --- headers ---

TEST(Unseen, ATokenAgainstForgedRequests) {
  const char* body = R"({"errors":[{"code":0,"message":"Token validation failed"}]})";
  EXPECT_EQ(Answer(403, body).header("X-CSRF-Token", "Zk81+aPq").to(cookie).diagnosed().cause, malformed_credentials);
  EXPECT_EQ(Answer(403, body).to(cookie).diagnosed().cause, invalid_credentials);
}

TEST(Unseen, DpopWantsItsNonce) {
  EXPECT_EQ(Answer(401).header("WWW-Authenticate", "DPoP error=\"use_dpop_nonce\"").to(oauth2).diagnosed().cause,
            malformed_credentials);
  EXPECT_THAT(Answer(401).header("WWW-Authenticate", "DPoP algs=\"ES256\"").to(bearer).diagnosed(),
              Means(malformed_credentials, Confidence::likely));
}

TEST(Unseen, ProxiesTellWhyTheyEnded) {
  const char* line = R"({"response_code":401,"response_code_details":"jwt_authn_access_denied{Jwt_is_expired}"})";
  EXPECT_EQ(Answer(401, line).to(bearer).diagnosed().cause, expired_token);
  EXPECT_EQ(Answer(401)
                .header("X-Response-Code-Details", "jwt_authn_access_denied{Jwt_is_expired}")
                .to(bearer)
                .diagnosed()
                .cause,
            expired_token);
}

TEST(Unseen, AGrpcMessageIsPercentEncoded) {
  const Answer answer =
      Answer(200).header("grpc-status", "16").header("grpc-message", "the%20token%20has%20expired").to(bearer);
  EXPECT_EQ(answer.diagnosed().cause, expired_token);
}

// --- logins ---

TEST(Unseen, ALoginInPlaceOfTheAnswerRefusesWhateverWasSent) {
  const std::string asks = "<html><title>Sign in</title><form action=/login><input type=\"password\"></form></html>";
  const std::string posts_itself =
      R"x(<html><body onload="document.forms[0].submit()"><form method="post" action="https://sso.example.net/saml2">)x"
      R"x(<input type="hidden" name="SAMLRequest"></form></body></html>)x";
  const std::string refreshes =
      R"(<html><head><meta http-equiv="refresh" content="0; url=/session/new"></head></html>)";
  for (const SentCredential sent : {bearer, basic, digest, api_key, oauth2}) {
    for (const std::string& page : {asks, posts_itself, refreshes})
      EXPECT_THAT(Answer(200, page).to(sent).diagnosed(), Means(invalid_credentials, Confidence::likely)) << page;
  }
}

TEST(Unseen, ARedirectToALogin) {
  for (const char* location : {"/login", "/users/sign_in", "/oauth2/start?rd=%2F", "/oauth2/sign_in", "/session/new",
                               "/auth/realms/x/protocol/openid-connect/auth?client_id=a",
                               "/account/logon?ReturnUrl=%2Fapi", "/cas/login?service=x", "/.auth/login/aad",
                               "https://host.example/saml2?SAMLRequest=fZ", "https://login.example.com/",
                               "https://team.okta.com/app/1", "/gate?client_id=a&redirect_uri=https%3A%2F%2Fb"}) {
    EXPECT_THAT(Answer(302).header("Location", location).to(api_key).diagnosed(),
                Means(invalid_credentials, Confidence::likely))
        << location;
  }
  for (const char* location : {"/docs/login-methods.pdf", "/blog/oauth-login-explained", "/signin-methods/list",
                               "https://auth-docs.example.com/", "/jobs/7?service=backup", "/authors"}) {
    EXPECT_THAT(Answer(302).header("Location", location).to(api_key).diagnosed(), IsNoRefusal()) << location;
  }
}

TEST(Unseen, APageThatLinksToALoginIsNone) {
  const char* page = R"(<html><title>Welcome</title><a href="/login">Sign in</a><form action="/search"></form></html>)";
  EXPECT_THAT(Answer(200, page).to(bearer).diagnosed(), IsNoRefusal());
}

// --- how sure ---

TEST(Unseen, CertainIsSaidOnlyOfTheCallersOwn) {
  EXPECT_THAT(Answer(400, R"({"error":"The API key has expired"})").to(api_key).diagnosed(),
              Means(expired_token, Confidence::certain));
  EXPECT_THAT(Answer(200, R"({"code":7,"msg":"The account is closed"})").to(api_key).diagnosed(),
              Means(resource_disabled, Confidence::likely));
}

TEST(Unseen, CertainIsNotSaidWhereTheAnswerContradictsItself) {
  EXPECT_THAT(Answer(401, R"({"code":"TOKEN_EXPIRED","message":"Permission error"})").to(bearer).diagnosed(),
              Means(expired_token, Confidence::likely));
}

TEST(Unseen, CertainIsNotSaidWhereWhatWasSentLeavesAChoice) {
  const char* body = R"({"message":"You do not have the permission to list invoices"})";
  EXPECT_THAT(Answer(403, body).to(basic).diagnosed(), Means(insufficient_permissions, Confidence::certain));
  EXPECT_THAT(Answer(403, body).to(bearer).diagnosed(), Means(insufficient_permissions, Confidence::likely));
  const char* none_seen = R"({"message":"No API key was found in the request"})";
  EXPECT_THAT(Answer(401, none_seen).to(none).diagnosed(), Means(missing_credentials, Confidence::certain));
  EXPECT_THAT(Answer(401, none_seen).diagnosed(), Means(missing_credentials, Confidence::likely));
}

TEST(Unseen, PlainWordsWinOverAGeneralSignature) {
  Signatures known;
  known.add(R"([[signature]]
id = "example.token_trouble"
source = "https://docs.example.com/errors"
cause = "invalid_credentials"
fields = { code = "xyz301" }
examples = [{ status = 401, body = '{"code":"XYZ301"}' }]
)");
  known.compile();
  const auto rules = ruleset_with(std::move(known));
  Input input;
  input.status = 401;
  input.sent = bearer;
  input.body = R"({"code":"XYZ301","message":"The JWT has expired"})";
  EXPECT_EQ(diagnose(input, *rules).cause, expired_token);
  input.body = R"({"code":"XYZ301","message":"Something else"})";
  EXPECT_EQ(diagnose(input, *rules).cause, invalid_credentials);
}

}  // namespace
}  // namespace authprobe::diagnosis
