// Answers as sealed sets of unknown services had them: each test is an ability that was missing when it met them first.
#include "exporter/diagnosis/diagnosis.h"
#include "tests/diagnosis/cases.h"

namespace authprobe::diagnosis {
namespace {

using enum Cause;
using SentCredential::api_key, SentCredential::basic, SentCredential::bearer, SentCredential::none;

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
                          R"({"errors":[{"message":"Key not known","extensions":{"code":"NOT_FOUND"}}],"data":null})",
                          R"({"errors":[{"message":"Credential not found","extensions":{"code":"NOT_FOUND"}}]})",
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
  EXPECT_THAT(Answer(403, R"({"code":40103,"message":"Your app has been blocked"})").to(bearer).diagnosed(),
              Means(resource_disabled, Confidence::likely));
}

// Of goods, too, is said that they are not to be had in a country.
// What a plan lacks is a right to most vendors, and a matter of the account to some.
TEST(FirstSight, WhatAPlanDoesNotHaveIsNotCertain) {
  EXPECT_THAT(Answer(403, R"({"message":"Your plan doesn't grant access to these reports"})").to(api_key).diagnosed(),
              Means(insufficient_permissions, Confidence::likely));
  EXPECT_THAT(Answer(403, R"({"message":"Please upgrade your subscription plan"})").to(api_key).diagnosed(),
              Means(insufficient_permissions, Confidence::likely));
}

TEST(FirstSight, ACountryUnderASuccessIsNotCertain) {
  EXPECT_THAT(Answer(200, R"({"error":{"message":"The API is not available in your country"}})").to(bearer).diagnosed(),
              Means(geo_blocked, Confidence::likely));
}

// A login has them in its body: nothing was sent in a header, and still a user name or a password has arrived.
TEST(FirstSight, APasswordThatIsCalledWrongHasArrived) {
  expect_causes({
      {401, none, R"({"message":"Invalid credentials"})", invalid_credentials},
      {401, none, R"({"statusCode":401,"message":"Contraseña incorrecta"})", invalid_credentials},
      {401, none, R"({"error":"Utilisateur non trouvé"})", invalid_credentials},
      {401, none, R"({"error":"로그인에 실패했습니다."})", invalid_credentials},
      {401, none, R"({"error":"비밀번호 불일치"})", invalid_credentials},
      {401, none, R"({"note":"Tên đăng nhập hoặc mật khẩu không đúng"})", invalid_credentials},
      {401, none, R"({"error":"invalid_client"})", invalid_credentials},
      {401, none, R"({"code":"INVALID_REFRESH_TOKEN"})", invalid_credentials},
      {401, none, R"({"error":"Wrong account name or password. Attempts left: 8."})", invalid_credentials},
      {401, none, R"({"note":"No active account was found with the given credentials"})", invalid_credentials},
      {401, none, R"({"error":"Usuário não autenticado"})", missing_credentials},
      {401, none, R"({"error":"请先登录"})", missing_credentials},
      {401, none, R"({"error":"Invalid token"})", missing_credentials},
  });
}

// Frameworks send their own 400 or 500 around an answer that says which status it means, by number or by name.
TEST(FirstSight, AnAnswerThatCallsItselfARefusalIsOne) {
  expect_causes({
      {400, bearer, R"({"status":401,"message":"Unauthorized"})", invalid_credentials},
      {400, api_key, R"({"error":{"code":403,"message":"Not your ledger"}})", insufficient_permissions},
      {500, bearer, R"({"statusCode":401,"message":"The pass is stale, token expired"})", expired_token},
      {400, bearer, R"({"errors":[{"status":"403","title":"Forbidden"}]})", insufficient_permissions},
      {422, api_key, R"({"name":"AccessDeniedError","details":"Ask the owner of the ledger"})",
       insufficient_permissions},
      {404, bearer, R"({"error":"unauthenticated"})", invalid_credentials},
      {400, none, R"({"code":401,"message":"Unauthorized"})", missing_credentials},
  });
  const auto plain = Answer(400, R"({"status":401,"message":"The API key has expired"})").to(api_key).diagnosed();
  EXPECT_THAT(plain, Means(expired_token, Confidence::likely));
  expect_healthy(400, {R"({"code":400,"message":"Colour missing"})", R"({"error":"forbidden_word"})",
                       R"({"errors":[{"field":"owner","code":"forbidden"}]})"});
  expect_healthy(409, {R"({"id":"p1","name":"x","status":"unauthorized"})"});
  expect_healthy(500, {R"({"error":"access denied"})"});
  expect_healthy(502, {R"({"status":401,"error":"upstream"})"});
}

TEST(FirstSight, WordsThatOnlyACallerIsTold) {
  expect_causes({
      {400, bearer, R"({"message":"Insufficient privileges"})", insufficient_permissions},
      {400, bearer, R"({"message":"Invalid token provided"})", invalid_credentials},
      {400, bearer, R"({"message":"Token invalid or expired"})", invalid_credentials},
      {400, api_key, R"({"message":"Key has expired, ask for another one"})", expired_token},
      {400, basic, R"({"message":"Invalid username/password."})", invalid_credentials},
      {400, bearer, R"({"message":"The token has a wrong number of segments"})", malformed_credentials},
      {400, bearer, R"({"message":"OAuth token is missing"})", malformed_credentials},
      {400, bearer, R"({"message":"The token is blacklisted"})", revoked_token},
      {500, bearer, R"({"message":"Token used before issued"})", clock_skew},
      {400, bearer, R"({"message":"User is not authorized to write the ledger"})", insufficient_permissions},
      {400, bearer, R"({"message":"Required scopes ledger.read not present"})", insufficient_scope},
      {422, api_key, R"({"message":"Not enough SMS credits to send messages"})", resource_disabled},
      {400, none, R"({"message":"Mot de passe incorrect"})", invalid_credentials},
  });
  expect_healthy(400, {R"({"message":"Missing permissions field"})", R"({"message":"No permissions were selected"})",
                       R"({"message":"Current password is incorrect"})", R"({"message":"Invalid email address"})",
                       R"({"message":"Required scopes parameter must be an array"})",
                       R"({"message":"Missing scope parameter"})", R"({"message":"Key expired_at must be a date"})"});
}

// "Not logged in" to somebody who has sent a token: it was not accepted.
TEST(FirstSight, WhoIsNotLoggedInHasMissedACredentialOrSentAWrongOne) {
  expect_causes({
      {200, bearer, R"({"errors":[{"message":"Not logged in"}],"data":null})", invalid_credentials},
      {401, bearer, R"({"error":"You are not currently logged in"})", invalid_credentials},
      {401, none, R"({"error":"You are not currently logged in"})", missing_credentials},
  });
}

TEST(FirstSight, AccountsAndAddressesInOtherForms) {
  expect_causes({
      {423, none, R"({"message":"User account is temporarily locked"})", rate_limited},
      {403, none, R"({"message":"Tài khoản không hoạt động"})", resource_disabled},
      {200, api_key, R"({"ret":"51","msg":"client ip 192.0.2.44 deny"})", ip_blocked},
      {401, bearer, R"({"message":"セッションの期限が切れました"})", expired_token},
  });
  expect_healthy(423, {R"({"message":"The file is locked"})"});
}

TEST(FirstSight, ToLetAThingExpireIsAnAct) {
  expect_causes({{403, basic, R"({"error":"You must use a live token to expire a form."})", insufficient_permissions},
                 {401, bearer, R"({"error":"TOKEN is to be replaced with your own"})", invalid_credentials},
                 {401, api_key, R"({"error":"Rest.API.Unauthorized"})", invalid_credentials}});
}

TEST(FirstSight, AMessageAndANumberAreNoContent) {
  expect_causes({
      {200, api_key,
       "<answer><anstat>008</anstat><ansmsg>IP address 192.0.2.5 is not allowed to use the API</ansmsg></answer>",
       ip_blocked},
      {200, api_key, R"({"message":"Invalid API key","hint":"Look it up in the console"})", invalid_credentials},
      {200, api_key, R"({"message":"Invalid API key","more":"https://docs.acme.example/keys"})", invalid_credentials},
  });
}

TEST(FirstSight, ErrorsOfOtherLanguagesHaveOtherKeys) {
  expect_causes({
      {200, none, "<antwoord><status>mislukt</status><foutcode>12</foutcode><fout>Onjuist wachtwoord</fout></antwoord>",
       invalid_credentials},
      {200, api_key, R"({"hata":"API anahtarının süresi doldu"})", expired_token},
      {200, api_key, R"({"kod":"17","komunikat":"Token wygasł"})", expired_token},
  });
  expect_healthy(200, {R"({"kod":"PL-17","nazwa":"Klucz wygasł"})", R"({"hata":null,"veri":[]})"});
}

TEST(FirstSight, AnErrorMayStandWhereTheContentWould) {
  expect_causes({
      {200, api_key, R"({"data":{"error_code":29002,"description":"Invalid client key"},"message":"error"})",
       invalid_credentials},
      {200, api_key, R"({"data":{"error":[{"msg":"User account is suspended"}]}})", resource_disabled},
  });
  expect_healthy(200, {R"({"data":{"error_code":0,"description":"Invalid client key"},"message":"success"})"});
}

TEST(FirstSight, LinesOfPairsAreADocument) {
  expect_causes({
      {200, none, "code=-1\nreason=RADIUS server is not responding\nuser=guest\n", auth_service_down},
      {200, api_key, "STATUS=ERROR\nERRNO=17\nERRTEXT=API key has expired\n", expired_token},
  });
  expect_healthy(
      200, {"status=0\nexpired_keys=3\n", "login.expired=Your session has expired\nlogin.locked=Account locked\n"});
}

TEST(FirstSight, ASentenceSaysOfWhatACodeIsSaid) {
  expect_healthy(422, {R"({"error":{"code":"SESSION_EXPIRED","message":"The payment session has expired"}})"});
  expect_causes(
      {{422, bearer, R"({"error":{"code":"SESSION_EXPIRED","message":"Please sign in again"}})", expired_token}});
}

TEST(FirstSight, ASignedRequestHasOneSignature) {
  const char* body = R"({"status":"failure","data":{"reason":"Invalid X-ACME-SIGNATURE."}})";
  expect_causes({{400, SentCredential::sigv4, body, invalid_credentials}});
  expect_healthy(400, {body});
}

// Whose wrong password is it, if nothing was sent in a header and the server asks for a token?
TEST(FirstSight, AWrongPasswordBesideAChallengeIsNotCertain) {
  const Diagnosis diagnosis =
      Answer(401, R"({"message":"Invalid credentials."})").header("WWW-Authenticate", "Bearer").to(none).diagnosed();
  EXPECT_THAT(diagnosis, Means(missing_credentials, Confidence::likely));
}

TEST(FirstSight, WhatBecameOfItCountsMoreThanThatItIsInvalid) {
  const Diagnosis diagnosis =
      Answer(498, R"({"error":{"message":"Neplatný token.","details":["Platnost tokenu skončila."]}})")
          .to(bearer)
          .diagnosed();
  EXPECT_THAT(diagnosis, Means(expired_token, Confidence::likely));
}

TEST(FirstSight, TomcatsPageTellsInItsMessage) {
  expect_causes(
      {{401, SentCredential::unknown,
        "<!doctype html><html><head><title>HTTP Status 401 – Unauthorized</title></head><body><h1>HTTP Status 401</h1>"
        "<p><b>Message</b> GSSException: Failure unspecified (Mechanism level: Clock skew too great)</p>"
        "<p><b>Description</b> The request has not been applied to the target resource because it lacks valid "
        "authentication credentials for that resource.</p></body></html>",
        clock_skew}});
}

// Rails offers the word Token, and takes Bearer too; others that say Token mean it.
TEST(FirstSight, ATokenChallengeWithARealmTakesABearer) {
  const auto cause_under = [](const char* challenge) {
    return Answer(401, "").header("WWW-Authenticate", challenge).to(bearer).diagnosed().cause;
  };
  EXPECT_EQ(cause_under(R"(Token realm="Application")"), invalid_credentials);
  EXPECT_EQ(cause_under("Token"), malformed_credentials);
}

TEST(FirstSight, WhatAModelWroteOrACardWasRefusedIsData) {
  expect_healthy(
      200, {R"({"choices":[{"text":"{\"error\":\"invalid_token\",\"error_description\":\"The token expired\"}"}]})",
            R"({"decline_details":{"code":"not_enough_balance","message":"Insufficient funds."}})"});
  expect_healthy(
      402, {R"({"ergebnis":"abgelehnt","grund":"Autorisierung abgelehnt","kartenende":"4242"})",
            R"({"error":{"description":"3DS authentication failed at the bank","reason":"authentication_failed"}})"});
}

