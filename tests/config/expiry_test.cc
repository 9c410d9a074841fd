// What a credential's table says about its end: values, rules in their exact words, and the way back to TOML.
#include <gmock/gmock.h>

#include "exporter/config/redacted_toml.h"
#include "tests/config/config_files.h"

namespace authprobe::config {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kBearer = "[credentials.a]\nkind = 'bearer'\ntoken.env = 'T'\nowner = 'x'\n";
const std::string kEnd = "\n[targets.t]\nurl = 'https://x'\ncredential = 'a'\n";

// The credential with `lines`, which must be fine.
Credential credential_with(const std::string& lines) {
  const LoadResult result = parse(kBearer + lines + kEnd, "f");
  EXPECT_THAT(config_test::lines_of(result.findings), IsEmpty());
  return result.config.credentials.at(0);
}

TEST(Expiry, IsReadAsItIsWritten) {
  const ExpiryRules rules = credential_with(
                                "issued_at = 2026-10-31\nmax_age = '90d'\nwarn_before = '10d'\n"
                                "critical_before = '1d'\nexpiry_header = { name = 'X-Ends', format = 'unix_ms' }\n"
                                "introspection = { url = 'https://idp/introspect', interval = '1m' }\n")
                                .expiry;
  EXPECT_EQ(rules.issued_at, std::chrono::sys_days(std::chrono::year(2026) / 10 / 31));
  EXPECT_EQ(rules.max_age, std::chrono::hours(90 * 24));
  EXPECT_EQ(rules.warn_before, std::chrono::hours(10 * 24));
  EXPECT_EQ(rules.critical_before, 24h);
  EXPECT_EQ(rules.header, (ExpiryHeader{"X-Ends", TimeFormat::unix_milliseconds}));
  EXPECT_EQ(rules.introspection, (Introspection{wire::Url("https://idp/introspect"), "", 1min}));
  EXPECT_EQ(credential_with("expiry_header = 'X-Ends'").expiry.header, (ExpiryHeader{"X-Ends", TimeFormat::automatic}));
  EXPECT_TRUE(credential_with("sliding = true").expiry.sliding);
}

TEST(Expiry, AnOldValueMayLiveForAWhile) {
  EXPECT_EQ(credential_with("retire = '7d'\nexpires_at = 'never'").retire, std::chrono::hours(7 * 24));
  EXPECT_THAT(config_test::lines_of(
                  parse("[credentials.a]\nkind = 'oauth2'\ntoken_url = 'https://idp/token'\nclient_id = 'x'\n"
                        "client_secret.env = 'T'\nowner = 'x'\nretire = '7d'\n[targets.t]\nurl = 'https://x'\n"
                        "credential = 'a'\n",
                        "f")
                      .findings),
              ElementsAre(HasSubstr("credentials.a.retire: is for a secret that is sent to the targets itself")));
}

TEST(ExpiryLookup, MayBeAQuestion) {
  const ExpiryLookup lookup = credential_with(
                                  "expiry_lookup = { url = 'https://api/graphql', method = 'POST', "
                                  "body = '{\"query\":\"{me{end}}\"}', json_pointer = '/data/me/end' }")
                                  .expiry.lookup;
  EXPECT_EQ(lookup.method, "POST");
  EXPECT_EQ(lookup.body, R"({"query":"{me{end}}"})");
}

TEST(Expiry, NeverIsNotWarnedOfAndNotAskedFor) {
  const auto warnings = [](const std::string& lines) {
    return config_test::lines_of(parse(kBearer + "expires_at = 'never'\n" + lines + kEnd, "f").findings);
  };
  EXPECT_THAT(warnings(""), IsEmpty());
  EXPECT_THAT(warnings("warn_before = '9d'\nrenewed = 'automatically'"),
              ElementsAre("f:6:15: warning: credentials.a.warn_before: has no effect: the credential never expires",
                          "f:7:11: warning: credentials.a.renewed: has no effect: the credential never expires"));
  EXPECT_THAT(
      warnings("warn_before = '9d'\nexpiry_header = 'X-Ends'"),
      ElementsAre("f:7:17: warning: credentials.a.expiry_header: contradicts expires_at = \"never\" (remove one "
                  "of the two; an expiry that is reported counts)"));
}

TEST(ExpiryLookup, PresetsSayWhereAndWhat) {
  const auto lookup = [](const std::string& table) {
    return credential_with("expiry_lookup = { " + table + " }").expiry.lookup;
  };
  EXPECT_EQ(lookup("preset = 'gitlab'"),
            (ExpiryLookup{wire::Url("https://gitlab.com/api/v4/personal_access_tokens/self"), "/expires_at", "",
                          "/created_at", "/scopes", "/id", "", usual_active_states(), "", "", TimeFormat::automatic, 1h,
                          "GET", ""}));
  EXPECT_EQ(lookup("url = 'https://git.example.com/api/v4/personal_access_tokens/self', preset = 'gitlab'").url.text(),
            "https://git.example.com/api/v4/personal_access_tokens/self");
  EXPECT_EQ(lookup("preset = 'vault', url = 'https://v/v1/auth/token/lookup-self'").json_pointer, "/data/expire_time");
  EXPECT_EQ(lookup("preset = 'cloudflare'").json_pointer, "/result/expires_on");
  EXPECT_EQ(lookup("preset = 'fastly', interval = '1d'").interval, 24h);
  EXPECT_EQ(lookup("preset = 'github'").header, "GitHub-Authentication-Token-Expiration");
  EXPECT_EQ(lookup("preset = 'github', json_pointer = '/end'").header, "");
  EXPECT_EQ(lookup("preset = 'gitlab', header = 'X-End'").json_pointer, "");
}

TEST(ExpiryLookup, ANameIsThatOfAProvider) {
  const auto lookup = [](const std::string& text) { return credential_with("expiry_lookup = " + text).expiry.lookup; };
  for (const char* name : {"gitlab", "cloudflare", "fastly", "github", "vercel"}) {
    EXPECT_EQ(lookup("'" + std::string(name) + "'"), lookup("{ preset = '" + std::string(name) + "' }")) << name;
    EXPECT_FALSE(lookup("'" + std::string(name) + "'").url.empty()) << name;
  }
  EXPECT_EQ(lookup("'github'").url.text(), "https://api.github.com/user");
}

TEST(ExpiryLookup, ANameHasTheVariablesOfTheCredentialsProvider) {
  const std::string text =
      "[credentials.a]\nprovider = 'gitlab'\nhost = 'git.example.com'\nkey.env = 'K'\nowner = 'x'\n";
  EXPECT_EQ(parse(text + "expiry_lookup = 'gitlab'", "f").config.credentials.at(0).expiry.lookup.url.text(),
            "https://git.example.com/api/v4/personal_access_tokens/self");
  EXPECT_EQ(parse(text + "expiry_lookup = { preset = 'gitlab', interval = '2h' }", "f")
                .config.credentials.at(0)
                .expiry.lookup.url.text(),
            "https://git.example.com/api/v4/personal_access_tokens/self");
}

struct Case {
  const char* line;  // the fifth
  const char* finding;
};
class ExpiryRule : public ::testing::TestWithParam<Case> {};

TEST_P(ExpiryRule, IsReported) {
  EXPECT_THAT(config_test::findings_of(kBearer + GetParam().line + kEnd), ElementsAre(HasSubstr(GetParam().finding)));
}

INSTANTIATE_TEST_SUITE_P(
    Table, ExpiryRule,
    ::testing::Values(
        Case{"issued_at = '2026-10-31'", "f:5:13: credentials.a.issued_at: must be a date (such as 2026-10-31"},
        Case{"max_age = '90d'", "f:5:11: credentials.a.max_age: needs issued_at (max_age counts from it)"},
        Case{"issued_at = 2026-10-31\nmax_age = '90d'\nexpires_at = 2027-01-31",
             "credentials.a: must have only one of expires_at and max_age"},
        Case{"sliding = 1", "f:5:11: credentials.a.sliding: must be true or false"},
        Case{"sliding = true\nexpires_at = 2027-01-31", "credentials.a.sliding: cannot be combined with expires_at"},
        Case{"sliding = true\nexpires_at = 'never'", "credentials.a.sliding: cannot be combined with expires_at"},
        Case{"sliding = true\nissued_at = 2026-10-31\nmax_age = '1d'",
             "f:7:11: credentials.a.max_age: has no effect: with sliding, each use extends the expiry"},
        Case{"sliding = true\nwarn_before = '1d'",
             "f:6:15: credentials.a.warn_before: has no effect: there are no warnings for a sliding expiry"},
        Case{"sliding = true\ncritical_before = '1d'",
             "f:6:19: credentials.a.critical_before: has no effect: there are no warnings for a sliding expiry"},
        Case{"expiry_lookup = { preset = 'github', json_pointer = '/x', header = 'X' }",
             "credentials.a.expiry_lookup: must have one of json_pointer and header"},
        Case{"warn_before = '1d'\ncritical_before = '2d'",
             "f:6:19: credentials.a.critical_before: must not be longer than warn_before"},
        Case{"warn_before = 14", "credentials.a.warn_before: must be a duration"},
        Case{"expiry_header = { format = 'unix' }", "credentials.a.expiry_header: must have name"},
        Case{"expiry_header = { name = 'X', format = 'iso' }",
             "expiry_header.format: must be \"auto\", \"unix\", \"unix_ms\" or \"seconds\""},
        Case{"expiry_lookup = { json_pointer = '/x' }", "credentials.a.expiry_lookup: must have url (or a preset)"},
        Case{"expiry_lookup = { preset = 'vault' }",
             "credentials.a.expiry_lookup: must have url (the one of your own server)"},
        Case{"expiry_lookup = 'vault'",
             "f:5:17: credentials.a.expiry_lookup: must have url (the one of your own server)"},
        Case{"expiry_lookup = 'gitlib'", "credentials.a.expiry_lookup: no such provider (did you mean \"gitlab\"?)"},
        Case{"expiry_lookup = 'stripe'", "f:5:17: credentials.a.expiry_lookup: has no expiry lookup (expires_at, or"},
        Case{"expiry_lookup = 3", "credentials.a.expiry_lookup: must be a table"},
        Case{"expiry_lookup = { url = 'https://x' }",
             "credentials.a.expiry_lookup: must have one of json_pointer and header"},
        Case{"expiry_lookup = { url = 'https://x', json_pointer = '/x', rows_pointer = '/y' }",
             "credentials.a.expiry_lookup: must have both or none of rows_pointer and secret_pointer"},
        Case{"expiry_lookup = { url = 'https://x', json_pointer = '/x', active_states = 'on' }",
             "credentials.a.expiry_lookup.active_states: has no effect without state_pointer"},
        Case{"expiry_lookup = { preset = 'gitlib' }", "(did you mean \"gitlab\"?)"},
        Case{"expiry_lookup = { preset = 'github', interval = '1s' }",
             "expiry_lookup.interval: must be from 10s to 7d"},
        Case{"expiry_lookup = { preset = 'github', url = 'http://x' }",
             "f:5:44: warning: credentials.a.expiry_lookup.url: sends a credential over plain http (use https)"},
        Case{"expiry_lookup = { preset = 'github', json_pointer = 'x' }", "must be a JSON pointer"},
        Case{"introspection = { interval = '1m' }", "credentials.a.introspection: must have url"},
        Case{"introspection = { url = 'https://x', credential = 'b' }",
             "f:5:51: credentials.a.introspection.credential: no such credential"},
        Case{"introspection = { url = 'https://x', credential = 'a' }",
             "introspection.credential: cannot be the credential itself (leave it out)"},
        Case{"token_issuer = 'login.example.com'", "f:5:16: credentials.a.token_issuer: must be an absolute URL"},
        Case{"token_issuer = 'https://idp/?tenant=a'",
             "credentials.a.token_issuer: must not have a query (RFC 8414, section 2)"},
        Case{"token_issuer = 'http://idp.example.com'",
             "warning: credentials.a.token_issuer: is asked over plain http (use https)"},
        Case{"token_issuer = { jwks_url = 'https://idp/keys' }", "credentials.a.token_issuer: must have url"},
        Case{"token_issuer = { url = 'https://idp', jwks = 'https://idp/keys' }",
             "credentials.a.token_issuer.jwks: unknown key (known keys: \"url\" or \"jwks_url\")"},
        Case{"required_scopes = 'read write'", "credentials.a.required_scopes: must be one scope"},
        Case{"required_scopes = ['a', 'b']\nallowed_scopes = 'a'",
             "f:5:19: credentials.a.required_scopes: must be among allowed_scopes"}));

TEST(Expiry, OnlyTokensAreIntrospected) {
  EXPECT_THAT(config_test::findings_of("[credentials.a]\nkind = 'api_key'\nkey.env = 'K'\nowner = 'x'\nexpires_at = "
                                       "'never'\nintrospection = { url = 'https://x' }\n" +
                                       kEnd),
              ElementsAre(HasSubstr("credentials.a.introspection: is not a key of kind \"api_key\"")));
}

TEST(TokenIssuer, IsAUrlOrATable) {
  EXPECT_EQ(credential_with("token_issuer = 'https://idp/a'").issuer, (TokenIssuer{wire::Url("https://idp/a"), {}}));
  EXPECT_EQ(credential_with("token_issuer = { url = 'https://idp', jwks_url = 'https://keys/?v=3' }").issuer,
            (TokenIssuer{wire::Url("https://idp"), wire::Url("https://keys/?v=3")}));
  EXPECT_TRUE(credential_with("").issuer.url.empty());
}

TEST(TokenIssuer, OnlyWhatMayBeAJwtHasOne) {
  EXPECT_THAT(config_test::findings_of("[credentials.a]\nkind = 'cookie'\ncookie.env = 'K'\nowner = 'x'\nexpires_at = "
                                       "'never'\ntoken_issuer = 'https://x'\n" +
                                       kEnd),
              ElementsAre(HasSubstr("credentials.a.token_issuer: is not a key of kind \"cookie\"")));
}

TEST(Expiry, AnIntrospectorIsUsed) {
  const std::string text = kBearer + "introspection = { url = 'https://x', credential = 'b' }\n" +
                           "[credentials.b]\nkind = 'basic'\nusername = 'c'\npassword.env = 'S'\nowner = 'x'\n"
                           "expires_at = 'never'\n" +
                           kEnd;
  EXPECT_THAT(config_test::findings_of(text), IsEmpty());
}

TEST(Expiry, IsShownAsItWasRead) {
  for (const std::string lines :
       {"issued_at = 2026-10-31\nmax_age = '90d'\nwarn_before = '10d'\ncritical_before = '1d'",
        "sliding = true\nexpiry_header = { name = 'X', format = 'seconds' }",
        "expiry_lookup = { preset = 'gitlab', interval = '2h' }\nrequired_scopes = ['a']\nallowed_scopes = ['a', 'b']",
        "introspection = { url = 'https://idp/introspect', interval = '30s' }\ntimeout = '3s'",
        "token_issuer = { url = 'https://idp/a', jwks_url = 'https://idp/keys' }\ntimeout = '3s'"}) {
    const LoadResult original = parse(kBearer + lines + kEnd, "f");
    const std::string shown = redacted_toml(original.config);
    EXPECT_EQ(parse(shown, "f").config.credentials, original.config.credentials) << shown;
  }
}

TEST(Expiry, QueriesOfUrlsAreNotShown) {
  const LoadResult result = parse(kBearer +
                                      "expiry_lookup = { url = 'https://x/?k=hunter2', header = 'X' }\n"
                                      "introspection = { url = 'https://x/?k=hunter2' }" +
                                      kEnd,
                                  "f");
  EXPECT_THAT(redacted_toml(result.config), Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace authprobe::config
