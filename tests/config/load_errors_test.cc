// Each rule with the exact words that its violation is reported in.
#include <gmock/gmock.h>

#include "tests/config/config_files.h"

namespace authprobe::config {
namespace {

using config_test::findings_of;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// A value of a key of target `a`, and what is said about it after "f:3:<column>: targets.a.".
struct TargetCase {
  const char* line;
  const char* finding;
};

class TargetRule : public ::testing::TestWithParam<TargetCase> {};

TEST_P(TargetRule, IsReported) {
  const std::string text = std::string("[targets.a]\nurl = \"https://x\"\n") + GetParam().line + "\n";
  EXPECT_THAT(findings_of(text), ElementsAre(std::string("f:3:") + GetParam().finding));
}

const char* const kDuration = R"(must be a duration (a string such as "15s", "1m30s", "500ms" or "14d"))";

INSTANTIATE_TEST_SUITE_P(
    Keys, TargetRule,
    ::testing::Values(
        TargetCase{"intervall = '15s'", R"(1: targets.a.intervall: unknown key (did you mean "interval"?))"},
        TargetCase{"rul = 'https://x'", R"(1: targets.a.rul: unknown key (did you mean "url"?))"},
        TargetCase{"nothing_near_this = 1", "1: targets.a.nothing_near_this: unknown key"},
        TargetCase{"expect.statsu = 401", R"(8: targets.a.expect.statsu: unknown key (did you mean "status"?))"},
        TargetCase{"tls.ca = 'x'",
                   R"(5: targets.a.tls.ca: unknown key (known keys: "ca_file", "certificate_file", )"
                   R"("private_key_file", "server_name", "min_version", "verify" or "verify_again_after"))"},
        TargetCase{"example.url = 'https://x'", "1: targets.a.example: unknown key (write names with dots in quotes)"},
        TargetCase{"method = 'get'", "10: targets.a.method: must be in capital letters (methods are case-sensitive)"},
        TargetCase{"method = 'GET /'", "10: targets.a.method: must be a token: letters, digits and !#$%&'*+-.^_`|~"},
        TargetCase{"method = 'CONNECT'",
                   "10: targets.a.method: cannot be CONNECT (it opens a tunnel; `proxy` does that)"},
        TargetCase{"user_agent = \"a\\r\\nX: y\"",
                   "14: targets.a.user_agent: must not contain line breaks or other control characters"},
        TargetCase{
            "credential = 'a b'",
            "14: targets.a.credential: must be 1 to 128 letters, digits, '_', '-' and '.', the first a letter or "
            "digit"},
        TargetCase{"credential = 'billing'", "14: targets.a.credential: no such credential"},
        TargetCase{"control_url = '/health'",
                   "15: targets.a.control_url: must be an absolute URL (such as https://api.example.com/v1/me)"},
        TargetCase{"body = 1", "8: targets.a.body: must be a string"},
        TargetCase{"expect = '2xx'", "10: targets.a.expect: must be a table"}));

INSTANTIATE_TEST_SUITE_P(
    Quantities, TargetRule,
    ::testing::Values(
        TargetCase{"interval = 15",
                   R"(12: targets.a.interval: must be a duration (a string such as "15s", "1m30s", "500ms" or "14d"))"},
        TargetCase{"interval = '99ms'", "12: targets.a.interval: must be from 100ms to 1d"},
        TargetCase{"interval = '25h'", "12: targets.a.interval: must be from 100ms to 1d"},
        TargetCase{"timeout = '1ms'", "11: targets.a.timeout: must be from 10ms to 10m"},
        TargetCase{"timeout = '20s'",
                   "11: warning: targets.a.timeout: the timeout is longer than the interval (probes of a target never "
                   "overlap, so slots will be missed)"},
        TargetCase{"max_response_size = 10",
                   R"(21: targets.a.max_response_size: must be a size (a string such as "512KiB" or "10MiB"))"},
        TargetCase{"max_response_size = '2GiB'", "21: targets.a.max_response_size: must be from 1KiB to 1GiB"},
        TargetCase{"max_redirects = -1", "17: targets.a.max_redirects: must be a whole number from 0 to 20"},
        TargetCase{"max_redirects = true", "17: targets.a.max_redirects: must be a whole number from 0 to 20"}));

INSTANTIATE_TEST_SUITE_P(
    Headers, TargetRule,
    ::testing::Values(
        TargetCase{"headers = { 'a b' = 'x' }",
                   "21: targets.a.headers.\"a...\": must be the name of a header (letters, digits and '-')"},
        TargetCase{"headers.X = \"a\\nb\"",
                   "13: targets.a.headers.X: must not contain line breaks or other control characters"},
        TargetCase{"headers = { A = 'x', a = 'y' }",
                   "26: targets.a.headers.a: is defined twice (header names are compared without case)"},
        TargetCase{"headers.content-length = '3'",
                   "26: targets.a.headers.content-length: cannot be set: the transfer sends its own"},
        TargetCase{"headers.authorization = 'Bearer hunter2'",
                   "25: warning: targets.a.headers.authorization: has a secret in plain text (use a credential)"},
        TargetCase{
            "headers.DD-APPLICATION-KEY = 'hunter2'",
            "30: warning: targets.a.headers.DD-APPLICATION-KEY: has a secret in plain text (use a credential)"}));

INSTANTIATE_TEST_SUITE_P(
    Expectations, TargetRule,
    ::testing::Values(
        TargetCase{
            "expect.status = ['2xx', 99]",
            R"(25: targets.a.expect.status[1]: must be a status code, a class or a range (such as 401, "2xx" or "200-204"))"},
        TargetCase{
            "expect.status = '6xx'",
            R"(17: targets.a.expect.status: must be a status code, a class or a range (such as 401, "2xx" or "200-204"))"},
        TargetCase{
            "expect.status = '204-200'",
            R"(17: targets.a.expect.status: must be a status code, a class or a range (such as 401, "2xx" or "200-204"))"},
        TargetCase{"expect.status = []", "17: targets.a.expect.status: must have at least one status"},
        TargetCase{"expect.body_matches = ['a', '(']",
                   "29: targets.a.expect.body_matches[1]: must be an RE2 pattern: missing ) (literal strings in '...' "
                   "need no doubled backslashes)"},
        TargetCase{"expect.protected = true",
                   "20: warning: targets.a.expect.protected: has no effect without a credential (for a target without "
                   "one, use expect.status = [401])"},
        TargetCase{"expect.headers = { matches = 'x' }", "18: targets.a.expect.headers: must have a name"},
        TargetCase{"expect.headers = [{ name = 'X', matches = 'x', absent = true }]",
                   "19: targets.a.expect.headers[0]: must have only one of matches and absent"},
        TargetCase{"expect.headers = ['X']", "19: targets.a.expect.headers[0]: must be a table"},
        TargetCase{"expect.json = { equals = 1 }",
                   "15: targets.a.expect.json: must have a pointer (\"\" is the whole document)"},
        TargetCase{"expect.json = { pointer = 'ok' }",
                   "27: targets.a.expect.json.pointer: must be a JSON pointer (RFC 6901) (such as \"/data/0/ok\"; ~0 "
                   "stands for ~ and ~1 for /)"},
        TargetCase{"expect.json = { pointer = '/a~2' }",
                   "27: targets.a.expect.json.pointer: must be a JSON pointer (RFC 6901) (such as \"/data/0/ok\"; ~0 "
                   "stands for ~ and ~1 for /)"},
        TargetCase{"expect.json = { pointer = '', equals = [1] }",
                   "40: targets.a.expect.json.equals: must be a string, a number, true or false"},
        TargetCase{"expect.json = { pointer = '', equals = nan }",
                   "40: targets.a.expect.json.equals: must be a string, a number, true or false"}));

INSTANTIATE_TEST_SUITE_P(
    Connections, TargetRule,
    ::testing::Values(
        TargetCase{"connection = 'refresh'",
                   R"(14: targets.a.connection: must be "fresh", "resume" or "reuse" (did you mean "fresh"?))"},
        TargetCase{"http_version = 2",
                   R"(16: targets.a.http_version: must be "auto", "1.0", "1.1" or "2" (write it in quotes))"},
        TargetCase{"ip_version = 4", R"(14: targets.a.ip_version: must be "any", "4" or "6" (write it in quotes))"},
        TargetCase{"tls.min_version = 1.2",
                   R"(19: targets.a.tls.min_version: must be "1.0", "1.1", "1.2" or "1.3" (write it in quotes))"},
        TargetCase{"tls.verify = 'no'", "14: targets.a.tls.verify: must be true or false"},
        TargetCase{"tls.private_key_file = 'k'", "24: targets.a.tls.private_key_file: needs a certificate_file"},
        TargetCase{"proxy = 'proxy:3128'",
                   "9: targets.a.proxy: must begin with http:// (https:// targets go through it too)"},
        TargetCase{"proxy = 'ftp://proxy'",
                   "9: targets.a.proxy: must begin with http:// (https:// targets go through it too)"},
        TargetCase{"proxy = 'http://me:hunter2@proxy'",
                   "9: targets.a.proxy: must not contain user info (set proxy_username and proxy_password)"},
        TargetCase{"resolve = ['x:443:y']",
                   "12: targets.a.resolve[0]: must be host:port:address with an IP address (such as "
                   "\"api.example.com:443:192.0.2.7\"; * is any port)"},
        TargetCase{"resolve = 'x:0:127.0.0.1'",
                   "11: targets.a.resolve: must be host:port:address with an IP address (such as "
                   "\"api.example.com:443:192.0.2.7\"; * is any port)"}));

INSTANTIATE_TEST_SUITE_P(
    Labels, TargetRule,
    ::testing::Values(
        TargetCase{"labels.job = 'x'",
                   "14: targets.a.labels.job: is a label that scrape configurations overwrite (choose another name)"},
        TargetCase{"labels.url = 'x'",
                   "14: targets.a.labels.url: is already a label of the target's series (choose another name)"},
        TargetCase{
            "labels.action = 'x'",
            "17: targets.a.labels.action: is a label that the alert rules set and take away (choose another name)"},
        TargetCase{"labels.__x = 'x'",
                   "14: targets.a.labels.__x: must not begin with __: Prometheus reserves such labels (choose "
                   "another name)"},
        TargetCase{
            "labels.a-b = 'x'",
            "14: targets.a.labels.a-b: must be a label name: letters, digits and '_', the first no digit (choose "
            "another name)"},
        TargetCase{"labels.tier = 1", "15: targets.a.labels.tier: must be a string"}));

INSTANTIATE_TEST_SUITE_P(
    Maintenance, TargetRule,
    ::testing::Values(
        TargetCase{"maintenance = [{ days = 'sat' }]",
                   "16: targets.a.maintenance[0]: must have either start and end, or from and duration with optional "
                   "days and timezone"},
        TargetCase{"maintenance = [{ start = 2027-01-01T00:00:00Z, from = '22:00' }]",
                   "16: targets.a.maintenance[0]: must have either start and end, or from and duration with optional "
                   "days and timezone"},
        TargetCase{"maintenance = [{ start = 2027-01-01T00:00:00Z, end = 2026-12-31T23:00:00-01:00 }]",
                   "54: targets.a.maintenance[0].end: must be later than start"},
        TargetCase{"maintenance = [{ start = 2027-01-01T00:00:00, end = 2027-01-01T01:00:00Z }]",
                   "26: targets.a.maintenance[0].start: must be a date and time with an offset (add Z for UTC)"},
        TargetCase{"maintenance = [{ days = 'funday', from = '22:00', duration = '1h' }]",
                   R"(25: targets.a.maintenance[0].days: must be "sun", "mon", "tue", "wed", "thu", "fri" or "sat")"},
        TargetCase{"maintenance = [{ from = '24:00', duration = '1h' }]",
                   "25: targets.a.maintenance[0].from: must be a time of day (such as \"22:00\")"},
        TargetCase{"maintenance = [{ from = '22:00', duration = '90s' }]",
                   "45: targets.a.maintenance[0].duration: must be whole minutes"},
        TargetCase{
            "maintenance = [{ from = '22:00', duration = '1h', timezone = 'Europe/Berlim' }]",
            "62: targets.a.maintenance[0].timezone: must be a time zone of the IANA database that this system has "
            "(package tzdata) (such as \"Europe/Berlin\" or \"UTC\")"},
        TargetCase{
            "maintenance = [{ start = 2027-01-01T00:00:00Z, end = 2027-01-02T00:00:00Z, timezone = 'UTC' }]",
            "16: targets.a.maintenance[0]: must have either start and end, or from and duration with optional days and "
            "timezone"}));

INSTANTIATE_TEST_SUITE_P(
    KeysWithoutEffect, TargetRule,
    ::testing::Values(
        TargetCase{"ip_version = '4'\nunix_socket = '/s'",
                   "14: targets.a.ip_version: has no effect: unix_socket connects without an address"},
        TargetCase{"resolve = 'x:443:192.0.2.7'\nunix_socket = '/s'",
                   "11: targets.a.resolve: has no effect: unix_socket connects without an address"},
        TargetCase{
            "resolve = ['X:443:192.0.2.7', 'y:443:192.0.2.7']",
            "31: targets.a.resolve[1]: has no effect: no connection goes to its host (it must be the host of the "
            "url or of the control_url)"},
        TargetCase{"resolve = 'x:443:192.0.2.7'\nproxy = 'http://y'",
                   "11: targets.a.resolve: has no effect: no connection goes to its host (the proxy resolves the names "
                   "of servers)"},
        TargetCase{"body = 'x'\nmethod = 'HEAD'", "8: targets.a.body: has no effect: HEAD sends no body"},
        TargetCase{"expect.body_not_matches = 'x'\nmethod = 'HEAD'",
                   "27: targets.a.expect.body_not_matches: has no effect: HEAD gets no body"},
        TargetCase{"user_agent = 'x'\nheaders.user-agent = 'y'",
                   "14: targets.a.user_agent: has no effect: headers has a User-Agent"},
        TargetCase{"control_url = 'https://x'\ncontrols.control_url = false",
                   "15: warning: targets.a.control_url: has no effect while controls.control_url is false"},
        TargetCase{"tls.ca_file = 'x'\ntls.verify = false",
                   "15: warning: targets.a.tls.ca_file: has no effect while tls.verify is false"}));

TEST(Tls, HasNoEffectOverPlainHttp) {
  const std::string tls = "[targets.a]\ntls.server_name = 'y'\nconnection = 'resume'\n";
  EXPECT_THAT(
      findings_of(tls + "url = 'http://x'"),
      ElementsAre(
          "f:2:1: targets.a.tls: has no effect: the url is http://",
          "f:3:14: targets.a.connection: has no effect: the url is http://, and only TLS sessions are resumed"));
  for (const char* fine :
       {"url = 'https://x'", "url = 'http://x'\nmax_redirects = 1", "url = 'http://x'\ncontrol_url = 'https://x'"}) {
    EXPECT_THAT(findings_of(tls + fine), IsEmpty()) << fine;
  }
}

TEST(Defaults, MayHaveWhatSomeTargetsHaveNoUseFor) {
  EXPECT_THAT(findings_of("[defaults]\ntls.server_name = 'x'\nconnection = 'resume'\nresolve = 'x:443:192.0.2.7'\n"
                          "method = 'HEAD'\nexpect.body_not_matches = 'x'\nunix_socket = '/s'\n"
                          "[targets.a]\nurl = 'http://y'"),
              IsEmpty());
}

struct UrlCase {
  const char* url;
  const char* rule;
};

class UrlRule : public ::testing::TestWithParam<UrlCase> {};

TEST_P(UrlRule, IsReported) {
  EXPECT_THAT(findings_of(std::string("[targets.a]\nurl = '") + GetParam().url + "'\n"),
              ElementsAre(std::string("f:2:7: targets.a.url: ") + GetParam().rule));
}

INSTANTIATE_TEST_SUITE_P(
    Urls, UrlRule,
    ::testing::Values(
        UrlCase{"", "must be an absolute URL (such as https://api.example.com/v1/me)"},
        UrlCase{"api.example.com", "must be an absolute URL (such as https://api.example.com/v1/me)"},
        UrlCase{"ftp://x", "must begin with http:// or https://"}, UrlCase{"https://", "must name a host"},
        UrlCase{"https:///path", "must name a host"}, UrlCase{"https://:443/", "must name a host"},
        UrlCase{"https://x:0/", "has a port that is not a number from 1 to 65535"},
        UrlCase{"https://x:65536/", "has a port that is not a number from 1 to 65535"},
        UrlCase{"https://x:/", "has a port that is not a number from 1 to 65535"},
        UrlCase{"https://x:99999999999999/", "has a port that is not a number from 1 to 65535"},
        UrlCase{"https://me:hunter2@x/", "must not contain user info (use a credential)"},
        UrlCase{"https://x/#top", "must not contain a fragment (a fragment is never sent; %23 is a literal #)"},
        UrlCase{"https://[::1", "must have an IPv6 address between the brackets"},
        UrlCase{"https://[x]/", "must have an IPv6 address between the brackets"},
        UrlCase{"https://::1/", "must name a host"},
        UrlCase{"https://a::1/", "has a port that is not a number from 1 to 65535"},
        UrlCase{"https://a,b/",
                "has a host name with characters that are not allowed there (write IPv6 addresses in brackets)"},
        UrlCase{"https://x/a b",
                "must be visible ASCII (percent-encode other characters, and write host names in their xn-- form)"},
        UrlCase{"https://\xc3\xa4.example/",
                "must be visible ASCII (percent-encode other characters, and write host names in their xn-- form)"}));

TEST(Urls, OfAllKindsAreTaken) {
  for (const char* url :
       {"http://x", "HTTPS://X:443/a?b=c&d", "https://[::1]:8443/", "http://127.0.0.1:1/", "http://a_b.c-d/"}) {
    EXPECT_THAT(findings_of(std::string("[targets.a]\nurl = '") + url + "'\n"), IsEmpty()) << url;
  }
}

// A credential `a` that target `a` uses, with the lines given, and the findings about it.
std::vector<std::string> credential_findings(const std::string& lines) {
  return findings_of("targets.a = { url = 'https://x', credential = 'a' }\n[credentials.a]\n" + lines + "\n");
}

TEST(Credentials, SayWhatIsMissing) {
  EXPECT_THAT(
      credential_findings("owner = 'x'"),
      ElementsAre(R"(f:2:1: credentials.a: must have a kind (such as "bearer", "api_key", "basic" or "oauth2"))"));
  EXPECT_THAT(
      credential_findings("kind = 'oauth'\nowner = 'x'"),
      ElementsAre(
          R"(f:3:8: credentials.a.kind: must be "bearer", "api_key", "url_path", "basic", )"
          R"("digest", "oauth2", "login", "jwt", "aws_sigv4", "hmac", "negotiate", "cookie" or "client_certificate" (did you mean "oauth2"?))"));
  EXPECT_THAT(credential_findings("kind = 'basic'"),
              ElementsAre("f:2:1: credentials.a: must have username",  //
                          "f:2:1: credentials.a: must have password",  //
                          "f:2:1: warning: credentials.a: has no owner (name the team that renews it)",
                          "f:2:1: warning: credentials.a: its expiry is not known (declare expires_at = 2027-01-31 or "
                          "expires_at = \"never\")"));
}

TEST(Credentials, TakeTheKeysOfTheirKindOnly) {
  EXPECT_THAT(credential_findings("kind = 'bearer'\ntoken.env = 'T'\nusername = 'x'\nowner = 'x'\nwarn_befor = '14d'"),
              ElementsAre("f:5:12: credentials.a.username: is not a key of kind \"bearer\"",
                          "f:7:1: credentials.a.warn_befor: unknown key (did you mean \"warn_before\"?)"));
  EXPECT_THAT(credential_findings("kind = 'api_key'\nkey.env = 'K'\nheader = 'H'\nquery = 'q'\nowner = 'x'\n"
                                  "expires_at = 'never'"),
              ElementsAre("f:2:1: credentials.a: must have only one of header and query"));
}

TEST(Credentials, SecretsComeFromOnePlace) {
  const std::string rule = R"(must be { file = "path" }, { env = "NAME" } or { value = "..." })";
  const std::string rest = "\nkind = 'bearer'\nowner = 'x'";
  EXPECT_THAT(credential_findings("token = 'hunter2'" + rest), ElementsAre("f:3:9: credentials.a.token: " + rule));
  EXPECT_THAT(credential_findings("token = {}" + rest),
              ElementsAre("f:3:9: credentials.a.token: " + rule + " (exactly one of them)"));
  EXPECT_THAT(credential_findings("token = { file = 'x', env = 'X' }" + rest),
              ElementsAre("f:3:9: credentials.a.token: " + rule + " (exactly one of them)"));
  EXPECT_THAT(credential_findings("token = { file = '' }" + rest),
              ElementsAre("f:3:18: credentials.a.token.file: must not be empty"));
  EXPECT_THAT(
      credential_findings("token = { env = 'hunter-2' }" + rest),
      ElementsAre("f:3:17: credentials.a.token.env: must be the name of an environment variable (letters, digits "
                  "and '_')"));
  EXPECT_THAT(credential_findings("token = { path = 'x' }" + rest),
              ElementsAre(R"(f:3:11: credentials.a.token.path: unknown key (known keys: "file", "env", "value", )"
                          R"("json_pointer", "variable" or "section"))"));
  EXPECT_THAT(credential_findings("token = { value = 'hunter2' }" + rest),
              ElementsAre("f:3:9: warning: credentials.a.token: the secret is in this file (use { file = ... } or { "
                          "env = ... })"));
}

TEST(Credentials, CheckWhatTheySayOfThemselves) {
  const std::string rest = "\nkind = 'bearer'\ntoken.env = 'T'\nowner = 'x'";
  EXPECT_THAT(credential_findings("rotation = 'ask Jo'" + rest),
              ElementsAre(HasSubstr("f:3:12: credentials.a.rotation: must be visible ASCII")));
  EXPECT_THAT(credential_findings("expires_at = '2027-01-31'" + rest),
              ElementsAre("f:3:14: credentials.a.expires_at: must be a date or \"never\" (such as 2027-01-31, without "
                          "quotes and without a time)"));
  EXPECT_THAT(credential_findings("expires_at = 2027-01-31T00:00:00Z" + rest),
              ElementsAre(HasSubstr("credentials.a.expires_at: must be a date or \"never\"")));
  EXPECT_THAT(credential_findings("used_by = ['a', 1]" + rest),
              ElementsAre("f:3:17: credentials.a.used_by[1]: must be a string"));
}

TEST(Names, AreChecked) {
  const std::string rule = "the name must be 1 to 128 letters, digits, '_', '-' and '.', the first a letter or digit";
  EXPECT_THAT(
      findings_of("targets.'a b'.url = 'https://x'\ntargets.''.url = 'https://x'\ntargets.'.a'.url = 'https://x'\n"
                  "credentials.'a/b'.kind = 'bearer'"),
      ElementsAre("f:1:9: targets.\"a...\": " + rule, "f:2:9: targets.\"...\": " + rule,
                  "f:3:9: targets.\".a\": " + rule, "f:4:13: credentials.\"a...\": " + rule));
}

TEST(Files, SaySettingsAndSectionsThatNobodyKnows) {
  EXPECT_THAT(
      findings_of("target.a.url = 'https://x'\nsettings.dns_cach = '1s'\nsettings.max_in_flight = 0\ntargets.a = 1"),
      ElementsAre(R"(f:1:1: target: unknown key (did you mean "targets"?))",
                  R"(f:2:10: settings.dns_cach: unknown key (did you mean "dns_cache"?))",
                  "f:3:26: settings.max_in_flight: must be a whole number from 1 to 100000",
                  "f:4:13: targets.a: must be a table"));
}

TEST(Files, SayWhichServersCannotBeAskedForNames) {
  const std::string rule =
      R"(must be an IP address, with or without a port (such as "192.0.2.53" or "192.0.2.53:5353"))";
  EXPECT_THAT(
      findings_of("settings.dns_servers = ['dns.example.com', '192.0.2.53:99999']\ntargets.a.url = 'https://x'"),
      ElementsAre("f:1:25: settings.dns_servers[0]: " + rule, "f:1:44: settings.dns_servers[1]: " + rule));
}

TEST(Files, WithoutTargetsAreWarnedAbout) {
  EXPECT_THAT(findings_of(""), ElementsAre("f:1:1: warning: targets: there are no targets: nothing will be probed"));
  EXPECT_TRUE(parse("", "f").ok());
}

TEST(Files, AreReportedWithAllThatIsWrongInOrder) {
  const char* text = R"([defaults]
interval = "15"
url = "http://x"

[credentials.a]
kind = "bearer"
token = "hunter2"

[credentials.b]
kind = "basc"

[targets.a]
url = "https://user:hunter2@x/"
expect.statuss = [401]

[targets.b]
credential = "aa"
)";
  EXPECT_THAT(
      findings_of(text),
      ElementsAre(
          "f:2:12: defaults.interval: " + std::string(kDuration),
          "f:3:7: defaults.url: cannot be a default (it is a target's own)",
          "f:5:1: warning: credentials.a: has no owner (name the team that renews it)",
          "f:5:1: warning: credentials.a: no target uses it",
          "f:7:9: credentials.a.token: must be { file = \"path\" }, { env = \"NAME\" } or { value = \"...\" }",
          "f:9:1: warning: credentials.b: no target uses it",
          R"(f:10:8: credentials.b.kind: must be "bearer", "api_key", "url_path", "basic", "digest", )"
          R"("oauth2", "login", "jwt", "aws_sigv4", "hmac", "negotiate", "cookie" or "client_certificate" (did you mean "basic"?))",
          "f:13:7: targets.a.url: must not contain user info (use a credential)",
          "f:14:8: targets.a.expect.statuss: unknown key (did you mean \"status\"?)",
          "f:16:1: targets.b: must have a url",
          "f:17:14: targets.b.credential: no such credential (did you mean \"a\"?)"));
  EXPECT_FALSE(parse(text, "f").ok());
}

TEST(Lint, WarnsWhereACredentialMayLeak) {
  const std::string credential =
      "[credentials.a]\nkind = 'bearer'\ntoken.env = 'T'\nowner = 'x'\n[targets.a]\ncredential = 'a'\n";
  EXPECT_THAT(findings_of(credential + "url = 'http://api.example.com/'"),
              ElementsAre("f:7:7: warning: targets.a.url: sends a credential over plain http (use https)"));
  EXPECT_THAT(
      findings_of(credential + "url = 'https://api.example.com/'\ntls.verify = false"),
      ElementsAre("f:7:7: warning: targets.a.url: sends a credential to a server whose certificate is not verified "
                  "(set tls.ca_file instead of tls.verify = false)"));
  for (const char* local : {"http://localhost:1/", "http://127.0.0.2/", "http://[::1]/", "http://a.localhost/"}) {
    EXPECT_THAT(findings_of(credential + "url = '" + local + "'"), IsEmpty()) << local;
  }
  EXPECT_THAT(findings_of(credential + "url = 'http://x/'\nunix_socket = '/run/x'"), IsEmpty());
  EXPECT_THAT(
      findings_of("[targets.a]\nurl = 'https://x/?page=1&API_KEY=hunter2'"),
      ElementsAre("f:2:7: warning: targets.a.url: seems to have a secret in its query (use a credential of kind "
                  "\"api_key\" with query)"));
  EXPECT_THAT(findings_of("[targets.a]\nurl = 'https://x/bot1102:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/getMe'"),
              ElementsAre("f:2:7: warning: targets.a.url: seems to have a secret in its path (put {key} in its place, "
                          "and use a credential of kind \"url_path\")"));
}

TEST(Lint, WarnsOfSecretsInEveryUrl) {
  const std::string hint =
      " (servers and proxies log URLs: send the secret in a header, in the body, or as a credential)";
  const auto of = [&](const std::string& key) { return ::testing::Contains(HasSubstr(key + hint)); };
  const std::string query = "https://x/?token=hunter2";
  const std::string path = "https://x/bot1102:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/t";
  for (const auto& [url, place] : {std::pair(query, "query"), std::pair(path, "path")}) {
    const std::string rule = std::string(": seems to have a secret in its ") + place;
    EXPECT_THAT(findings_of("[credentials.a]\nkind = 'oauth2'\ntoken_url = '" + url + "'\nclient_id = 'a'\n" +
                            "client_secret = { env = 'A' }"),
                of("credentials.a.token_url" + rule));
    EXPECT_THAT(findings_of("[credentials.a]\nkind = 'login'\nurl = '" + url + "'\ncookie = 'sid'"),
                of("credentials.a.url" + rule));
    const std::string bearer = "[credentials.a]\nkind = 'bearer'\ntoken = { env = 'A' }\n";
    EXPECT_THAT(findings_of(bearer + "expiry_lookup = { url = '" + url + "', json_pointer = '/e' }"),
                of("credentials.a.expiry_lookup.url" + rule));
    EXPECT_THAT(findings_of("[targets.a]\nurl = 'https://x/'\ncontrol_url = '" + url + "'"),
                of("targets.a.control_url" + rule));
  }
}

TEST(Lint, WarnsOfChecksThatCannotHold) {
  EXPECT_THAT(findings_of("[targets.a]\nurl = 'https://x/'\nmethod = 'HEAD'\nexpect.body_matches = 'x'"),
              ElementsAre("f:1:1: warning: targets.a: expects a body, but HEAD gets none"));
}

TEST(Findings, NeverRepeatASecret) {
  const char* text = R"([defaults]
headers = { "Authorization: Bearer hunter2" = "hunter2", Authorization = "hunter2\n", Cookie = 1 }
credential = "hunter2!"
[credentials.a]
kind = "hunter2"
token = ["hunter2"]
key = "hunter2"
password = { value = "hunter2", file = "hunter2" }
username = { valeu = "hunter2" }
cookie = { env = "hunter2-" }
rotation = "hunter2"
expires_at = "hunter2"
header = "hunter2 hunter2"
"hunter2 hunter2" = 1
[targets.a]
url = "https://hunter2@x/?token=hunter2"
credential = "hunter2"
method = "hunter2 "
proxy = "http://hunter2:hunter2@x"
control_url = "hunter2"
ip_version = "hunter2"
expect.status = "hunter2"
expect.json = { pointer = "hunter2" }
resolve = "hunter2"
interval = "hunter2"
)";
  for (const std::string& finding : findings_of(text)) {
    // Only the plain beginning of a key is shown: it is the user's own word for something.
    if (finding.find("\"hunter2...\": unknown key") != std::string::npos) continue;
    EXPECT_THAT(finding, Not(HasSubstr("hunter2")));
  }
}

