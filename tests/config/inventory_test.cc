// `[inventories.NAME]`: which list is asked for, with which variables, and what the user has to give.
#include <gmock/gmock.h>

#include "exporter/config/provider.h"
#include "exporter/config/redacted_toml.h"
#include "exporter/config/shard.h"
#include "tests/config/config_files.h"

namespace authprobe::config {
namespace {

using config_test::ConfigFiles;
using config_test::findings_of;
using config_test::lines_of;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kAdmin =
    "[credentials.admin]\nprovider = 'gitlab'\nhost = 'git.example.com'\nkey.file = 'k'\nowner = 'o'\n";
const std::string kGroup = "[inventories.i]\nprovider = 'gitlab'\ngroup = '7'\ncredential = 'admin'\n";

std::vector<std::string> inventory_errors(const std::string& text) {
  std::vector<std::string> errors;
  for (const Finding& finding : parse(text, "f").findings) {
    if (finding.severity == Finding::Severity::error) errors.push_back(to_string(finding));
  }
  return errors;
}

Inventory inventory_of(const std::string& text) {
  const LoadResult result = parse(text, "f");
  EXPECT_TRUE(result.ok()) << ::testing::PrintToString(lines_of(result.findings));
  return result.config.inventories.at(0);
}

TEST(Inventory, HasTheFirstListAndTheCredentialsHost) {
  const Inventory inventory = inventory_of(kAdmin + kGroup);
  EXPECT_EQ(inventory.list->name, "group-tokens");
  ASSERT_EQ(inventory.list->steps.size(), 1u);
  EXPECT_EQ(inventory.list->steps[0].url, "https://git.example.com/api/v4/groups/7/access_tokens?per_page=100");
  EXPECT_EQ(inventory.list->steps[0].sample.host(), "git.example.com");
  EXPECT_EQ(inventory.interval, std::chrono::hours(1));
  EXPECT_EQ(inventory.max_entries, 10'000);
  EXPECT_EQ(inventory.connection->mode, ConnectionMode::reuse);
}

TEST(Inventory, ItsOwnVariableGoesFirst) {
  EXPECT_EQ(
      inventory_of(kAdmin + "[inventories.i]\nprovider = 'gitlab'\nlist = 'instance-tokens'\ncredential = 'admin'\n")
          .list->steps[0]
          .sample.host(),
      "git.example.com");
  const std::string key = "[credentials.k]\nkind = 'api_key'\nheader = 'PRIVATE-TOKEN'\nkey.file = 'k'\n";
  EXPECT_EQ(
      inventory_of(key + "[inventories.i]\nprovider = 'gitlab'\nlist = 'instance-tokens'\nhost = 'own.example.com'\n"
                         "credential = 'k'\n")
          .list->steps[0]
          .sample.host(),
      "own.example.com");
}

TEST(Inventory, StepsKeepTheNamesThatAnswersGive) {
  const Inventory inventory = inventory_of(
      "[credentials.g]\nprovider = 'grafana'\nhost = 'g.example.com'\ntoken.file = 't'\n"
      "[inventories.i]\nprovider = 'grafana'\ncredential = 'g'\n");
  ASSERT_EQ(inventory.list->steps.size(), 2u);
  EXPECT_EQ(inventory.list->steps[1].url, "https://g.example.com/api/serviceaccounts/{account}/tokens");
  EXPECT_EQ(inventory.list->steps[1].sample.text(), "https://g.example.com/api/serviceaccounts/x/tokens");
}

TEST(Inventory, TheCredentialKeepsItsTarget) {
  const LoadResult result = parse(kAdmin + kGroup, "f");
  ASSERT_EQ(result.config.targets.size(), 1u);
  EXPECT_EQ(result.config.targets[0].name, "admin");
}

TEST(Inventory, UsesItsCredential) {
  const std::string bearer = "[credentials.b]\nkind = 'bearer'\ntoken.file = 't'\nowner = 'o'\nexpires_at = 'never'\n";
  EXPECT_THAT(findings_of(bearer), Contains(HasSubstr("no target uses it")));
  EXPECT_THAT(findings_of(bearer + "[inventories.i]\nprovider = 'gitlab'\ngroup = '7'\ncredential = 'b'\n"), IsEmpty());
}

TEST(Inventory, SaysWhatIsMissing) {
  EXPECT_THAT(inventory_errors(kAdmin + "[inventories.i]\ncredential = 'admin'\n"),
              ElementsAre(HasSubstr("inventories.i: must have provider")));
  EXPECT_THAT(inventory_errors(kAdmin + "[inventories.i]\nprovider = 'gitlab'\ngroup = '7'\n"),
              ElementsAre(HasSubstr("must have credential")));
  EXPECT_THAT(inventory_errors(kAdmin + "[inventories.i]\nprovider = 'gitlab'\ncredential = 'admin'\n"),
              ElementsAre(HasSubstr("inventories.i.provider: needs group")));
  EXPECT_THAT(inventory_errors(kAdmin + "[inventories.i]\nprovider = 'stripe'\ncredential = 'admin'\n"),
              ElementsAre(HasSubstr("has no list of its secrets")));
  EXPECT_THAT(inventory_errors(kAdmin + "[inventories.i]\nprovider = 'gitlap'\ncredential = 'admin'\n"),
              ElementsAre(HasSubstr("no such provider (did you mean \"gitlab\"?)")));
  EXPECT_THAT(inventory_errors(kAdmin + kGroup + "list = 'all'\n"),
              ElementsAre(HasSubstr("no such list (the provider has group-tokens, project-tokens, instance-tokens)")));
  EXPECT_THAT(inventory_errors(kGroup), ElementsAre(HasSubstr("inventories.i.credential: no such credential")));
}

TEST(Inventory, RefusesKeysAndValues) {
  EXPECT_THAT(inventory_errors(kAdmin + kGroup + "intervall = '1h'\n"),
              ElementsAre(HasSubstr("did you mean \"interval\"")));
  EXPECT_THAT(inventory_errors(kAdmin + kGroup + "project = '7'\n"), ElementsAre(HasSubstr("unknown key")));
  EXPECT_THAT(inventory_errors(kAdmin + kGroup + "warn_before = '1d'\ncritical_before = '2d'\n"),
              ElementsAre(HasSubstr("must not be longer than warn_before")));
  EXPECT_THAT(inventory_errors(kAdmin + kGroup + "max_entries = 0\n"), ElementsAre(HasSubstr("max_entries")));
  EXPECT_THAT(inventory_errors(
                  kAdmin + "[inventories.i]\nprovider = 'gitlab'\ngroup = '7'\nhost = 'a b'\ncredential = 'admin'\n"),
              ElementsAre(HasSubstr("its variables make no URL")));
  EXPECT_THAT(inventory_errors(kAdmin + kGroup + kGroup), Not(IsEmpty()));
}

TEST(Inventory, ACredentialStaysAtHome) {
  EXPECT_THAT(
      inventory_errors(kAdmin + kGroup + "host = 'other.example.com'\n"),
      ElementsAre(HasSubstr("inventories.i: is at other.example.com, where credentials.admin must not be sent")));
}

TEST(Inventory, TakesNoCredentialOfAPath) {
  EXPECT_THAT(
      inventory_errors(
          "[credentials.p]\nkind = 'url_path'\nkey.file = 'k'\n[targets.t]\nurl = 'https://a.example.com/{key}'\n"
          "credential = 'p'\n[inventories.i]\nprovider = 'gitlab'\ngroup = '7'\ncredential = 'p'\n"),
      ElementsAre(HasSubstr("is sent in the path of a url")));
}

TEST(Inventory, IsShownAsItIsWritten) {
  const std::string shown = redacted_toml(parse(kAdmin + kGroup, "f").config);
  EXPECT_THAT(shown, HasSubstr("[inventories.i]\ngroup = \"7\"\nprovider = \"gitlab\"\n"));
}

TEST(Inventory, IsReadByOneShard) {
  int kept = 0;
  for (std::uint32_t index = 0; index < 3; ++index) {
    Config config = parse(kAdmin + kGroup, "f").config;
    keep_shard({index, 3}, config);
    kept += static_cast<int>(config.inventories.size());
    if (config.inventories.empty()) continue;
    EXPECT_EQ(config.credentials.size(), 1u);
  }
  EXPECT_EQ(kept, 1);
}

TEST(ListedAs, NamesAnInventoryAndOneOfIdAndName) {
  const auto errors = [](const std::string& listed) {
    return inventory_errors(kAdmin + "listed_as = { " + listed + " }\n" + kGroup);
  };
  EXPECT_THAT(errors("inventory = 'i', id = '4'"), IsEmpty());
  EXPECT_THAT(errors("inventory = 'i'"), ElementsAre(HasSubstr("must have either id or name")));
  EXPECT_THAT(errors("id = '4'"), ElementsAre(HasSubstr("must have inventory")));
  EXPECT_THAT(errors("inventory = 'x', id = '4'"), ElementsAre(HasSubstr("no such inventory")));
}

std::vector<std::string> problems_of(const std::string& list) {
  const std::string file =
      "title = 'a'\ncovers = 'b'\nneeds = 'c'\nsecrets = ['token']\nvariables.host.about = 'h'\n"
      "credential = { kind = 'bearer', hosts = ['{host}'] }\ntarget.url = 'https://{host}/'\n"
      "answers.good.status = 200\nfacts = { auth = 'believed', probe = 'believed', refusals = 'believed' }\n"
      "[[inventories]]\n" +
      list;
  Findings findings;
  Patterns patterns;
  read_provider("p", file, "f", findings, patterns);
  return lines_of(findings.sorted());
}

const std::string kList = "list = 'l'\nabout = 'a'\nneeds = 'n'\nsource = 'believed'\nid = '/id'\n";

TEST(ProviderInventory, HasItsParts) {
  EXPECT_THAT(problems_of(kList + "steps = [{ url = 'https://{host}/x' }]\nexamples = ['[]']\n"), IsEmpty());
  EXPECT_THAT(problems_of("list = 'l'\n"), Contains(HasSubstr("must have steps")));
  EXPECT_THAT(problems_of(kList + "steps = [{ url = 'https://{host}/x' }]\nexamples = ['[]', '[]']\n"),
              ElementsAre(HasSubstr("must have an answer to each of the steps")));
  EXPECT_THAT(problems_of(kList + "steps = [{ url = 'https://{other}/x' }]\nexamples = ['[]']\n"),
              ElementsAre(HasSubstr("has {other}, which neither variables nor an earlier step give")));
  EXPECT_THAT(
      problems_of(kList + "steps = [{ url = 'https://{host}/x', next = { by = 'cursor' } }]\nexamples = ['[]']\n"),
      ElementsAre(HasSubstr("must have at"), HasSubstr("must have parameter")));
  EXPECT_THAT(problems_of(kList + "name = 'name'\nsteps = [{ url = 'https://{host}/x' }]\nexamples = ['[]']\n"),
              ElementsAre(HasSubstr("must be a place")));
  EXPECT_THAT(
      problems_of(kList +
                  "variables.interval.about = 'i'\nsteps = [{ url = 'https://{host}/x' }]\nexamples = ['[]']\n"),
      ElementsAre(HasSubstr("has a variable with the name of a key of inventories")));
}

TEST(ProviderInventory, NoAnswerChoosesTheHost) {
  EXPECT_THAT(problems_of(kList + "steps = [{ url = 'https://{host}/x', gives = { there = 'row/there' } },\n"
                                  "  { url = 'https://{there}/x' }]\nexamples = ['[]', '[]']\n"),
              ElementsAre(HasSubstr("in the place of the host")));
}

}  // namespace
}  // namespace authprobe::config