TEST(FirstSight, TheChecksOfACardAreOfAPayment) {
  expect_healthy(200, {"<remote><auth><status>D</status><message>Not authorised</message><cvv>X</cvv></auth></remote>",
                       "<Refund><status>Not Authorized</status><errormessage>Card declined</errormessage></Refund>"});
  expect_causes({{200, SentCredential::unknown,
                  "<Refund><status>Not Authorized</status><errormessage>Unknown merchant key</errormessage></Refund>",
                  invalid_credentials}});
}

TEST(FirstSight, DataThatHoldsNothingIsNoPartOfTheContent) {
  expect_causes({{200, SentCredential::none, R"({"code":-101,"message":"Not logged in","data":{"isLogin":false}})",
                  missing_credentials}});
  expect_healthy(200, {R"({"code":-101,"message":"Not logged in","data":{"visits":7}})"});
}

TEST(FirstSight, AFailureIsOneHoweverItIsJoined) {
  for (const char* word : {"Not_Ok", "not-ok", "NOT OK"}) {
    const std::string body = std::string(R"({"stat":")") + word + R"(","emsg":"Session expired"})";
    expect_causes({{200, api_key, body.c_str(), expired_token}});
  }
  expect_causes(
      {{200, api_key, R"({"stat":"Not_Ok","emsg":"Session expired","a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1})",
        expired_token}});
  expect_healthy(200, {R"({"stat":"Ok","emsg":"Session expired"})"});
}