TEST(Expectations, ThatContradictEachOther) {
  const auto said = [](const std::string& lines, const std::string& url = "https://x") {
    return findings_of("[targets.a]\nurl = '" + url + "'\n" + lines +
                       "\n[credentials.c]\nkind = 'bearer'\ntoken.env = 'T'\nowner = 'x'\n");
  };
  const std::string with_c = "credential = 'c'\n";
  for (const char* status : {"401", "[200, 403]", "'4xx'", "['2xx', '400-407']"}) {
    EXPECT_THAT(said(with_c + "expect.protected = true\nexpect.status = " + status),
                ElementsAre("f:5:17: warning: targets.a.expect.status: has a refusal of access, which contradicts "
                            "expect.protected (expect only what the holder of the credential gets)"))
        << status;
  }
  EXPECT_THAT(said(with_c + "expect.protected = true\nexpect.status = [200, 404]"), IsEmpty());
  const std::string wanted = with_c + "expect.certificate_required = true\n";
  EXPECT_THAT(said(wanted), IsEmpty());
  EXPECT_THAT(
      said(wanted + "expect.status = 401"),
      ElementsAre("f:5:17: warning: targets.a.expect.status: has no effect: with certificate_required, no answer is "
                  "expected"));
  EXPECT_THAT(said(wanted, "http://127.0.0.1"), ElementsAre(HasSubstr("has no effect: the url is http://")));
  EXPECT_THAT(said(wanted + "tls.certificate_file = 'c.pem'"),
              ElementsAre(HasSubstr("has no effect: tls.certificate_file is shown to the server")));
  EXPECT_THAT(findings_of("[targets.a]\nurl = 'https://x'\ncredential = 'c'\nexpect.certificate_required = true\n"
                          "[credentials.c]\nkind = 'client_certificate'\ncertificate.env = 'C'\nowner = 'x'\n"),
              ElementsAre("f:1:1: targets.a.expect.certificate_required: has no effect: its credential has a client "
                          "certificate"));
}

TEST(HttpVersion, TwoIsSeldomSpokenWithoutTls) {
  EXPECT_THAT(findings_of("[targets.a]\nurl = 'http://127.0.0.1'\nhttp_version = '2'\n"),
              ElementsAre(HasSubstr("f:3:16: warning: targets.a.http_version: HTTP/2 with an http:// url")));
  EXPECT_THAT(findings_of("[defaults]\nhttp_version = '2'\n[targets.a]\nurl = 'http://127.0.0.1'\n"),
              ElementsAre(HasSubstr("f:4:7: warning: targets.a.url: HTTP/2 with an http:// url")));
  EXPECT_THAT(findings_of("[targets.a]\nurl = 'https://127.0.0.1'\nhttp_version = '2'\n"), IsEmpty());
}

}  // namespace
}  // namespace authprobe::config
