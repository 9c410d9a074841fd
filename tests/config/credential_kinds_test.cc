// The kinds of credentials beyond a secret that is sent as it is: what their keys mean, and the rules between them.
#include <gmock/gmock.h>

#include "exporter/config/redacted_toml.h"
#include "tests/config/config_files.h"

namespace authprobe::config {
namespace {

using config_test::findings_of;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

Credential credential_of(const std::string& lines) {
  const LoadResult result = parse("[credentials.a]\nowner = 'x'\n" + lines + "\n", "/etc/a.toml");
  EXPECT_TRUE(result.ok()) << lines << ::testing::PrintToString(config_test::lines_of(result.findings));
  return result.config.credentials.at(0);
}

std::vector<std::string> said_of(const std::string& lines) {
  return findings_of("targets.a = { url = 'https://x', credential = 'a' }\n[credentials.a]\nowner = 'x'\n" + lines +
                     "\n");
}

const std::string kOauth2 = "kind = 'oauth2'\ntoken_url = 'https://idp/token'\nclient_id = 'me'\n";

TEST(Oauth2, IsRead) {
  const Credential read = credential_of(kOauth2 +
                                        "client_secret.file = 's'\nscopes = ['read', 'write']\naudience = 'api'\n"
                                        "params = { resource = 'r' }\nauth_style = 'post'");
  const auto& oauth2 = std::get<Oauth2>(read.kind);
  EXPECT_EQ(oauth2.token_url.text(), "https://idp/token");
  EXPECT_EQ(oauth2.client_id, (SecretSource{SecretSource::Kind::value, "me"}));
  EXPECT_EQ(oauth2.client_secret, (SecretSource{SecretSource::Kind::file, "/etc/s"}));
  EXPECT_THAT(oauth2.scopes, ElementsAre("read", "write"));
  EXPECT_EQ(oauth2.audience, "api");
  EXPECT_THAT(oauth2.params, ElementsAre(Pair("resource", "r")));
  EXPECT_EQ(oauth2.auth_style, AuthStyle::post);
}

TEST(Oauth2, AuthenticatesByWhatIsGiven) {
  EXPECT_EQ(std::get<Oauth2>(credential_of(kOauth2 + "client_secret.env = 'S'").kind).auth_style, AuthStyle::basic);
  EXPECT_EQ(std::get<Oauth2>(credential_of(kOauth2 + "signing_key.env = 'S'").kind).auth_style,
            AuthStyle::private_key_jwt);
  EXPECT_EQ(std::get<Oauth2>(credential_of(kOauth2 + "certificate.env = 'S'").kind).auth_style, AuthStyle::none);
  EXPECT_EQ(std::get<Oauth2>(credential_of(kOauth2 + "grant = 'jwt_bearer'\nsigning_key.env = 'S'").kind).auth_style,
            AuthStyle::none);
}

TEST(Oauth2, SaysWhatDoesNotFit) {
  const std::string at = "f:2:1: credentials.a: ";
  EXPECT_THAT(said_of("kind = 'oauth2'"),
              ElementsAre(at + "must have token_url",
                          at + "must have client_secret, signing_key, client_assertion or certificate (the token "
                               "endpoint requires client authentication)",
                          at + "must have client_id"));
  EXPECT_THAT(said_of(kOauth2 + "auth_style = 'post'"),
              ElementsAre(at + "must have client_secret (auth_style = \"post\" sends it)"));
  EXPECT_THAT(said_of(kOauth2 + "auth_style = 'private_key_jwt'\nclient_secret.env = 'S'"),
              ElementsAre(at + "must have signing_key (it signs the assertion)",
                          "f:8:1: credentials.a.client_secret: is not sent with auth_style = \"private_key_jwt\""));
  EXPECT_THAT(said_of(kOauth2 + "client_secret.env = 'S'\nsigning_key.env = 'K'"),
              ElementsAre("f:8:1: credentials.a.signing_key: is not used (grant = \"jwt_bearer\" and auth_style = "
                          "\"private_key_jwt\" sign with it)"));
  EXPECT_THAT(said_of(kOauth2 + "client_secret.env = 'S'\nscopes = 'read write'"),
              ElementsAre("f:8:10: credentials.a.scopes: must be one scope: visible ASCII without spaces and quotation "
                          "marks (write several as an array: [\"read\", \"write\"])"));
  EXPECT_THAT(said_of(kOauth2 + "client_secret.env = 'S'\nparams.scope = 'x'"),
              ElementsAre("f:8:16: credentials.a.params.scope: must be set by its own key"));
  EXPECT_THAT(said_of(kOauth2 + "client_secret.env = 'S'\ntoken = { env = 'T' }"),
              ElementsAre("f:8:9: credentials.a.token: is not a key of kind \"oauth2\""));
}

TEST(Oauth2, IsReachedAsTheDefaultsSayUnlessItSaysItself) {
  const std::string text =
      "defaults = { timeout = '3s', interval = '1m', proxy = 'http://p', unix_socket = '' }\n[credentials.a]\n" +
      kOauth2 + "client_secret.env = 'S'\n";
  const auto connection = [](const std::string& toml) { return parse(toml, "/f").config.credentials.at(0).connection; };
  EXPECT_EQ(connection(text)->timeout, std::chrono::seconds(3));
  EXPECT_EQ(connection(text)->proxy.text(), "http://p");
  const auto own = connection(text + "timeout = '1s'\nproxy = ''\ntls.ca_file = 'ca.pem'");
  EXPECT_EQ(own->timeout, std::chrono::seconds(1));
  EXPECT_EQ(own->proxy.text(), "");
  EXPECT_EQ(own->tls.ca_file, "/ca.pem");
}

const std::string kLogin = "kind = 'login'\nurl = 'https://v/login'\n";

TEST(Login, IsRead) {
  const Credential read = credential_of(kLogin +
                                        "headers.X-Namespace = 'n'\nbody = '{\"p\": \"${password}\"}'\n"
                                        "secrets.password.env = 'P'\njson_pointer = '/token'\n"
                                        "send = { header = 'X-Auth' }\nexpiry_pointer = '/ttl'\nmax_age = '10m'");
  const auto& login = std::get<Login>(read.kind);
  EXPECT_EQ(login.method, "POST");
  EXPECT_THAT(login.secrets, ElementsAre(Pair("password", SecretSource{SecretSource::Kind::env, "P"})));
  EXPECT_EQ(login.from, Login::From::json_pointer);
  EXPECT_EQ(login.from_name, "/token");
  EXPECT_EQ(login.send, Login::Send::header);
  EXPECT_EQ(login.send_name, "X-Auth");
  EXPECT_EQ(login.max_age, std::chrono::minutes(10));
  const auto cookie = std::get<Login>(credential_of(kLogin + "cookie = 'sid'").kind);
  EXPECT_EQ(cookie.send, Login::Send::cookie);
  EXPECT_EQ(cookie.send_name, "sid");
}

TEST(Login, SaysWhatDoesNotFit) {
  EXPECT_THAT(
      said_of("kind = 'login'"),
      ElementsAre(
          "f:2:1: credentials.a: must have url",
          "f:2:1: credentials.a: must have json_pointer, cookie or header (the place of the token in the answer)"));
  EXPECT_THAT(said_of(kLogin + "cookie = 'c'\nheader = 'H'"),
              ElementsAre("f:2:1: credentials.a: must have only one of json_pointer, cookie and header"));
  EXPECT_THAT(said_of(kLogin + "header = 'H'\nsend = 'cookie'"),
              ElementsAre("f:7:8: credentials.a.send: must name the cookie (send = { cookie = \"session\" })"));
  EXPECT_THAT(said_of(kLogin + "header = 'H'\nbody = '${pasword} ${'\nsecrets.password.env = 'P'"),
              ElementsAre("f:7:8: credentials.a.body: has a ${name} that is not one of `secrets` (did you mean "
                          "\"password\"?)",
                          "f:7:8: credentials.a.body: has a ${ without its }"));
  EXPECT_THAT(said_of(kLogin + "json_pointer = 'token'"), ElementsAre(HasSubstr("must be a JSON pointer (RFC 6901)")));
}

TEST(Connection, OfACredentialNeedsARequest) {
  const std::string bearer = "kind = 'bearer'\ntoken.env = 'T'\n";
  const std::string why =
      "has no effect: no request is made about this credential (only kinds oauth2, login and negotiate, an aws_sigv4's "
      "source, "
      "expiry_lookup, introspection, token_issuer and auth_health_url make such requests)";
  EXPECT_THAT(said_of(bearer + "timeout = '4s'\nproxy = 'http://127.0.0.1:2'\ntls.verify = false\nip_version = '4'"),
              ElementsAre("f:6:11: credentials.a.timeout: " + why, "f:7:9: credentials.a.proxy: " + why,
                          "f:8:1: credentials.a.tls: " + why, "f:9:14: credentials.a.ip_version: " + why));
  for (const std::string request :
       {"expiry_lookup = { url = 'https://x', header = 'H' }", "introspection = { url = 'https://x' }"}) {
    EXPECT_THAT(said_of(bearer + request + "\ntimeout = '4s'"), IsEmpty()) << request;
  }
  EXPECT_THAT(said_of(kLogin + "json_pointer = ''\ntimeout = '4s'"), IsEmpty());
}

TEST(Connection, OfDefaultsIsNoneOfACredentialThatIsNotAskedAbout) {
  const std::string text = "[credentials.a]\nkind = 'bearer'\ntoken.env = 'T'\n";
  const auto credentials = [](const std::string& toml) { return parse(toml, "f").config.credentials; };
  EXPECT_EQ(credentials("defaults.timeout = '3s'\n" + text), credentials(text));
}

TEST(Connection, ShowsOneCertificate) {
  const std::string both = "certificate.env = 'C'\ntls.certificate_file = 'c'\n";
  EXPECT_THAT(
      said_of(kOauth2 + both),
      ElementsAre(
          "f:8:24: credentials.a.tls.certificate_file: has no effect: the credential's own certificate is sent"));
  EXPECT_THAT(said_of("kind = 'bearer'\ntoken.env = 'T'\n" + both +
                      "introspection = { url = 'https://x', credential = 'b' }\n[credentials.b]\nkind = 'bearer'\n"
                      "token.env = 'U'\nowner = 'x'"),
              IsEmpty());
}

TEST(Oauth2, TakesTheKeysOfAnAssertionWithOneOnly) {
  const std::string why = ": is not used (grant = \"jwt_bearer\" and auth_style = \"private_key_jwt\" sign with it)";
  EXPECT_THAT(said_of(kOauth2 + "client_secret.env = 'S'\nkey_id = 'k'\nissuer = 'i'\nsubject = 's'\n"
                                "assertion_audience = 'a'"),
              ElementsAre("f:8:10: credentials.a.key_id" + why, "f:9:10: credentials.a.issuer" + why,
                          "f:10:11: credentials.a.subject" + why, "f:11:22: credentials.a.assertion_audience" + why));
}

TEST(Login, SendsEachOfItsSecrets) {
  EXPECT_THAT(
      said_of(kLogin + "json_pointer = ''\nbody = '${a}'\nheaders.X = '${b}'\n"
                       "secrets = { a.env = 'A', b.env = 'B', c.env = 'C' }"),
      ElementsAre(HasSubstr("credentials.a.secrets.c: has no effect: neither body nor headers contain its ${name}")));
}

const std::string kHmac = "kind = 'hmac'\nexpires_at = 'never'\nsecret.env = 'S'\n";

TEST(Hmac, IsRead) {
  const Credential read =
      credential_of(kHmac +
                    "key_id = 'k'\nsecret_encoding = 'base64'\nalgorithm = 'sha512'\n"
                    "encoding = 'base64url'\nsigned = \"{timestamp}\\n{method}{{\"\n"
                    "headers.Authorization = 'hmac {key_id}:{signature}'\nquery.ts = '{timestamp}'");
  const auto& hmac = std::get<Hmac>(read.kind);
  EXPECT_EQ(hmac.key_id, (SecretSource{SecretSource::Kind::value, "k"}));
  EXPECT_EQ(hmac.secret_encoding, SecretEncoding::base64);
  EXPECT_EQ(hmac.algorithm, DigestAlgorithm::sha512);
  EXPECT_EQ(hmac.encoding, SignatureEncoding::base64url);
  EXPECT_EQ(hmac.signed_text, "{timestamp}\n{method}{{");
  EXPECT_THAT(hmac.headers, ElementsAre(Pair("Authorization", "hmac {key_id}:{signature}")));
  EXPECT_THAT(hmac.query, ElementsAre(Pair("ts", "{timestamp}")));
}

TEST(Hmac, NamesThePartsThatThereAre) {
  const auto parts = HasSubstr("(the parts are key_id, timestamp, timestamp_ms, timestamp_iso8601, ");
  EXPECT_THAT(said_of(kHmac + "signed = '{time}{body}'\nheaders.X = '{signature}'"),
              ElementsAre(AllOf(
                  HasSubstr("f:7:10: credentials.a.signed: has a {name} that is not a part of the request"), parts)));
  EXPECT_THAT(said_of(kHmac + "signed = '{body}'\nheaders.X = '{signature'"),
              UnorderedElementsAre(AllOf(HasSubstr("f:8:13: credentials.a.headers.X: has a { without its }"), parts),
                                   HasSubstr("must send the signature")));
  EXPECT_THAT(said_of(kHmac + "signed = '{body}{signature}'\nheaders = { X = '{signature}', Y = 'fixed' }"),
              ElementsAre("f:7:10: credentials.a.signed: must not contain the signature itself",
                          "f:8:36: credentials.a.headers.Y: has no part of the request, such as {timestamp} or "
                          "{signature}"));
}

TEST(Hmac, SendsWhatItSigns) {
  const std::string at = "f:2:1: credentials.a: ";
  EXPECT_THAT(said_of("kind = 'hmac'\nexpires_at = 'never'"),
              ElementsAre(at + "must have secret", at + "must have signed",
                          at + "must send the signature (in headers or query: { X-Signature = \"{signature}\" })"));
  EXPECT_THAT(said_of(kHmac + "signed = '{timestamp}{nonce}{body}'\nheaders.X = '{signature}'"),
              ElementsAre("f:7:10: credentials.a.signed: signs a time that no header and no query parameter sends",
                          "f:7:10: credentials.a.signed: signs a nonce that no header and no query parameter sends"));
  EXPECT_THAT(said_of(kHmac + "signed = '{timestamp}{nonce}'\nheaders.X = '{timestamp_ms} {nonce_uuid} {signature}'"),
              ElementsAre("f:7:10: credentials.a.signed: signs a nonce that no header and no query parameter sends"))
      << "one time tells the other, but no nonce tells another";
  EXPECT_THAT(said_of(kHmac + "signed = '{body}'\nheaders.X = 'Basic {basic}'"),
              ElementsAre(at + "must have key_id (a template has {key_id} or {basic})"));
  EXPECT_THAT(said_of(kHmac + "key_id = 'k'\nsigned = '{body}'\nquery.s = '{signature}'"),
              ElementsAre("f:7:10: credentials.a.key_id: has no effect: no template has {key_id}"));
  EXPECT_THAT(said_of(kHmac + "signed = '{body}'\nheaders.X = '{signature}'\nsecret_headers.x.env = 'X'"),
              ElementsAre("f:9:16: credentials.a.secret_headers.x: is sent already: kind \"hmac\" has this header"));
}

const std::string kNegotiate = "kind = 'negotiate'\nexpires_at = 'never'\nkeytab.file = '/k'\nprincipal = 'p/x@R'\n";

TEST(Negotiate, IsRead) {
  const Credential read =
      credential_of(kNegotiate + "kdc = ['a.test', 'b.test:1088', '[2001:db8::1]']\nservice = 'ldap'");
  const auto& negotiate = std::get<Negotiate>(read.kind);
  EXPECT_EQ(negotiate.principal, (SecretSource{SecretSource::Kind::value, "p/x@R"}));
  EXPECT_EQ(negotiate.service, "ldap");
  EXPECT_THAT(negotiate.kdcs, ElementsAre(wire::Url("http://a.test:88/"), wire::Url("http://b.test:1088/"),
                                          wire::Url("http://[2001:db8::1]:88/")));
  EXPECT_EQ(negotiate.kdc, negotiate.kdcs.front());
}

TEST(Negotiate, NamesWhatIsMissingOrOfAnotherForm) {
  const std::string at = "f:2:1: credentials.a: ";
  EXPECT_THAT(said_of("kind = 'negotiate'\nexpires_at = 'never'"),
              ElementsAre(at + "must have keytab", at + "must have principal", at + "must have kdc"));
  const std::string form = " (such as \"kdc.example.org\" or \"kdc.example.org:88\")";
  EXPECT_THAT(said_of(kNegotiate + "kdc = ['tcp://a.test/', 'a.test']\nservice = 'HTTP/a.test'"),
              ElementsAre(HasSubstr("f:8:8: credentials.a.kdc[0]: must be a host or host:port" + form),
                          HasSubstr("f:9:11: credentials.a.service: must be a token")));
  EXPECT_THAT(said_of("kind = 'negotiate'\nexpires_at = 'never'\nkeytab.env = 'K'\nprincipal = 'p'\nkdc = []"),
              UnorderedElementsAre(
                  HasSubstr("credentials.a.keytab: must be a file (a keytab is binary)"),
                  HasSubstr("credentials.a.principal: must have a name and a realm (such as probe@EXAMPLE.ORG)"),
                  HasSubstr("credentials.a.kdc: must have a server")));
}

TEST(LoginSteps, AreRead) {
  const auto login = std::get<Login>(
      credential_of(
          kLogin +
          "steps = [{ url = 'https://v/form', take = { csrf = { input = 'csrf_token' }, to = { form = '' } } }]\n"
          "body = '${csrf}${password}'\nsecrets.password.env = 'P'\nurl_taken = 'to'\ncookie = 'sid'\n"
          "take.after = { cookie = 'csrftoken' }\n"
          "send_headers.X-CSRFToken = '${after}'\nsend_cookies.csrftoken = '${after}'")
          .kind);
  ASSERT_EQ(login.steps.size(), 1U);
  EXPECT_EQ(login.steps[0].method, "GET");
  EXPECT_THAT(login.steps[0].take, ElementsAre(TakenValue{"csrf", TakenValue::From::input, "csrf_token"},
                                               TakenValue{"to", TakenValue::From::form, ""}));
  EXPECT_THAT(login.take, ElementsAre(TakenValue{"after", TakenValue::From::cookie, "csrftoken"}));
  EXPECT_EQ(login.url_taken, "to");
  EXPECT_THAT(login.send_headers, ElementsAre(Pair("X-CSRFToken", "${after}")));
  EXPECT_THAT(login.send_cookies, ElementsAre(Pair("csrftoken", "${after}")));
}

TEST(LoginSteps, StayAtTheOriginOfTheLogin) {
  EXPECT_THAT(said_of(kLogin + "json_pointer = ''\nsteps = [{ url = 'https://other/' }, { method = 'GET' }]"),
              ElementsAre("f:7:18: credentials.a.steps[0].url: must be at the origin of the login's url (the same "
                          "scheme, host and port)",
                          "f:7:38: credentials.a.steps[1]: must have url"));
  const std::string step = "{ url = 'https://v/' }, ";
  EXPECT_THAT(said_of(kLogin + "json_pointer = ''\nsteps = [" + step + step + step + step + "]"),
              ElementsAre("f:7:9: credentials.a.steps: must have at most 3 requests"));
}

TEST(LoginSteps, TakeWhatIsUsedLater) {
  const auto steps = [](const std::string& take, const std::string& rest) {
    return said_of(kLogin + "json_pointer = ''\nsteps = [{ url = 'https://v/', body = '${csrf}', take = { " + take +
                   " } }]\n" + rest);
  };
  EXPECT_THAT(
      steps("csrf = { cookie = 'c' }", "body = '${csrf}'"),
      ElementsAre(HasSubstr("credentials.a.steps[0].body: has a ${name} that is not one of `secrets` and of what "
                            "an earlier step takes")));
  const auto idle = [](const std::string& rest) {
    return said_of(kLogin + "json_pointer = ''\nsteps = [{ url = 'https://v/', take = { csrf = { meta = 'c' } } }]\n" +
                   rest);
  };
  EXPECT_THAT(idle("body = 'x'"),
              ElementsAre(HasSubstr("credentials.a.steps[0].take.csrf: has no effect: nothing after "
                                    "it contains its ${name}")));
  EXPECT_THAT(idle("body = '${csrf}'\nsecrets.csrf.env = 'X'"),
              ElementsAre(HasSubstr("steps[0].take.csrf: is the name of a secret, or of a value of an earlier step")));
  EXPECT_THAT(idle("body = '${csrf}'\nurl_taken = 'crsf'"),
              ElementsAre("f:9:13: credentials.a.url_taken: must be the name of a value that a step takes"));
  EXPECT_THAT(idle("send_headers = { A = '${crsf}', B = 'x' }"),
              ElementsAre(HasSubstr("send_headers.A: has a ${name} that is not one of the taken values (did you mean "
                                    "\"csrf\"?)"),
                          HasSubstr("send_headers.B: has no ${name} of a taken value")));
  EXPECT_THAT(
      said_of(kLogin + "json_pointer = ''\nsteps = [{ url = 'https://v/', take = { a = {}, b = { meta = '' } } }]"),
      UnorderedElementsAre(HasSubstr("take.a: must be one of json_pointer, cookie, header, input, meta and form"),
                           HasSubstr("take.b.meta: must not be empty"), HasSubstr("take.a: has no effect"),
                           HasSubstr("take.b: has no effect")));
}

TEST(AwsSigv4, NeedsAllThatIsSigned) {
  EXPECT_THAT(
      said_of("kind = 'aws_sigv4'\nexpires_at = 'never'"),
      ElementsAre("f:2:1: credentials.a: must have access_key_id", "f:2:1: credentials.a: must have secret_access_key",
                  "f:2:1: credentials.a: must have region", "f:2:1: credentials.a: must have service"));
}

const std::string kRoleKeys = "kind = 'aws_sigv4'\nregion = 'eu-central-1'\nservice = 's3'\n";

TEST(AwsSigv4, ReadsWhereItsKeysComeFrom) {
  const Credential read = credential_of(
      kRoleKeys +
      "source = { from = 'web_identity', role_arn = 'arn:a', token_file = 't', duration = '2h', assume_role = "
      "{ role_arn = 'arn:b', external_id.env = 'E', session_name = 's', duration = '30m' } }");
  const auto& aws = std::get<AwsSigv4>(read.kind);
  EXPECT_EQ(aws.source.from, AwsKeysFrom::web_identity);
  EXPECT_EQ(aws.source.token_file, "/etc/t");
  EXPECT_EQ(aws.source.duration, std::chrono::hours(2));
  EXPECT_THAT(aws.source.assume_role, ElementsAre(AwsRole{.role_arn = "arn:b",
                                                          .session_name = "s",
                                                          .external_id = {SecretSource::Kind::env, "E"},
                                                          .duration = std::chrono::minutes(30)}));
  EXPECT_EQ(token_url(read.kind)->text(), "https://sts.eu-central-1.amazonaws.com/");
  EXPECT_THAT(secret_sources(read), ElementsAre(::testing::Field(&NamedSource::key, "source.assume_role.external_id")));
}

TEST(AwsSigv4, KnowsWhomToAskForKeys) {
  const auto asked = [](const std::string& lines) { return token_url(credential_of(lines).kind)->text(); };
  const std::string china = "kind = 'aws_sigv4'\nregion = 'cn-north-1'\nservice = 's3'\n";
  EXPECT_EQ(asked(china + "source.from = 'web_identity'"), "https://sts.cn-north-1.amazonaws.com.cn/");
  EXPECT_EQ(asked(kRoleKeys + "source = { from = 'web_identity', sts_url = 'https://vpce/' }"), "https://vpce/");
  EXPECT_EQ(asked(kRoleKeys + "source.from = 'instance'"), "http://169.254.169.254/");
  EXPECT_EQ(asked(kRoleKeys + "source.from = 'container'"), "http://169.254.170.2/");
  const std::string keys = kRoleKeys + "access_key_id = 'i'\nsecret_access_key.env = 'S'\nexpires_at = 'never'";
  EXPECT_EQ(token_url(credential_of(keys).kind), nullptr);
}

TEST(AwsSigv4, SaysWhatOfItsSourceDoesNotFit) {
  const std::string at = "credentials.a.source";
  EXPECT_THAT(said_of(kRoleKeys + "access_key_id = 'i'\nsource.from = 'instance'"),
              ElementsAre(HasSubstr("a.access_key_id: has no effect: the keys come from source.from")));
  EXPECT_THAT(
      said_of(kRoleKeys + "source = { from = 'instance', profile = 'p', role_arn = 'r', sts_url = 'https://s' }"),
      ElementsAre(HasSubstr(at + ".profile: has no effect: from = \"instance\" does not use it"),
                  HasSubstr(at + ".role_arn: has no effect: from = \"instance\" does not use it"),
                  HasSubstr(at + ".sts_url: has no effect: no role is assumed")));
  EXPECT_THAT(said_of(kRoleKeys + "source = { from = 'instance', assume_role = { role_arn = 'r', duration = '2h' } }"),
              ElementsAre(HasSubstr("duration: must be at most 1h (AWS: a role that a role assumes)")));
  EXPECT_THAT(said_of(kRoleKeys + "source = { from = 'environment', assume_role = { duration = '2h' } }"),
              ElementsAre(HasSubstr("assume_role: must have role_arn")));
  EXPECT_THAT(
      said_of(kRoleKeys + "access_key_id = 'i'\nsecret_access_key.env = 'S'\nexpires_at = 'never'\nsource = {}"),
      ElementsAre(HasSubstr(at + ": must have from or assume_role")));
  const std::string five =
      "[{ role_arn = 'r' }, { role_arn = 'r' }, { role_arn = 'r' }, { role_arn = 'r' }, { role_arn = 'r' }]";
  EXPECT_THAT(said_of(kRoleKeys + "source = { from = 'environment', assume_role = " + five + " }"),
              ElementsAre(HasSubstr("assume_role: must have at most 4 roles")));
}

TEST(AwsSigv4, MayAskAServerThatIsNotOneOfItsHosts) {
  EXPECT_THAT(
      findings_of("targets.a = { url = 'https://x.example.com', credential = 'a' }\n[credentials.a]\nowner = 'x'\n"
                  "hosts = '*.example.com'\n" +
                  kRoleKeys + "source.from = 'instance'\n"),
      IsEmpty());
}

TEST(Oauth2, MayHaveTheAssertionOfAnother) {
  const Credential read = credential_of(kOauth2 + "client_assertion.file = 'token'");
  EXPECT_EQ(std::get<Oauth2>(read.kind).auth_style, AuthStyle::client_assertion);
  EXPECT_THAT(said_of(kOauth2 + "client_secret.env = 'S'\nauth_style = 'post'\nclient_assertion.file = 'token'"),
              ElementsAre(HasSubstr("client_assertion: has no effect: auth_style = \"post\" does not send it")));
  EXPECT_THAT(said_of(kOauth2 + "auth_style = 'client_assertion'"),
              ElementsAre(HasSubstr("must have client_assertion (auth_style = \"client_assertion\" sends it)")));
}

TEST(ClientCertificate, StandsAloneOrBesideAnotherKind) {
  const Credential alone = credential_of(
      "kind = 'client_certificate'\ncertificate.file = 'c.p12'\n"
      "certificate_password.env = 'P'");
  EXPECT_EQ(alone.certificate.certificate.text, "/etc/c.p12");
  const Credential beside =
      credential_of("kind = 'bearer'\ntoken.env = 'T'\ncertificate.file = 'c'\nprivate_key.file = 'k'");
  EXPECT_EQ(beside.certificate.private_key.text, "/etc/k");
  EXPECT_THAT(said_of("kind = 'client_certificate'"), ElementsAre("f:2:1: credentials.a: must have certificate"));
  EXPECT_THAT(said_of("kind = 'bearer'\ntoken.env = 'T'\nprivate_key.env = 'K'"),
              ElementsAre("f:6:1: credentials.a.private_key: needs a certificate"));
}

TEST(Next, NamesAnotherCredential) {
  EXPECT_THAT(said_of("kind = 'bearer'\ntoken.env = 'T'\nnext = 'b'"),
              ElementsAre("f:6:8: credentials.a.next: no such credential (did you mean \"a\"?)"));
  EXPECT_THAT(said_of("kind = 'bearer'\ntoken.env = 'T'\nnext = 'a'"),
              ElementsAre("f:6:8: credentials.a.next: cannot be the credential itself"));
  EXPECT_THAT(said_of("kind = 'bearer'\ntoken.env = 'T'\nnext = 'b'\n"
                      "[credentials.b]\nkind = 'bearer'\ntoken.env = 'U'\nowner = 'x'"),
              IsEmpty());
}

TEST(Next, IsSentInThePathIfTheCredentialIs) {
  const std::string other =
      "[credentials.b]\nkind = 'url_path'\nkey.env = 'U'\nowner = 'x'\n"
      "expires_at = 'never'\n";
  EXPECT_THAT(
      said_of("kind = 'bearer'\ntoken.env = 'T'\nnext = 'b'\n" + other),
      ElementsAre("f:6:8: credentials.a.next: cannot be tried: only one of the two is sent in the path of the url "
                  "(both or none must be of kind \"url_path\")"));
}

TEST(UrlPath, GoesWithAPlaceInThePath) {
  const auto said = [](const std::string& target, const std::string& kind) {
    return findings_of("[targets.t]\nexpect.status = '2xx'\n" + target + "\n[credentials.a]\nkind = '" + kind +
                       "'\nowner = 'x'\nexpires_at = 'never'\n" + (kind == "bearer" ? "token" : "key") +
                       ".env = 'T'\n");
  };
  const std::string with_a = "\ncredential = 'a'";
  EXPECT_THAT(said("url = 'https://x/bot{key}/me'" + with_a, "url_path"), IsEmpty());
  EXPECT_THAT(said("url = 'https://x/bot{key}/me'" + with_a, "bearer"),
              ElementsAre("f:3:7: targets.t.url: has {key} in its path, but no credential that replaces {key} (use a "
                          "credential of kind \"url_path\")"));
  EXPECT_THAT(said("url = 'https://x/me?k={key}'" + with_a, "url_path"),
              ElementsAre("f:4:14: targets.t.credential: is sent in the path of the url, but that path has no {key} "
                          "(such as https://api.example.com/bot{key}/me)"));
  EXPECT_THAT(said("url = 'https://x/{key}'\ncontrol_url = 'https://x/{key}/health'" + with_a, "url_path"),
              ElementsAre("f:4:15: targets.t.control_url: must not have {key} in its path (it is requested without the "
                          "credential)"));
  EXPECT_THAT(said("url = 'https://x/{key}'\nexpect.protected = true" + with_a, "url_path"),
              ElementsAre("f:1:1: targets.t.expect.protected: has no effect: the url cannot be requested without its "
                          "credential"));
}

TEST(SecretSources, AreAllThatACredentialReads) {
  std::vector<std::string> keys;
  for (const auto& [key, source, form] : secret_sources(credential_of(
           kLogin +
           "json_pointer = ''\nbody = '${a}${b}'\nsecrets = { a.env = 'A', b.env = 'B' }\ncertificate.env = 'C'"))) {
    keys.push_back(key);
  }
  EXPECT_THAT(keys, ElementsAre("secrets.a", "secrets.b", "certificate"));
}

TEST(Redacted, ShowsNoSecretOfAnyKind) {
  const std::string text = "[credentials.a]\n" + kOauth2 +
                           "client_secret.value = 'hunter2'\nparams.x = 'hunter2'\nscopes = 'read'\n[credentials.b]\n" +
                           kLogin +
                           "headers.X-Key = 'hunter2'\nheaders.Accept = 'a'\nbody = 'hunter2 ${s}'\ncookie = 'sid'\n"
                           "secrets.s.value = 'hunter2'\ncertificate.value = 'hunter2'\n"
                           "[credentials.c]\nkind = 'aws_sigv4'\naccess_key_id = 'me'\nregion = 'r'\n"
                           "secret_access_key.value = 'hunter2'\nsession_token.value = 'hunter2'\nservice = 's'\n";
  const LoadResult result = parse(text, "f");
  ASSERT_TRUE(result.ok());
  const std::string shown = redacted_toml(result.config);
  EXPECT_THAT(shown, Not(HasSubstr("hunter2")));
  EXPECT_THAT(shown, HasSubstr("token_url = \"https://idp/token\""));
  EXPECT_THAT(shown, HasSubstr("send = { cookie = \"sid\" }"));
  EXPECT_THAT(shown, HasSubstr("headers.Accept = \"a\""));
  EXPECT_THAT(shown, HasSubstr("body = \"<redacted> ${s}\""));
  EXPECT_THAT(shown, HasSubstr("access_key_id = \"me\""));
  EXPECT_TRUE(parse(shown, "f").ok()) << shown;
}

TEST(MoreSecrets, AreReadBesideEveryKind) {
  const Credential read = credential_of(
      "kind = 'bearer'\ntoken.env = 'T'\nsecret_headers = { X-App = { env = 'A' } }\n"
      "secret_query.sub.file = 's'\nsecret_body.secret.env = 'B'");
  EXPECT_THAT(read.more.headers, ElementsAre(Pair("X-App", SecretSource{SecretSource::Kind::env, "A"})));
  EXPECT_THAT(read.more.query, ElementsAre(Pair("sub", SecretSource{SecretSource::Kind::file, "/etc/s"})));
  EXPECT_THAT(read.more.body, ElementsAre(Pair("secret", SecretSource{SecretSource::Kind::env, "B"})));
  std::vector<std::string> keys;
  for (const auto& source : secret_sources(read)) keys.push_back(source.key);
  EXPECT_THAT(keys, ElementsAre("token", "secret_headers.X-App", "secret_query.sub", "secret_body.secret"));
}

TEST(MoreSecrets, AreNotSentTwice) {
  EXPECT_THAT(said_of("kind = 'api_key'\nheader = 'X-Key'\nkey.env = 'K'\nexpires_at = 'never'\n"
                      "secret_headers.x-key.env = 'A'\nsecret_query.a.env = 'Q'"),
              ElementsAre("f:8:16: credentials.a.secret_headers.x-key: is sent already: kind \"api_key\" has this "
                          "header"));
}

TEST(SecretPlaces, AreInFiles) {
  const Credential read = credential_of("kind = 'bearer'\ntoken = { file = 's', section = 'x', variable = 'T' }");
  const auto& token = std::get<Bearer>(read.kind).token;
  EXPECT_EQ(token.text, "/etc/s");
  EXPECT_EQ(token.section, "x");
  EXPECT_EQ(token.variable, "T");
  const std::string at = "f:5:9: credentials.a.token: ";
  EXPECT_THAT(said_of("kind = 'bearer'\ntoken = { env = 'T', json_pointer = '/a' }"),
              ElementsAre(at + "json_pointer, variable and section are places in a file"));
  EXPECT_THAT(said_of("kind = 'bearer'\ntoken = { file = 'T', json_pointer = '/a', variable = 'b' }"),
              ElementsAre(at + "must have only one of json_pointer and variable"));
  EXPECT_THAT(said_of("kind = 'bearer'\ntoken = { file = 'T', section = 'b' }"),
              ElementsAre(at + "a section needs a variable"));
}

TEST(Jwt, IsRead) {
  const Credential read = credential_of(
      "kind = 'jwt'\nsigning_key.file = 'k'\nissuer = 'me'\nlifetime = '10m'\nclaims = { a = ['x', 1], b = true }");
  const auto& jwt = std::get<SignedJwt>(read.kind);
  EXPECT_EQ(jwt.issuer, "me");
  EXPECT_EQ(jwt.lifetime, std::chrono::minutes(10));
  EXPECT_THAT(jwt.claims, ElementsAre(Pair("a", "[\"x\", 1]"), Pair("b", "true")));
  EXPECT_THAT(said_of("kind = 'jwt'\nexpires_at = 'never'"),
              ElementsAre("f:2:1: credentials.a: must have signing_key"));
}

}  // namespace
}  // namespace authprobe::config
