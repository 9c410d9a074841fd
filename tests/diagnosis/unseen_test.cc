// Answers in words that no rule was written for: what counts is how they are built, and of what they speak.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporter/diagnosis/diagnosis.h"
#include "exporter/diagnosis/ruleset.h"
#include "tests/diagnosis/cases.h"

namespace authprobe::diagnosis {
namespace {

using enum Cause;
using SentCredential::api_key, SentCredential::basic, SentCredential::bearer, SentCredential::cookie;
using SentCredential::digest, SentCredential::none, SentCredential::oauth2;

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

// SOAP sends every fault under 500. What it says of the caller counts; what it says of the server's own troubles does
// not.
std::string soap_fault(const std::string& code, const std::string& words) {
  return "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><s:Fault><faultcode>" + code +
         "</faultcode><faultstring>" + words + "</faultstring></s:Fault></s:Body></s:Envelope>";
}

TEST(Unseen, ASoapFaultSaysWhoseItIs) {
  const auto said = [](const std::string& code, const std::string& words) {
    return Answer(500, soap_fault(code, words)).to(basic).diagnosed();
  };
  EXPECT_THAT(said("s:Client", "Certificado expirado"), Means(expired_token, Confidence::likely));
  EXPECT_THAT(said("s:Client", "Zertifikat abgelaufen"), Means(expired_token, Confidence::likely));
  EXPECT_THAT(said("s:Client", "Your API key has expired"), Means(expired_token, Confidence::likely));
  EXPECT_THAT(said("s:Client.7", "The password of the web service user is wrong"),
              Means(invalid_credentials, Confidence::likely));
  EXPECT_THAT(said("s:Server", "El servicio de autenticación no está disponible"),
              Means(auth_service_down, Confidence::likely));
  EXPECT_THAT(said("s:Server", "Access denied for user 'app'@'localhost' (using password: YES)"), IsNoRefusal());
  EXPECT_THAT(said("s:Client", "The invoice number is invalid"), IsNoRefusal());
  EXPECT_THAT(said("s:Server", "NullPointerException"), IsNoRefusal());
}

TEST(Unseen, CodesThatPeopleAreSentAreNoCredentials) {
  for (const char* body :
       {R"({"error":{"message":"Verification code expired"}})",
        R"({"error":{"message":"The invitation link has expired"}})", R"({"error":{"message":"Invalid SMS code"}})"}) {
    EXPECT_NE(Answer(403, body).to(bearer).diagnosed().confidence, Confidence::certain) << body;
  }
}

TEST(Unseen, NumbersFrom210OnAreNoGoodOutcome) {
  expect_causes({{200, api_key, R"({"status":210,"message":"The API key is not valid"})", invalid_credentials}});
  expect_healthy(200, {R"({"status":204,"message":"The API key is not valid"})"});
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
        invalid_credentials},
       {401, none, R"({"title":"Bad credentials","detail":"The e-mail or the password given is wrong."})",
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
      {403, api_key, R"({"message":"The key is not valid for the calling IP"})", ip_blocked},
      {401, bearer, R"({"message":"The account is dormant"})", resource_disabled},
      {401, basic, R"({"error":"Unable to find API token with ID: 77"})", invalid_credentials},
      {403, api_key, R"({"error":"Incorrect token"})", invalid_credentials},
      {403, api_key, R"({"error":"LICENCE_REVOKED"})", revoked_token},
      {403, api_key, R"({"error":"Calls from this website are not accepted"})", insufficient_permissions},
      {200, cookie, R"({"error":4,"reason":"Invalid session"})", invalid_credentials},
      {403, api_key, R"({"error":"Only two calls are permitted"})", rate_limited},
      {403, basic, R"({"message":"The secret is not in a correct format"})", malformed_credentials},
      {401, none, R"({"message":"The certificate is not trusted"})", invalid_credentials},
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

TEST(Unseen, APaymentThatWasDeclinedIsNoRefusalOfWhoCalled) {
  expect_healthy(402, {
                          R"({"error":{"code":"card_declined","message":"Your card was declined."}})",
                          R"({"state":"declined","text":"Do not honour"})",
                          R"({"title":"Payment Required","detail":"The card has expired"})",
                      });
  expect_healthy(200, {
                          R"({"ok":false,"error":"The authorization request was declined by your bank"})",
                          R"({"code":"12","message":"Authorization failed for this transaction"})",
                      });
  expect_causes({{402, api_key, R"({"message":"Payment required"})", resource_disabled},
                 {402, api_key, R"({"message":"Your subscription has lapsed"})", resource_disabled}});
}

TEST(Unseen, ALockedThingIsNoRefusalOfWhoCalled) {
  expect_healthy(423, {R"({"code":"document_locked","message":"The document is being edited"})",
                       R"(<D:error xmlns:D="DAV:"><D:lock-token-submitted/></D:error>)"});
  expect_causes({{423, basic, R"({"message":"Your account is locked"})", resource_disabled}});
}

TEST(Unseen, WhatStandsBehindTheLastDotOfACodeSaysWhich) {
  expect_causes({
      {403, api_key, R"({"code":"AuthFailure.OperationDenied.UnauthorizedOperation"})", insufficient_permissions},
      {401, bearer, R"({"code":"InvalidToken.TokenExpired"})", expired_token},
      {401, api_key, R"({"code":"AuthFailure.Signature"})", invalid_credentials},
  });
}

TEST(Unseen, ALineOfTextIsTextWhateverItIsCalled) {
  EXPECT_EQ(
      Answer(400, "[Error 17] Wrong API key").header("Content-Type", "application/json").to(api_key).diagnosed().cause,
      invalid_credentials);
  EXPECT_EQ(Answer(400, "Your API key is wrong").header("Content-Type", "text/html").to(api_key).diagnosed().cause,
            invalid_credentials);
}

TEST(Unseen, ANumberThatRefusesAtTheTopSpeaksOfTheWholeAnswer) {
  expect_causes({{200, api_key, R"({"code":401,"data":{"name":"AuthError","text":"x"},"msg":"The API key is wrong"})",
                  invalid_credentials}});
  expect_healthy(200, {R"({"results":[{"code":401,"name":"shop","msg":"The API key is wrong"}],"code":0})"});
}

TEST(Unseen, TablesLogsAndBatchesAreData) {
  expect_healthy(200, {R"({"error_codes":{"401":"Wrong API key","403":"Forbidden","429":"Too many requests"}})",
                       "2027-03-04 10:11:12 gate: wrong password for user root",
                       R"({"processed":4,"failures":[{"row":2,"error":"Permission denied for the user"}]})"});
  expect_healthy(400, {R"({"message":"Wrong value for field 'api_key.label'"})",
                       R"({"message":"end_date is too far in the future"})"});
  expect_healthy(422, {R"({"errors":[{"message":"captcha_answer can't be blank"}]})"});
}

TEST(Unseen, WhenAMessageWasSaidTellsNothing) {
  expect_causes({{200, api_key, R"({"message":"incorrect app key","time":"2026-01-02T03:04:05Z","requestId":"77"})",
                  invalid_credentials}});
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

// --- OAuth's refusals (RFC 6749, section 5.2) ---

TEST(Unseen, TheDescriptionOfAnOauthErrorIsAboutTheCaller) {
  struct Said {
    const char* body;
    Cause cause;
  };
  for (const auto& [body, cause] :
       {Said{"error=invalid_grant&error_description=expired+secret", expired_token},
        {"error_description=expired+secret&error=invalid_grant", expired_token},
        {R"({"error":"invalid_grant","error_description":"expired secret"})", expired_token},
        {R"({"error":"invalid_client","error_description":"The secret has been revoked"})", revoked_token},
        {R"({"error":"inactive_user","error_description":"Account is locked"})", resource_disabled},
        {R"({"error":"inactive_org","error_description":"organization suspended or deleted"})", resource_disabled},
        {"error=invalid_grant&error_description=Account+is+locked", resource_disabled}}) {
    EXPECT_THAT(Answer(400, body).to(oauth2).diagnosed(), Means(cause, Confidence::likely)) << body;
  }
  // Of the call's own content the words may be about anything.
  for (const char* body : {"name=x&state=expired", "terror=1&secret=expired"}) {
    EXPECT_THAT(Answer(400, body).to(oauth2).diagnosed(), IsNoRefusal()) << body;
  }
}

TEST(Unseen, WhatATokenIsRefusedWithIsAboutTheCaller) {
  for (const char* body : {R"({"error":"inactive_user"})", R"({"message":"Account is locked"})", "Account is locked"}) {
    EXPECT_THAT(Answer(400, body).to(api_key).for_token().diagnosed(), Means(resource_disabled, Confidence::likely))
        << body;
    EXPECT_THAT(Answer(400, body).to(api_key).diagnosed(), Means(resource_disabled, Confidence::likely)) << body;
  }
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

TEST(Unseen, ARedirectToALoginByHostQueryOrFragment) {
  for (const char* location :
       {"/account/?ReturnUrl=%2Fapi", "https://cas.example.com/?service=https%3A%2F%2Fx", "/gate?rd=https://x/",
        "https://team.b2clogin.com/x", "https://team.oktapreview.com/x", "https://corp.sso.example.com/x",
        "/outpost.goauthentik.io/start", "/access/unauthenticated", "/securityRealm/commenceLogin?from=%2F", "/#/login",
        "/index.html#!/login?x=1", "/session-expired", "/?error=login_required", "/my.policy"}) {
    EXPECT_THAT(Answer(302).header("Location", location).to(bearer).diagnosed(),
                Means(invalid_credentials, Confidence::likely))
        << location;
  }
  for (const char* location :
       {"/x?service=git-upload-pack", "/x?continue=1", "/list?rd=1", "https://consent.example.com/?continue=https://x",
        "/language?returnUrl=%2Fapi", "https://api.auth.example.com/v2/me", "/session/123", "/casino", "/#/home",
        "/api/logins/5", "https://b.s3.amazonaws.com/k?X-Amz-Signature=abc"}) {
    EXPECT_THAT(Answer(302).header("Location", location).to(bearer).diagnosed(), IsNoRefusal()) << location;
  }
}

TEST(Unseen, ARedirectToALoginByTheRequest) {
  for (const char* location : {"/session", "/users/session/", "/vpn/index.html", "/?next=%2Foidc%2Fitems",
                               "/home?next=https%3A%2F%2Fapi.example.com%2Foidc%2Fitems%3Fpage%3D2", "/oidc/login",
                               "/oidc/items?returnUrl=%2Fx", "https://sso.example.com/oidc/items"}) {
    EXPECT_THAT(Answer(302)
                    .header("Location", location)
                    .to(bearer)
                    .of_request("https://api.example.com/oidc/items?page=2")
                    .diagnosed(),
                Means(invalid_credentials, Confidence::likely))
        << location;
  }
}

// What stands in the target's own URL is no word of its server about logins.
TEST(Unseen, ARedirectWithinTheSamePathsIsNone) {
  struct Move {
    const char* requested;
    const char* location;
  };
  for (const auto& [requested, location] :
       {Move{"http://api.example.com/oidc/items", "https://api.example.com/oidc/items"},
        {"http://api.example.com/cas/api", "/cas/api/"},
        {"http://sso.example.com/v1/x", "https://sso.example.com/v1/x/"},
        {"https://login.example.com/health", "https://login.eu.example.com/health"},
        {"http://example.com/SSO/x", "https://www.example.com/SSO/x"},
        {"https://example.com/saml/v1/m", "https://example.com/saml/v2/m"},
        {"https://example.com/api?return=%2Fx", "/api/?return=%2Fx"},
        {"https://example.com/list?next=%2Flist", "/list/?next=%2Flist"},
        {"https://example.com/items", "/items/?next=/items/2"},
        {"https://example.com/session/5", "/session/"},
        {"https://example.com/", "/welcome?next=/"}}) {
    for (const SentCredential sent : {bearer, SentCredential::none}) {
      EXPECT_THAT(Answer(301).header("Location", location).to(sent).of_request(requested).diagnosed(), IsNoRefusal())
          << requested << " " << location;
    }
  }
}

// What a browser would do with the page by itself, and a person with its form.
TEST(Unseen, APageThatIsALogin) {
  for (
      const char* page : {
          (R"(<form action="https&#x3a;&#x2f;&#x2f;sts.example&#x2f;adfs&#x2f;ls&#x2f;" method="post"></form>)"
           R"(<script>document.forms[0].submit()</script>)"),
          R"(<html><form method="post" action="https://fed.example/x"><input name="SAMLRequest" type="hidden"></form>)",
          R"(<html><script>window.location = "/login?next=/x";</script></html>)",
          R"(<html><script>top.location.replace('/users/sign_in')</script></html>)",
          R"(<html><script>location.hash = "#/login";</script><div id=app></div></html>)",
          R"(<html><script>document.location.hash='/signin'</script></html>)",
          R"(<html><body onload="location.href='/login'"></body></html>)",
          R"(<html><script>window.onload = function () { window.location = "/#/login"; }</script></html>)",
          R"(<html><script>setTimeout(() => location.assign("/vpn/index.html"), 0)</script></html>)",
          R"(<html><script>location.href="https:\/\/login.example.com\/sso"</script></html>)",
          "<html><head><META content='0;URL=\"/login\"' http-equiv='Refresh'></head></html>",
          ("\xEF\xBB\xBF\n <html><meta http-equiv=refresh content='1;url=/login?from=%2F'>Authentication "
           "required</html>"),
          R"(<html><title>Sign in to your account</title><form method=post><input type=email name=loginfmt></form></html>)",
          R"(<html><title>Sign in - Example Accounts</title><div id=root></div></html>)",
          R"(<html><title>Example | Log in</title><div id=root></div></html>)",
          R"(<html><title>Welcome</title><form action="j_security_check"><input type="password"></form></html>)",
          R"(<html><title>Example</title><form><input type="password"><button>Sign in</button></form></html>)",
          R"(<html><title>ログイン</title><form><input type=password></form></html>)",
          R"(<html><title>Вход</title><form><input type=password></form></html>)",
          R"(<html><title>Zaloguj się</title><form><input type=password></form></html>)",
          R"({"login_url":"https://sso.example.com/x"})",
          R"({"status":"redirect","redirect":"/login"})",
          R"({"authenticated":false,"loginUrl":"/signin"})",
      }) {
    EXPECT_THAT(Answer(200, page).to(bearer).diagnosed(), Means(invalid_credentials, Confidence::likely)) << page;
    EXPECT_TRUE(may_hide_refusal(200, {}, page)) << page;
  }
  EXPECT_THAT(Answer(200, "<html></html>").header("Refresh", "0; url=/login").to(bearer).diagnosed(),
              Means(invalid_credentials, Confidence::likely));
}

TEST(Unseen, APageThatLinksToALoginIsNone) {
  const std::string article = std::string(1500, 'a');
  for (
      const std::string& page : std::initializer_list<std::string>{
          R"(<html><title>Welcome</title><a href="/login">Sign in</a><form action="/search"></form></html>)",
          R"(<html><title>News</title><form action=/login><input type=password></form>)" + article + "</html>",
          R"(<html><title>How to sign in</title>Go to the page.</html>)",
          R"(<html><title>Settings</title><form><input type=password><input type=password>Sign in again</form></html>)",
          R"(<html><meta http-equiv="refresh" content="30">dashboard</html>)",
          R"(<html><script>window.location="/dashboard"</script></html>)",
          R"(<html><script>location.hash="#/dashboard"</script></html>)",
          R"(<html><script>class A { go() { location = "/login"; } }</script>Hello Ann</html>)",
          R"(<html><script>function logout(){window.location="/login"}</script>Hello Ann</html>)",
          R"(<html><script>if(!user){location.href="/login"}</script>Hello Ann</html>)",
          R"({"name":"acme","version":"1.0","login_url":"https://acme.example/login"})",
          R"({"id":5,"login":"octocat","html_url":"https://git.example/login"})",
          R"({"issuer":"https://id.example","authorization_endpoint":"https://id.example/authorize"})",
          R"({"url":"https://files.example/7"})",
      }) {
    EXPECT_THAT(Answer(200, page).to(bearer).diagnosed(), IsNoRefusal()) << page;
  }
}

// --- how sure ---

TEST(Unseen, CertainIsSaidOnlyOfTheCallersOwn) {
  EXPECT_THAT(Answer(401, R"({"error":"The API key has expired"})").to(api_key).diagnosed(),
              Means(expired_token, Confidence::certain));
  // Of the call's content, the same words are said under 400: of a key that the call wanted to store.
  EXPECT_THAT(Answer(400, R"({"error":"The API key has expired"})").to(api_key).diagnosed(),
              Means(expired_token, Confidence::likely));
  EXPECT_THAT(Answer(200, R"({"code":7,"msg":"The account is closed"})").to(api_key).diagnosed(),
              Means(resource_disabled, Confidence::likely));
}

// 403 forbids a call, for whatever reason: what has ended or is wrong may be a thing that the call was about.
TEST(Unseen, CertainIsNotSaidOfThingsUnder403) {
  for (const char* text : {"The upload URL has expired", "Certificate of the domain has expired", "KMS key is disabled",
                           "License key expired for plugin foo", "Signature of the uploaded file is invalid",
                           "This document was revoked by its author", "Event timestamp is too old",
                           "Country not allowed for shipping", "Quota exceeded: storage 15 GB"}) {
    const std::string body = std::string(R"({"message":")") + text + "\"}";
    EXPECT_NE(Answer(403, body).to(bearer).diagnosed().confidence, Confidence::certain) << text;
  }
  EXPECT_THAT(Answer(403, R"({"message":"Your access token has expired"})").to(bearer).diagnosed(),
              Means(expired_token, Confidence::certain));
}

// A service that goes by the credentials of others tells of them in the words for a caller's.
TEST(Unseen, CertainIsNotSaidOfTheCredentialsOfOthers) {
  for (const char* text :
       {"Cannot revoke this token: it has expired", "The token that you want to introspect was revoked",
        "The API key of project B was revoked", "User's calendar token has been revoked, reconnect the account",
        "The access token of the connected store is invalid", "Upstream service responded with 401: invalid API key",
        "Your country is not supported for payouts", "API key limit reached",
        "Your organization's SSO certificate has expired", "Your password was used before; choose another"}) {
    const std::string body = std::string(R"({"message":")") + text + "\"}";
    for (const int status : {401, 403})
      EXPECT_NE(Answer(status, body).to(bearer).diagnosed().confidence, Confidence::certain) << status << ' ' << text;
  }
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

// What is said of a certificate, or by a database of a login, is of what was sent only where a certificate or a
// password was: beside a token it is a backend's trouble, and nothing of it is certain.
TEST(Unseen, ABackendsCertificateOrLoginIsNotTheToken) {
  static constexpr const char* kCertificate = R"({"message":"x509: certificate has expired"})";
  static constexpr const char* kLogin = R"({"message":"ORA-01017: invalid username/password; logon denied"})";
  expect_causes({
      {401, bearer, kCertificate, auth_service_down},
      {401, bearer, kLogin, auth_service_down},
      {403, cookie, R"({"error":"SSL: CERTIFICATE_VERIFY_FAILED"})", auth_service_down},
      {401, SentCredential::client_certificate, kCertificate, expired_token},
      {401, basic, kLogin, invalid_credentials},
  });
  EXPECT_NE(Answer(401, R"({"message":"tls: failed to verify certificate"})").to(basic).diagnosed().confidence,
            Confidence::certain);
  expect_healthy(500, {kCertificate, kLogin});
}

}  // namespace
}  // namespace authprobe::diagnosis
