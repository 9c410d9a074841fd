// Providers: their files, what they fill in, and what the user has to give.
#include "exporter/config/provider.h"

#include <gmock/gmock.h>

#include "exporter/config/hosts.h"
#include "exporter/config/redacted_toml.h"
#include "exporter/providers/embedded.h"
#include "tests/config/config_files.h"

namespace authprobe::config {
namespace {

using config_test::ConfigFiles;
using config_test::lines_of;
using config_test::target_of;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

const std::string kGithub = "[credentials.ci]\nprovider = 'github'\ntoken.file = 't'\n";

std::vector<std::string> provider_errors(const std::string& text) {
  std::vector<std::string> errors;
  for (const Finding& finding : parse(text, "f").findings) {
    if (finding.severity == Finding::Severity::error) errors.push_back(to_string(finding));
  }
  return errors;
}

Credential first_credential(const std::string& text) {
  EXPECT_THAT(provider_errors(text), IsEmpty());
  return parse(text, "f").config.credentials.at(0);
}

// What a user gives a provider: each secret, each variable that has no usual value.
std::string block_for(const Provider& provider) {
  std::string text = "[credentials.c]\nprovider = '" + provider.name + "'\n";
  for (const std::string& secret : provider.secrets) text += secret + ".file = 's'\n";
  for (const ProviderVariable& variable : provider.variables) {
    if (!variable.usual) text += variable.name + " = 'mine.example.com'\n";
  }
  return text;
}

TEST(BuiltInProviders, KeepTheFormat) {
  Providers providers;
  EXPECT_GE(providers.names().size(), 40u);
  for (const std::string& name : providers.names()) {
    for (const providers::File& file : providers::embedded()) {
      if (file.name != name) continue;
      Findings findings;
      Patterns patterns;
      read_provider(name, file.text, name + ".toml", findings, patterns);
      EXPECT_THAT(lines_of(findings.sorted()), IsEmpty());
    }
  }
}

TEST(BuiltInProviders, AreAMonitorOfAFewLines) {
  Providers providers;
  for (const std::string& name : providers.names()) {
    const Provider& provider = *providers.find(name);
    const std::string text = block_for(provider);
    EXPECT_THAT(provider_errors(text), IsEmpty()) << text;
    const LoadResult result = parse(text, "f");
    ASSERT_EQ(result.config.targets.size(), 1u) << text;
    const Target& target = result.config.targets[0];
    EXPECT_EQ(target.name, "c");
    EXPECT_TRUE(target.url.https()) << name;
    EXPECT_TRUE(is_home(result.config.credentials[0], target.url)) << name;
    EXPECT_FALSE(result.config.credentials[0].hosts.empty()) << name;
  }
}

TEST(BuiltInProviders, NameTheirSources) {
  Providers providers;
  for (const std::string& name : providers.names()) {
    for (const ProviderFact& fact : providers.find(name)->facts) {
      EXPECT_TRUE(fact.mark == FactMark::believed || !fact.source.empty()) << name << ": " << fact.about;
    }
  }
}

TEST(Provider, FillsInTheCredentialAndMakesItsTarget) {
  const Credential credential = first_credential(kGithub);
  EXPECT_EQ(to_string(credential.kind), "bearer");
  EXPECT_THAT(credential.hosts, ElementsAre("api.github.com"));
  EXPECT_THAT(credential.provider.keys, ElementsAre("expiry_header", "hosts", "kind", "rotation"));
  const Target target = target_of(kGithub, "ci");
  EXPECT_EQ(target.url.text(), "https://api.github.com/user");
  EXPECT_EQ(target.interval, std::chrono::minutes(1));
  EXPECT_EQ(target.credential, "ci");
}

TEST(Provider, YieldsToEveryKeyOfTheUsers) {
  const std::string text = kGithub +
                           "host = 'github.example.com'\npath = '/api/v3'\nrotation = 'https://wiki.example.com/'\n"
                           "[targets.mine]\ncredential = 'ci'\ninterval = '5m'\nheaders.X-Extra = '1'\n";
  const LoadResult result = parse(text, "f");
  EXPECT_THAT(provider_errors(text), IsEmpty());
  ASSERT_EQ(result.config.targets.size(), 1u);
  const Target& target = result.config.targets[0];
  EXPECT_EQ(target.name, "mine");
  EXPECT_EQ(target.url.text(), "https://github.example.com/api/v3/user");
  EXPECT_EQ(target.interval, std::chrono::minutes(5));
  EXPECT_EQ(target.headers.size(), 2u);
  EXPECT_EQ(result.config.credentials[0].rotation, "https://wiki.example.com/");
}

TEST(Provider, MakesNoTargetWhereSomethingUsesTheCredential) {
  const std::string own = "[targets.other]\nurl = 'https://api.github.com/repos/a/b'\ncredential = 'ci'\n";
  const LoadResult result = parse(kGithub + own, "f");
  ASSERT_EQ(result.config.targets.size(), 1u);
  EXPECT_EQ(result.config.targets[0].url.text(), "https://api.github.com/repos/a/b");
}

TEST(Provider, OfAnotherKindLosesWhatIsOnlyOfItsOwn) {
  const Credential credential =
      first_credential("[credentials.a]\nprovider = 'gitlab'\nkind = 'bearer'\ntoken.file = 't'\n");
  EXPECT_EQ(std::get<Bearer>(credential.kind).token.text, "t");
}

TEST(Provider, AsksForWhatIsMissingByItsName) {
  EXPECT_THAT(provider_errors("[credentials.a]\nprovider = 'githab'\n"),
              ElementsAre("f:2:12: credentials.a.provider: no such provider (did you mean \"github\"?)"));
  EXPECT_THAT(provider_errors("[credentials.a]\nprovider = 'github'\n"),
              ElementsAre(StartsWith("f:2:12: credentials.a.provider: needs token")));
  EXPECT_THAT(provider_errors("[credentials.a]\nprovider = 'okta'\nkey.file = 'k'\n"),
              ElementsAre("f:2:12: credentials.a.provider: needs host (your organization, such as example.okta.com)"));
  EXPECT_THAT(provider_errors(kGithub + "[targets.ci]\nurl = 'https://x.example'\n"),
              ElementsAre(StartsWith("f:2:12: credentials.ci.provider: makes a target of the credential's name")));
}

TEST(Provider, ErrorsInWhatItFillsInAreAtItsKey) {
  EXPECT_THAT(provider_errors(kGithub + "host = 'no host'\n"), Contains(StartsWith("f:2:12: targets.ci.url: ")));
}

TEST(Provider, IsShownWithWhatItFilledIn) {
  const LoadResult result = parse(kGithub, "f");
  const std::string shown = redacted_toml(result.config);
  EXPECT_THAT(shown, HasSubstr("provider = \"github\""));
  EXPECT_THAT(shown, HasSubstr("hosts = [\"api.github.com\"]"));
  EXPECT_THAT(shown, HasSubstr("url = \"https://api.github.com/user\""));
  const LoadResult again = parse(shown, "f");
  EXPECT_TRUE(again.ok()) << ::testing::PrintToString(lines_of(again.findings));
  EXPECT_EQ(redacted_toml(again.config), shown);
}

const std::string kOwn = R"(title = "Acme"
covers = "keys"
needs = "none"
secrets = ["key"]
[variables]
org = { about = "your organization" }
[credential]
kind = "api_key"
hosts = ["{org}.acme.example"]
[target]
url = "https://{org}.acme.example/me"
[answers]
good = { status = 200 }
[facts]
auth = "believed"
probe = "https://acme.example/docs"
refusals = "believed: https://acme.example/errors"
)";

TEST(OwnProviders, AreRead) {
  const ConfigFiles files;
  files.write("providers/acme.toml", kOwn);
  const std::string path = files.write(
      "f.toml",
      "settings.providers = ['providers/*.toml']\n[credentials.a]\nprovider = 'acme'\nkey.file = 'k'\norg = 'x'\n");
  const LoadResult result = load(path);
  EXPECT_TRUE(result.ok()) << ::testing::PrintToString(lines_of(result.findings));
  ASSERT_EQ(result.config.targets.size(), 1u);
  EXPECT_EQ(result.config.targets[0].url.text(), "https://x.acme.example/me");
}

// An end in a header of answers is read whoever says that it is there: the built-in files, or the user's.
TEST(OwnProviders, HeadersWithAnExpiryAreKnownOfEveryCredential) {
  const ConfigFiles files;
  std::string acme = kOwn;
  acme.replace(acme.find("hosts = "), 0, "expiry_header = { name = \"X-Acme-Ends\", format = \"unix\" }\n");
  files.write("providers/acme.toml", acme);
  const std::string path = files.write("f.toml",
                                       "settings.providers = ['providers/*.toml']\n[credentials.a]\nkind = 'bearer'\n"
                                       "token.value = 'a-token-of-mine'\n");
  const LoadResult result = load(path);
  ASSERT_TRUE(result.ok()) << ::testing::PrintToString(lines_of(result.findings));
  EXPECT_THAT(result.config.credentials[0].services->expiry_headers,
              ::testing::IsSupersetOf({ExpiryHeader{"X-Acme-Ends", TimeFormat::unix_seconds},
                                       ExpiryHeader{"GitHub-Authentication-Token-Expiration", TimeFormat::automatic}}));
}

// One line of the file changed: the error that comes.
std::string error_with(const std::string& line, const std::string& other) {
  std::string text = kOwn;
  text.replace(text.find(line), line.size(), other);
  Findings findings;
  Patterns patterns;
  read_provider("acme", text, "acme.toml", findings, patterns);
  const auto all = lines_of(findings.sorted());
  return all.empty() ? "" : all.front();
}

TEST(OwnProviders, ErrorsHaveFileLineAndRule) {
  EXPECT_EQ(error_with("needs = \"none\"\n", ""), "acme.toml:1:1: must have needs");
  EXPECT_EQ(error_with("needs =", "neets ="), "acme.toml:1:1: must have needs");
  EXPECT_EQ(error_with("auth = \"believed\"\n", "auth = \"somewhere\"\n"),
            "acme.toml:15:8: facts.auth: must be the address of a document (https://...), \"verified 2026-11-28: "
            "https://...\", \"believed\" or \"believed: https://...\"");
  EXPECT_EQ(error_with("auth = \"believed\"\n", "auth = \"verified 2026-11-28: https://acme.example/docs\"\n"), "");
  EXPECT_THAT(error_with("auth = \"believed\"\n", "auth = \"verified lately: https://acme.example/docs\"\n"),
              HasSubstr("must be the address of a document"));
  EXPECT_EQ(error_with("{org}.acme.example/me", "{orga}.acme.example/me"),
            "acme.toml:11:7: target.url: has {orga}, which is not one of variables");
  EXPECT_EQ(error_with("org = {", "owner = { about = 'a' }\norg = {"),
            "acme.toml:6:9: variables.owner: has the name of a key of credentials (choose another name)");
  EXPECT_EQ(error_with("good =", "fine ="),
            "acme.toml:13:1: answers.fine: unknown key (write names with dots in quotes)");
}

std::string with_hosts(const std::string& hosts, const std::string& rest) {
  return "[credentials.c]\nkind = 'bearer'\ntoken.file = 't'\nhosts = " + hosts + "\n" + rest;
}

const std::string kTarget = "[targets.a]\ncredential = 'c'\n";

TEST(Hosts, HoldForTargets) {
  EXPECT_THAT(provider_errors(with_hosts("'api.example.com'", kTarget + "url = 'https://api.example.com/'\n")),
              IsEmpty());
  EXPECT_THAT(provider_errors(with_hosts("'*.example.com'", kTarget + "url = 'https://a.b.EXAMPLE.com/'\n")),
              IsEmpty());
  EXPECT_THAT(provider_errors(with_hosts("'*.example.com'", kTarget + "url = 'https://example.com/'\n")),
              ElementsAre("f:5:1: targets.a.url: is at example.com, where credentials.c must not be sent (its hosts: "
                          "*.example.com)"));
  EXPECT_THAT(provider_errors(with_hosts("'example.com'", kTarget + "url = 'https://badexample.com/'\n")),
              ::testing::SizeIs(1));
  EXPECT_THAT(provider_errors(with_hosts("'example.com'", kTarget + "url = 'https://example.com.evil.example/'\n")),
              ::testing::SizeIs(1));
  EXPECT_THAT(provider_errors(with_hosts("'example.com:8443'", kTarget + "url = 'https://example.com/'\n")),
              ::testing::SizeIs(1));
}

TEST(Hosts, HoldForEveryRequestThatCarriesTheCredential) {
  const std::string home = kTarget + "url = 'https://example.com/'\n";
  EXPECT_THAT(provider_errors(with_hosts(
                  "'example.com'", "expiry_lookup = { url = 'https://x.example/', json_pointer = '/e' }\n" + home)),
              ElementsAre(HasSubstr("credentials.c.expiry_lookup.url: is at x.example")));
  EXPECT_THAT(provider_errors(with_hosts("'example.com'", "introspection.url = 'https://x.example/'\n" + home)),
              ElementsAre(HasSubstr("credentials.c.introspection.url: is at x.example")));
  EXPECT_THAT(provider_errors("[credentials.c]\nkind = 'oauth2'\nclient_id = 'i'\nclient_secret.file = 's'\nhosts = "
                              "'example.com'\ntoken_url = 'https://x.example/'\n" +
                              home),
              ElementsAre(HasSubstr("credentials.c.token_url: is at x.example")));
  EXPECT_THAT(provider_errors(with_hosts("'example.com'",
                                         "next = 'n'\n[credentials.n]\nkind = 'bearer'\ntoken.file = 't'\nhosts = "
                                         "'other.example'\n" +
                                             home)),
              ElementsAre(HasSubstr("where credentials.n must not be sent")));
}

TEST(Hosts, HoldWhereTheConnectionIsLedElsewhere) {
  const std::string home = kTarget + "url = 'https://example.com/'\n";
  const std::string resolve = "resolve = 'example.com:443:192.0.2.1'\n";
  EXPECT_THAT(provider_errors(with_hosts("'example.com'", home + resolve)),
              IsEmpty());  // the certificate proves the host
  EXPECT_THAT(provider_errors(with_hosts("'example.com'", home + resolve + "tls.verify = false\n")),
              ElementsAre(HasSubstr("resolve leads to an address that does not have to prove")));
  EXPECT_THAT(provider_errors(with_hosts("'example.com'", home + "tls.server_name = 'x.example'\n")),
              ElementsAre(HasSubstr("tls.server_name lets another host answer")));
}

TEST(Hosts, ArePatternsOfHosts) {
  for (const char* wrong :
       {"*", "*.com", "*.co.uk", "https://example.com", "example.com/x", "a b", "*.192.0.2.1", ""}) {
    EXPECT_NE(host_pattern_problem(wrong), "") << wrong;
  }
  for (const char* right :
       {"example.com", "*.example.co.uk", "192.0.2.1", "[2001:db8::1]:443", "2001:db8::1", "localhost:8443"}) {
    EXPECT_EQ(host_pattern_problem(right), "") << right;
  }
}

}  // namespace
}  // namespace authprobe::config