TEST(FirstSight, AParameterThatIsNamedAsACredentialIsTheCallers) {
  expect_causes({
      {400, none, R"({"error":"Missing required parameters: app_id, app_secret"})", missing_credentials},
      {200, none, R"({"error":"A required parameter (apikey) was missing"})", missing_credentials},
      {400, none, R"({"error":"access_token not found in request"})", missing_credentials},
  });
  expect_healthy(400, {R"({"error":"Missing required parameters: page, size"})",
                       R"({"error":"Missing required parameter: token"})"});
}

TEST(FirstSight, ALimiterThatIsDownLimitsNobody) {
  EXPECT_NE(Answer(503, R"({"error":"The rate limit service is unavailable"})").to(bearer).diagnosed().cause,
            rate_limited);
  expect_causes({{503, bearer, R"({"error":"Rate limit exceeded"})", rate_limited}});
}

// Of a 401, to a request without a credential in its headers whose body went to that address.
Cause cause_of_posting(const char* to, const char* answer) {
  return Answer(401, answer).to(none).posted_to(to).diagnosed().cause;
}

constexpr const char* kFailed = R"({"message":"Authentication failed"})";

// What was posted to a login may have been its password: of nothing in a header, nobody knows that nothing came.
TEST(FirstSight, WhatIsPostedToALoginMayBeItsCredential) {
  EXPECT_EQ(cause_of_posting("https://api.example/v1/auth/login", kFailed), invalid_credentials);
  EXPECT_EQ(cause_of_posting("https://api.example/v1/orders", kFailed), missing_credentials);
  EXPECT_EQ(cause_of_posting("", kFailed), missing_credentials);
  EXPECT_EQ(cause_of_posting("https://api.example/v1/auth/login", R"({"message":"No password was given"})"),
            missing_credentials);
  EXPECT_THAT(Answer(401).to(none).posted_to("/login").diagnosed(), Means(invalid_credentials, Confidence::guess));
}

TEST(FirstSight, NamesThatAreWrittenAsOneWordAreTwo) {
  for (const char* name : {"appkey", "accesstoken", "Secretkey", "clientsecret", "userkeys"}) {
    const std::string body = std::string(R"({"message":"Invalid )") + name + R"(","code":1004})";
    expect_causes({{200, api_key, body.c_str(), invalid_credentials}});
  }
  expect_healthy(200, {R"({"message":"Invalid monkey","code":1004})", R"({"message":"Invalid turnkey","code":1004})"});
}

TEST(FirstSight, TheClaimThatIsAtFaultCountsMoreThanThatTheTokenIs) {
  EXPECT_THAT(Answer(401, "The issued-at date of the JWT (iat) is invalid.").to(bearer).diagnosed(),
              Means(clock_skew, Confidence::likely));
  EXPECT_THAT(Answer(401, "A data de emissão do token JWT (nbf) é inválida.").to(bearer).diagnosed(),
              Means(clock_skew, Confidence::likely));
}

TEST(FirstSight, AnEndpointOfTokensTakesItsCredentialInTheBody) {
  EXPECT_EQ(cause_of_posting("https://api.example/oauth2/v3/token", kFailed), invalid_credentials);
  EXPECT_EQ(cause_of_posting("https://api.example/exchange_token", kFailed), invalid_credentials);
  EXPECT_EQ(cause_of_posting("https://api.example/tokens/7/uses", kFailed), missing_credentials);
  EXPECT_EQ(
      cause_of_posting("https://api.example/oauth2/v3/token",
                       R"({"error":"unauthorized_client","error_description":"Unknown client_id and client_secret"})"),
      invalid_credentials);
}

TEST(FirstSight, MissingOrFailedLeavesOpenWhich) {
  for (const char* words :
       {"Missing authentication, or failed to authenticate", "No token, or it could not be verified"}) {
    const std::string body = std::string(R"({"detail":")") + words + "\"}";
    EXPECT_THAT(Answer(401, body).to(bearer).diagnosed(), Means(invalid_credentials, Confidence::likely)) << words;
  }
}

TEST(FirstSight, BlockedAloneTellsNotWho) {
  for (const int status : {401, 403})
    EXPECT_EQ(Answer(status, R"({"error":"blocked"})").to(bearer).diagnosed().confidence, Confidence::guess);
}

TEST(FirstSight, TheStatusOfALoginIsAnOutcome) {
  expect_causes({{200, none, R"({"loginStatus":"INVALID_USERNAME_OR_PASSWORD"})", invalid_credentials},
                 {200, none, R"({"loginStatus":"ACCOUNT_LOCKED"})", resource_disabled}});
  expect_healthy(200, {R"({"loginStatus":"LOGGED_IN_WITH_PASSWORD"})", R"({"doorStatus":"ACCOUNT_LOCKED"})"});
}

TEST(FirstSight, ARefusingNumberMayHaveItsWordsInTheData) {
  expect_causes({{200, bearer, R"({"status":401,"data":{"message":"Invalid token"}})", invalid_credentials},
                 {200, bearer, R"({"status":429,"data":{"code":60,"message":"locked"}})", rate_limited}});
  expect_healthy(200, {R"({"status":401,"data":{"total":12,"name":"Refusals of yesterday"}})"});
}

TEST(FirstSight, WhoSaysItOfAnOrganisationMeansTheCallers) {
  expect_causes({{400, bearer, R"({"error":{"message":"Organization has been restricted."}})", resource_disabled},
                 {400, api_key, R"({"code":7,"msg":"IP non white list"})", ip_blocked},
                 {200, api_key, R"({"failCode":305,"immediately":true,"message":"USER_MUST_RELOGIN"})", expired_token},
                 {503, bearer, R"({"message":"Service Unavailable at Auth"})", auth_service_down}});
}

TEST(FirstSight, HowASignatureIsWrittenIsNotWhetherItFits) {
  const Diagnosis diagnosis =
      Answer(401, R"({"code":"invalid_signature","description":"The Signature is not a valid hexadecimal string"})")
          .to(SentCredential::unknown)
          .diagnosed();
  EXPECT_EQ(diagnosis.cause, malformed_credentials);
  expect_causes({{401, bearer, R"({"message":"The signature is not valid"})", invalid_credentials},
                 {401, bearer, R"({"message":"Invalid or no token has been specified"})", invalid_credentials},
                 {400, api_key, R"({"error":"X-Request-Date header is not within the tolerable range"})", clock_skew},
                 {401, api_key, R"({"error":"The nonce has already been used"})", malformed_credentials},
                 {401, api_key, R"({"errorText":"Bu servis için ip erişim izniniz yok."})", ip_blocked}});
}

TEST(FirstSight, WordsAreKnownWithoutTheMarksOfTheirLetters) {
  const std::vector<std::pair<const char*, Cause>> texts = {{"Nieprawidlowe haslo", invalid_credentials},
                                                            {"Ungueltiger API-Schluessel", invalid_credentials},
                                                            {"Sifre hatali", invalid_credentials},
                                                            {"Sessao expirada", expired_token}};
  for (const auto& [words, cause] : texts) {
    const Diagnosis diagnosis = Answer(401, std::string(R"({"message":")") + words + "\"}").to(bearer).diagnosed();
    EXPECT_EQ(diagnosis.cause, cause) << words;
    EXPECT_NE(diagnosis.confidence, Confidence::guess) << words;  // which is what a bare 401 is
  }
}

// "last" is no "låst", "clear" no "clé", and to expire is no "expiré".
TEST(FirstSight, EnglishWordsAreNoOthersWithoutMarks) {
  for (const char* words :
       {"user: elastic", "the last user", "a clear product", "user problem", "the maximum product"}) {
    const Diagnosis diagnosis = Answer(403, std::string(R"({"reason":")") + words + "\"}").to(bearer).diagnosed();
    EXPECT_EQ(diagnosis.confidence, Confidence::guess) << words;
  }
}

TEST(FirstSight, BlanksAreOneWhereverTheyAreMissingOrTwo) {
  expect_causes({{200, api_key, R"({"code":-1,"msg":"Sorry,APPID  is invalid","data":""})", invalid_credentials}});
}

TEST(FirstSight, AnErrorMayHaveANameBeforeItsOwn) {
  expect_causes({{400, api_key, R"({"acme_error":{"code":"E1","message":"We could not recognize your API key."}})",
                  invalid_credentials}});
  expect_healthy(200, {R"({"last_error":{"code":"E1","message":"Invalid API key"},"id":7})"});
}

// "1001||{...}", ")]}',": what stands before is a number or a guard, and has no words.
TEST(FirstSight, JsonMayStandBehindANumberOrAGuard) {
  expect_causes({{200, api_key, R"(1001||{"error":"true","comment":"Expired token"})", expired_token},
                 {200, api_key, ")]}',\n{\"error\":\"Invalid API key\"}", invalid_credentials}});
  expect_healthy(200, {R"(1001||{"error":"false","comment":"Token stored"})", R"(tokens {"error":"Expired token"})",
                       R"(2026-11-30 {"level":"error","msg":"Token has expired"})"});
}

TEST(FirstSight, ElementsOfAGeneralNameHaveOneInside) {
  expect_causes({
      {200, api_key, "<env><item key='is_success'>0</item><item key='response_text'>Invalid API key</item></env>",
       invalid_credentials},
      {200, bearer,
       R"(<response><lst name="error"><str name="msg">Token has expired</str><int name="code">401</int></lst></response>)",
       expired_token},
  });
  expect_healthy(200,
                 {"<env><item key='is_success'>1</item><item key='response_text'>Invalid API key reported</item></env>",
                  R"(<list><entry key="title">Invalid API key</entry><entry key="author">Ann</entry></list>)"});
}

TEST(FirstSight, ALineMayBeInCapitals) {
  expect_causes({{200, api_key, "-1002 = ACCOUNT SUSPENDED", resource_disabled},
                 {200, api_key, "INVALID API KEY GIVEN", invalid_credentials}});
}

// "blocked by the key's settings" does not say that the key is blocked, "due to" is no right to do something.
TEST(FirstSight, WordsThatStandBesideEachOtherNeedNotBelongTogether) {
  for (const char* words :
       {"Request origin is blocked by API key settings", "Operation is not allowed due to unauthorized payload",
        "The call was not permitted according to its payload"}) {
    for (const int status : {401, 403}) {
      const Diagnosis diagnosis = Answer(status, std::string(R"({"message":")") + words + "\"}").to(basic).diagnosed();
      EXPECT_NE(diagnosis.confidence, Confidence::certain) << status << " " << words;
      EXPECT_NE(diagnosis.cause, resource_disabled) << status << " " << words;
    }
  }
}

TEST(FirstSight, AFormTokenThatDoesNotFitIsNoEndedSession) {
  expect_causes({{419, SentCredential::cookie, R"({"message":"CSRF token mismatch."})", malformed_credentials},
                 {419, SentCredential::cookie, R"({"message":"Page Expired"})", expired_token}});
}

TEST(FirstSight, WhatIsSaidOfTheValuesThatCame) {
  expect_causes({
      {500, none,
       "<e:Envelope "
       "xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body><e:Fault><faultcode>e:Server</faultcode>"
       "<faultstring>Invalid username and/or password</faultstring></e:Fault></e:Body></e:Envelope>",
       invalid_credentials},
      {200, none, R"({"resultCode":"Error","text":"Authentication failed due to wrong login data."})",
       invalid_credentials},
      {400, basic, R"({"error":"invalid_request","error_description":"The application could not be identified."})",
       invalid_credentials},
      {400, api_key, R"({"message":"Bad parameters","detailed":"Request signature error","errorCode":"X"})",
       invalid_credentials},
      {403, basic, R"({"message":"Authorization header requires 'Signature' parameter."})", malformed_credentials},
      {200, api_key, R"({"code":9002,"msg":"visited too frequently"})", rate_limited},
      {400, api_key, R"({"code":4,"message":"Payouts are disabled for this merchant. Please contact us."})",
       resource_disabled},
  });
}

TEST(FirstSight, WordsOfFurtherLanguages) {
  expect_causes({
      {200, api_key, R"({"RESULT":{"CODE":"E-1","MESSAGE":"등록되지 않은 인증키입니다"}})", invalid_credentials},
      {200, api_key, R"({"RESULT":{"CODE":"E-2","MESSAGE":"인증키 기간이 만료되었습니다"}})", expired_token},
      {200, api_key, R"({"RESULT":{"CODE":"E-3","MESSAGE":"하루 호출 제한을 초과하였습니다"}})", rate_limited},
      {403, api_key, R"({"error_message":"توکن نامعتبر است"})", invalid_credentials},
      {403, bearer, R"({"msgs":["Token não válido."]})", invalid_credentials},
      {200, bearer, R"({"status":false,"message":"token de acceso invalido o expirado"})", invalid_credentials},
      {200, api_key, R"({"code":5,"msg":"每分钟最多访问2次"})", rate_limited},
      {200, bearer, R"({"status":{"code":450,"description":"Błąd","details":["Token unieważniony"]}})", revoked_token},
      {200, api_key, R"(<Report ErrorCode="17" Msg="Клиент не идентифицирован"/>)", invalid_credentials},
  });
}

TEST(FirstSight, WhoMayNotComeInYet) {
  expect_causes({
      {400, none, R"({"error":"registration_application_is_pending"})", resource_disabled},
      {400, basic, R"({"error":"Malformed header, auth data was not base64 encoded"})", malformed_credentials},
      {200, api_key, R"({"success":false,"title":"Denied. Not an admin user"})", insufficient_permissions},
  });
  expect_healthy(
      409, {R"({"error":{"name":["That login name is not available."],"password":["Your password must be long"]}})",
            R"({"status":"error","messages":"Not enough license seats available"})"});
}

// A 401 asks who calls, however plainly its words speak of a right.
TEST(FirstSight, ARightUnderA401IsNeverCertainByWordsAlone) {
  const char* body = R"({"error":"not_authorised","reason":"You need the role of an administrator"})";
  EXPECT_THAT(Answer(403, body).to(basic).diagnosed(), Means(insufficient_permissions, Confidence::certain));
  EXPECT_THAT(Answer(401, body).to(basic).diagnosed(), Means(insufficient_permissions, Confidence::likely));
}

// Under a status that does not refuse, who calls must be meant: "you" is, and "your account", in each language.
TEST(FirstSight, WhoCallsIsAddressedInManyLanguages) {
  const auto said = [](const char* words) { return std::string(R"({"code":1071,"message":")") + words + "\"}"; };
  const std::vector<std::pair<const char*, Cause>> texts = {
      {"Ihnen fehlt die Berechtigung", insufficient_permissions},
      {"Vous n'avez pas les droits nécessaires", insufficient_permissions},
      {"Non hai i permessi necessari", insufficient_permissions},
      {"Anda tidak memiliki akses", insufficient_permissions},
      {"您沒有權限", insufficient_permissions},
      {"Nemate ovlasti", insufficient_permissions},
      {"Troppe richieste", rate_limited},
      {"Terlalu banyak permintaan", rate_limited},
      {"Tài khoản đã bị khóa", resource_disabled},
      {"Обліковий запис заблоковано", resource_disabled},
      {"허용되지 않은 IP입니다", ip_blocked},
      {"Špatné uživatelské jméno nebo heslo", invalid_credentials},
      {"Sesiunea a expirat", expired_token}};
  for (const auto& [words, cause] : texts)
    EXPECT_EQ(to_string(Answer(200, said(words)).to(api_key).diagnosed().cause), to_string(cause)) << words;
}

TEST(FirstSight, LimitsOfCopiesAndPaymentsOfOthersAreNoRefusals) {
  expect_healthy(400, {R"({"activated":false,"error":"This licence has reached its activation limit."})"});
  expect_healthy(402, {R"({"error":{"code":"fraudulent","message":"The payment could not be completed."}})"});
}

// What stands behind a fault of syntax is no field; its words count all the same.
TEST(FirstSight, BrokenJsonStillHasItsWords) {
  expect_causes({{403, none, "{\n  \"status\": 403,\n  \"This method requires login.\"\n}", missing_credentials},
                 {401, bearer, R"({"code": 401, message: 'Token has expired'})", expired_token}});
}

TEST(FirstSight, ASecondFactorsCodeIsAPartOfTheCredential) {
  for (const char* words : {"You must provide a two-factor code", "An MFA token is required"}) {
    const Diagnosis diagnosis = Answer(401, std::string(R"({"message":")") + words + "\"}").to(basic).diagnosed();
    EXPECT_EQ(diagnosis.cause, malformed_credentials) << words;
    EXPECT_NE(diagnosis.confidence, Confidence::certain) << words;
  }
  expect_causes(
      {{403, bearer, R"({"message":"Two-factor authentication must be enabled first"})", insufficient_permissions}});
}

TEST(FirstSight, AddressesClocksAndSchemesThatDecide) {
  expect_causes({
      {200, api_key, R"({"errcode":710,"msg":"Failed to authenticate for restricted IP: 203.0.113.17"})", ip_blocked},
      {200, api_key, R"({"status":"-2","reason":"Restricted IP access","success":"0","fail":"0"})", ip_blocked},
      {200, api_key, R"({"status":"-16","reason":"Timestamp expires","success":"0","fail":"0"})", clock_skew},
      {418, api_key, R"({"statusCode":418,"message":"Time difference is above the limit"})", clock_skew},
      {401, api_key, R"({"message":"Unauthorized, the Basic scheme must be used"})", malformed_credentials},
      {401, api_key, R"({"info":"USER_KEY_RECYCLED"})", revoked_token},
      {403, bearer, R"({"err":"Project(s) not authorized"})", insufficient_permissions},
  });
}

}  // namespace
}  // namespace authprobe::diagnosis
