// Lists of targets in a configuration: what they make, what they cannot do, and what stays of them.
#include <gmock/gmock.h>

#include "exporter/config/redacted_toml.h"
#include "tests/config/config_files.h"

namespace authprobe::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

const std::string kKey =
    "[credentials.key]\nkind = 'bearer'\ntoken.env = 'T'\nexpires_at = 'never'\n[targets.mine]\nurl = "
    "'https://api.example.com/'\ncredential = 'key'\n";

class Lists : public ::testing::Test {
 protected:
  LoadResult load(const std::string& toml) { return config::load(files.write("authprobe.toml", toml), memory); }

  // Loads, and keeps what is to be kept.
  LoadResult load_well(const std::string& toml) {
    LoadResult result = load(toml);
    EXPECT_TRUE(result.ok()) << ::testing::PrintToString(config_test::lines_of(result.findings));
    memory = result.memory;
    memory.sources = nullptr;
    return result;
  }

  static std::vector<std::string> urls(const LoadResult& result) {
    std::vector<std::string> texts;
    for (const Target& target : result.config.targets) texts.push_back(target.name + ' ' + target.url.text());
    return texts;
  }

  std::vector<std::string> findings(const LoadResult& result) const {
    std::vector<std::string> texts = config_test::lines_of(result.lists.at(0).findings);
    for (std::string& text : texts) text.erase(0, text.rfind('/', text.find(':')) + 1);
    return texts;
  }

  config_test::ConfigFiles files;
  LoadMemory memory;
};

TEST_F(Lists, MakeTargetsOfAddressesAndLabels) {
  files.write("lists/a.json", R"([{"targets": ["a.example.com", "b.example.com:8443"],
      "labels": {"team": "shop", "__metrics_path__": "/v1/me", "__param_q": "a b", "__meta_x": "y"}}])");
  files.write("lists/b.yml", "- targets: ['http://c.example.com/health', 'https://d.example.com']\n");
  const LoadResult result = load_well(
      "[targets_from.shop]\nfiles = 'lists/*.json'\nlabels.tier = '1'\n"
      "[targets_from.web]\nfiles = ['lists/*.yml']\npath = '/up'\ninterval = '1m'\n");
  EXPECT_THAT(urls(result), ElementsAre("shop.a.example.com-v1-me-" + result.config.targets[0].name.substr(25) +
                                            " https://a.example.com/v1/me?q=a%20b",
                                        HasSubstr(" https://b.example.com:8443/v1/me?q=a%20b"),
                                        "web.c.example.com-health http://c.example.com/health",
                                        "web.d.example.com-up https://d.example.com/up"));
  EXPECT_THAT(result.config.targets[0].labels, ElementsAre(Pair("team", "shop"), Pair("tier", "1")));
  EXPECT_EQ(result.config.targets[2].interval, std::chrono::minutes(1));
  EXPECT_EQ(result.config.targets[2].list, "web");
}

TEST_F(Lists, GiveATargetTheNameThatALabelSays) {
  files.write("a.json", R"([{"targets": ["a.example.com"], "labels": {"service": "billing"}}])");
  const LoadResult result = load_well(
      "[targets_from.shop]\nfiles = 'a.json'\n"
      "relabel = [{ source_labels = 'service', target_label = '__target__' }]\n");
  EXPECT_THAT(urls(result), ElementsAre("shop.billing https://a.example.com/"));
}

TEST_F(Lists, WriteNoNameOutsideTheirOwnNamespace) {
  files.write("shop.json", R"([{"targets": ["a.example.com"], "labels": {"__target__": "shop.a"}}])");
  files.write("evil.json", R"([{"targets": ["b.example.com"], "labels": {"__target__": "shop.a"}},
{"targets": ["c.example.com"], "labels": {"__target__": "mine"}}])");
  const LoadResult result =
      load_well("[targets_from.evil]\nfiles = 'evil.json'\n[targets_from.shop]\nfiles = 'shop.json'\n" + kKey);
  EXPECT_THAT(urls(result), ElementsAre("evil.mine https://c.example.com/", "evil.shop.a https://b.example.com/",
                                        "mine https://api.example.com/", "shop.a https://a.example.com/"));
  EXPECT_EQ(result.lists.at(0).left_out + result.lists.at(1).left_out, 0u);
}

TEST_F(Lists, HaveNamespacesThatAreNotInEachOther) {
  files.write("a.json", R"([{"targets": ["eu.example.com"]}])");
  const LoadResult result =
      load("[targets_from.shop]\nfiles = 'a.json'\n[targets_from.\"shop.eu\"]\nfiles = 'a.json'\n");
  EXPECT_THAT(config_test::lines_of(result.findings),
              ElementsAre(HasSubstr(":3:1: targets_from.shop.eu: begins with \"shop.\", as the names of the targets of "
                                    "targets_from.shop do")));
}

TEST_F(Lists, LoseNoNameToAFileOfAScope) {
  files.write("a.json", R"([{"targets": ["a.example.com"]}])");
  files.write("team/t.toml", "[targets.\"shop.a.example.com\"]\nurl = 'https://b.example.com/'\n");
  const LoadResult result = load(
      "include = [{ files = 'team/*.toml', names = '*', hosts = '*.example.com' }]\n"
      "[targets_from.shop]\nfiles = 'a.json'\n");
  EXPECT_THAT(config_test::lines_of(result.findings),
              ElementsAre(::testing::MatchesRegex(".*t.toml:1:.*targets.shop.a.example.com: begins with \"shop.\", as "
                                                  "only names of targets of targets_from.shop do")));
}

TEST_F(Lists, PrefixLabelsThatAreTakenAsPrometheusDoes) {
  files.write("a.json",
              R"([{"targets": ["a"], "labels": {"env": "prod", "job": "x", "exported_job": "y", "team": "t"}}])");
  const LoadResult result = load_well("[targets_from.shop]\nfiles = 'a.json'\n");
  EXPECT_THAT(result.config.targets.at(0).labels,
              ElementsAre(Pair("exported_env", "prod"), Pair("exported_exported_job", "x"), Pair("exported_job", "y"),
                          Pair("team", "t")));
}

TEST_F(Lists, WithACredentialStateTheirHosts) {
  files.write("a.json", R"([{"targets": ["api.example.com"]}])");
  const LoadResult result = load(kKey + "[targets_from.shop]\nfiles = 'a.json'\ncredential = 'key'\n");
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(
      config_test::lines_of(result.findings),
      ::testing::Contains(HasSubstr("targets_from.shop: must have hosts, since its targets have a credential")));
}

TEST_F(Lists, SendNoCredentialElsewhere) {
  files.write("a.json", R"([{"targets": ["api.example.com", "evil.example.net",
"http://api.example.com/plain", "api.example.com.evil.net", "https://user@api.example.com"]},
{"targets": ["api.example.com"], "labels": {"__scheme__": "http", "__metrics_path__": "/x"}}])");
  const LoadResult result =
      load_well(kKey + "[targets_from.shop]\nfiles = 'a.json'\ncredential = 'key'\nhosts = ['api.example.com']\n");
  EXPECT_THAT(urls(result),
              ElementsAre("mine https://api.example.com/", "shop.api.example.com https://api.example.com/"));
  EXPECT_EQ(result.lists.at(0).left_out, 5u);
  EXPECT_THAT(
      findings(result),
      ElementsAre(HasSubstr("a.json:1:34: targets_from.shop: a target is left out: it is at evil.example.net, "
                            "where targets_from.shop must not have targets (add it to hosts)"),
                  HasSubstr("a.json:2:1: targets_from.shop: a target is left out: it would send a credential "
                            "over plain http"),
                  HasSubstr("it is at api.example.com.evil.net"), HasSubstr("must not contain user info"),
                  HasSubstr("a.json:3:14: targets_from.shop: a target is left out: it would send a credential")));
}

TEST_F(Lists, KeepToTheHostsOfTheCredentialToo) {
  files.write("a.json", R"([{"targets": ["api.example.com", "b.example.com"]}])");
  const LoadResult result =
      load_well(kKey +
                "[credentials.bound]\nkind = 'bearer'\ntoken.env = 'B'\nhosts = "
                "['b.example.com']\n[targets_from.shop]\nfiles = 'a.json'\ncredential = 'bound'\n");
  EXPECT_THAT(urls(result), ElementsAre("mine https://api.example.com/", "shop.b.example.com https://b.example.com/"));
  EXPECT_THAT(findings(result), ElementsAre(HasSubstr("where credentials.bound must not be sent")));
}

TEST_F(Lists, NameBothPlacesOfACollision) {
  files.write("a.json", R"([{"targets": ["a.example.com"], "labels": {"x": "1"}},
{"targets": ["a.example.com"], "labels": {"x": "2"}}, {"targets": ["a.example.com"], "labels": {"x": "1"}}])");
  const LoadResult result = load_well("[targets_from.shop]\nfiles = 'a.json'\n");
  EXPECT_THAT(urls(result), SizeIs(1));
  EXPECT_THAT(findings(result), ElementsAre(::testing::MatchesRegex(
                                    "a.json:2:14: .*makes the target shop.a.example.com, which is already "
                                    "defined at .*a.json:1:15 .the label __target__ gives.*")));
}

TEST_F(Lists, NeverTakeTheNameOfATargetOfTheConfiguration) {
  files.write("a.json", R"([{"targets": ["a.example.com"], "labels": {"__target__": "mine"}}])");
  const LoadResult result =
      load_well("[targets_from.shop]\nfiles = 'a.json'\n[targets.\"shop.mine\"]\nurl = 'https://x/'\n");
  EXPECT_THAT(urls(result), ElementsAre("shop.mine https://x/"));
  EXPECT_THAT(findings(result),
              ElementsAre(::testing::MatchesRegex("a.json:1:15: .*a target is left out: it makes the target "
                                                  "shop.mine, which is already defined at .*authprobe.toml:3:1.*")));
}

TEST_F(Lists, HaveNamesOfBoundedLength) {
  files.write("a.json",
              "[{\"targets\": [\"a.example.com\", \"b.example.com\"], \"labels\": {\"__metrics_path__\": \"/" +
                  std::string(300, 'x') + "\"}}]");
  const LoadResult result = load_well("[targets_from.shop]\nfiles = 'a.json'\n");
  ASSERT_THAT(urls(result), SizeIs(2));
  EXPECT_EQ(result.config.targets[0].name.size(), 128u);
}

TEST_F(Lists, KeepABrokenFileAsItWasAndSayWhere) {
  const std::string toml = "[targets_from.shop]\nfiles = '*.json'\n";
  files.write("a.json", R"([{"targets": ["a.example.com"]}])");
  files.write("b.json", R"([{"targets": ["b.example.com"]}])");
  EXPECT_TRUE(load_well(toml).lists.at(0).is_good);
  files.write("a.json", R"([{"targets": ["a.example.com")");
  files.write("b.json", R"([{"targets": ["c.example.com"]}])");
  const LoadResult result = load_well(toml);
  EXPECT_THAT(urls(result),
              ElementsAre("shop.a.example.com https://a.example.com/", "shop.c.example.com https://c.example.com/"));
  EXPECT_FALSE(result.lists.at(0).is_good);
  EXPECT_THAT(findings(result), ElementsAre(HasSubstr("a.json:1:29: is not JSON")));
}

TEST_F(Lists, LetTheTargetsOfARemovedFileGoWhileOthersAreListed) {
  const std::string toml = "[targets_from.shop]\nfiles = '*.json'\n";
  const std::string gone = files.write("a.json", R"([{"targets": ["a.example.com"]}])");
  files.write("b.json", R"([{"targets": ["b.example.com"]}])");
  load_well(toml);
  std::filesystem::remove(gone);
  EXPECT_THAT(urls(load_well(toml)), ElementsAre("shop.b.example.com https://b.example.com/"));
}

TEST_F(Lists, StayAsTheyWereWhereNothingIsListedAnyMore) {
  const std::string toml = "[targets_from.shop]\nfiles = '*.json'\n";
  const std::string file = files.write("a.json", R"([{"targets": ["a.example.com"]}])");
  load_well(toml);
  for (const bool is_there : {true, false}) {
    files.write("a.json", "[]");
    if (!is_there) std::filesystem::remove(file);
    const LoadResult result = load_well(toml);
    EXPECT_THAT(urls(result), ElementsAre("shop.a.example.com https://a.example.com/"));
    EXPECT_FALSE(result.lists.at(0).is_good);
    EXPECT_THAT(findings(result), ::testing::Contains(HasSubstr("lists no targets: those that it listed last stay")));
  }
}

TEST_F(Lists, AreReadAgainWithoutTheEditsOfOtherFiles) {
  files.write("a.json", R"([{"targets": ["a.example.com"]}])");
  const LoadResult first = load("[targets_from.shop]\nfiles = 'a.json'\n");
  files.write("a.json", R"([{"targets": ["b.example.com"]}])");
  files.write("authprobe.toml", "broken");
  const LoadResult again = config::load(files.path("authprobe.toml"), first.memory);
  EXPECT_TRUE(again.ok());
  EXPECT_THAT(urls(again), ElementsAre("shop.b.example.com https://b.example.com/"));
}

TEST_F(Lists, ReportMistakesOfTheConfigurationAsErrors) {
  const auto errors = config_test::findings_of(
      "[targets_from.a]\nfiles = ['x/*/a.json', 'a.toml']\nbody = 'x'\nurl_credential = 'key'\nrefresh_interval = "
      "'1m'\n"
      "[targets_from.b]\nfiles = 'b.json'\n"
      "path = 'x'\nrelabel = [{ action = 'keep', target_label = 'a', modulus = 2 }, { action = 'hashmod' }, "
      "{ regex = '(' }, { action = 'hash' }]\n");
  EXPECT_THAT(errors,
              ElementsAre(HasSubstr("f:1:1: targets_from.a: must have files or a url"),
                          HasSubstr("targets_from.a.files[0]: must be a name that ends in .json, .yml or .yaml"),
                          HasSubstr("targets_from.a.files[1]: must be a name"),
                          HasSubstr("targets_from.a.body: cannot be of a list"),
                          HasSubstr("targets_from.a.url_credential: has no effect: there is no url"),
                          HasSubstr("targets_from.a.url_credential: no such credential"),
                          HasSubstr("targets_from.a.refresh_interval: has no effect: there is no url"),
                          HasSubstr("targets_from.b.path: must be a path that begins with /"),
                          HasSubstr("relabel[0].target_label: has no effect: action \"keep\""),
                          HasSubstr("relabel[0].modulus: has no effect: action \"keep\" computes no hash"),
                          HasSubstr("relabel[1]: action \"hashmod\" needs a target_label"),
                          HasSubstr("relabel[1]: action \"hashmod\" needs a modulus"),
                          HasSubstr("relabel[2]: action \"replace\" needs a target_label"),
                          HasSubstr("relabel[2].regex: must be an RE2 pattern"),
                          HasSubstr("relabel[3]: action \"replace\" needs a target_label"),
                          HasSubstr("relabel[3].action: must be \"replace\", \"keep\"")));
}

TEST_F(Lists, ReadAThousandFilesAndSayThatThereAreMore) {
  for (int i = 0; i < 1001; ++i) {
    const std::string number = std::to_string(10'000 + i);
    files.write("many/" + number + ".json", R"([{"targets": ["t)" + number + R"(.example.com"]}])");
  }
  const LoadResult result = load_well("[targets_from.shop]\nfiles = 'many/*.json'\n");
  EXPECT_THAT(result.config.targets, SizeIs(1000));
  EXPECT_FALSE(result.lists.at(0).is_good);
  EXPECT_THAT(findings(result), ElementsAre(HasSubstr("targets_from.shop.files: match more than 1000 files")));
}

// A list of so many targets with 64 labels of 1 KiB, which it has once: 6 MB for 100 targets, 3 GB for 50000.
std::string with_large_labels(std::size_t targets) {
  std::string text = "[{\"targets\": [";
  for (std::size_t i = 0; i < targets; ++i) text += (i == 0 ? "\"t" : ", \"t") + std::to_string(i) + ".example.com\"";
  text += "], \"labels\": {";
  for (int i = 0; i < 64; ++i) {
    text += (i == 0 ? "\"l" : ", \"l") + std::to_string(i) + "\": \"" + std::string(1024, 'x') + '"';
  }
  return text + "}}]";
}

TEST_F(Lists, OfLargeLabelsKeepWhatWasLastGood) {
  const std::string toml = "[targets_from.shop]\nfiles = 'a.json'\n";
  files.write("a.json", with_large_labels(100));
  EXPECT_THAT(load_well(toml).config.targets, SizeIs(100));
  files.write("a.json", with_large_labels(50'000));
  for (int i = 0; i < 2; ++i) {
    const LoadResult result = load_well(toml);
    EXPECT_THAT(result.config.targets, SizeIs(100));
    EXPECT_FALSE(result.lists.at(0).is_good);
    EXPECT_THAT(findings(result),
                ElementsAre("authprobe.toml:1:1: targets_from.shop: is too large: its targets have more "
                            "than 64 MiB of URLs, names and labels (what it listed last stays; divide it "
                            "into several lists)"));
  }
  files.write("a.json", with_large_labels(50));
  EXPECT_THAT(load_well(toml).config.targets, SizeIs(50));
}

TEST_F(Lists, OfLargeLabelsThatNoTargetGetsAreFine) {
  files.write("a.json", with_large_labels(2'000));
  const LoadResult result =
      load_well("[targets_from.shop]\nfiles = 'a.json'\nrelabel = { action = 'labeldrop', regex = 'l.*' }\n");
  EXPECT_THAT(result.config.targets, SizeIs(2'000));
}

TEST_F(Lists, GrowAtNoCostOfAnother) {
  std::string toml;
  for (int i = 0; i < 31; ++i) toml += "[targets_from.l" + std::to_string(100 + i) + "]\nfiles = 'small.json'\n";
  files.write("small.json", with_large_labels(100));
  files.write("large.json", with_large_labels(300));
  const LoadResult result = load_well(toml + "[targets_from.a]\nfiles = 'large.json'\n");
  EXPECT_THAT(result.config.targets, SizeIs(3'100));
  EXPECT_FALSE(result.lists.at(0).is_good);
  EXPECT_THAT(config_test::lines_of(result.lists.at(0).findings), ElementsAre(HasSubstr("more than 8 MiB of URLs")));
}

TEST_F(Lists, BoundWhatTheirFilesHaveTogether) {
  const std::string toml = "[targets_from.shop]\nfiles = '*.json'\n";
  files.write("a.json", R"([{"targets": ["a.example.com"]}])");
  load_well(toml);
  for (int i = 0; i < 5; ++i) {
    files.write("b" + std::to_string(i) + ".json", R"([{"targets": ["b.example.com"]}])" + std::string(4'000'000, ' '));
  }
  LoadResult result = load_well(toml);
  EXPECT_THAT(urls(result), ElementsAre("shop.a.example.com https://a.example.com/"));
  EXPECT_THAT(findings(result), ElementsAre(HasSubstr("is too large: its files have more than 16 MiB together")));
  std::string many = "[{\"targets\": [\"x\"";
  for (int i = 0; i < 26'000; ++i) many += ",\"x\"";
  for (int i = 0; i < 5; ++i) files.write("b" + std::to_string(i) + ".json", i < 2 ? many + "]}]" : "[]");
  result = load_well(toml);
  EXPECT_THAT(urls(result), ElementsAre("shop.a.example.com https://a.example.com/"));
  EXPECT_THAT(findings(result), ElementsAre(HasSubstr("is too large: it has more than 50000 addresses")));
}

class UrlLists : public Lists {
 protected:
  static constexpr const char* kConfig = "[targets_from.shop]\nurl = 'https://sd.example.com/t?key=x'\n";

  bool answer(const std::string& text, const std::string& problem = "") {
    const TargetList list = load(kConfig).config.lists.at(0);
    return take_answer(list, text, problem, memory);
  }
};

TEST_F(UrlLists, MakeTargetsOfTheLastGoodAnswer) {
  EXPECT_THAT(urls(load_well(kConfig)), IsEmpty());
  EXPECT_THAT(findings(load(kConfig)), IsEmpty()) << "it was not asked yet";
  EXPECT_FALSE(load(kConfig).lists.at(0).is_good);
  EXPECT_TRUE(answer(R"([{"targets": ["a.example.com"]}])"));
  EXPECT_FALSE(answer(R"([{"targets": ["a.example.com"]}])")) << "the same again";
  EXPECT_TRUE(load_well(kConfig).lists.at(0).is_good);
  const std::map<std::string, std::string> bad{{"[", "is not JSON"}, {"[]", "lists no targets"}, {"", "is empty"}};
  for (const auto& [text, rule] : bad) {
    EXPECT_TRUE(answer(text));
    const LoadResult result = load_well(kConfig);
    EXPECT_FALSE(result.lists.at(0).is_good);
    EXPECT_THAT(urls(result), ElementsAre("shop.a.example.com https://a.example.com/"));
    EXPECT_THAT(findings(result), ElementsAre(HasSubstr(rule)));
  }
  EXPECT_TRUE(answer("", "is answered with 500, not 200"));
  EXPECT_THAT(config_test::lines_of(load_well(kConfig).lists.at(0).findings),
              ElementsAre("https://sd.example.com/t:1:1: targets_from.shop.url: is answered with 500, not 200"));
  EXPECT_TRUE(answer(R"([{"targets": ["b.example.com"]}])"));
  EXPECT_THAT(urls(load_well(kConfig)), ElementsAre("shop.b.example.com https://b.example.com/"));
}

TEST_F(UrlLists, OfLargeLabelsKeepWhatWasLastGood) {
  answer(with_large_labels(100));
  EXPECT_THAT(load_well(kConfig).config.targets, SizeIs(100));
  EXPECT_TRUE(answer(with_large_labels(50'000)));
  EXPECT_THAT(load_well(kConfig).config.targets, SizeIs(100));
  EXPECT_THAT(findings(load_well(kConfig)), ElementsAre(HasSubstr("is too large: its targets have more than 64 MiB")));
  EXPECT_TRUE(answer("[")) << "then it is broken";
  EXPECT_THAT(load_well(kConfig).config.targets, SizeIs(100));
  EXPECT_TRUE(answer(with_large_labels(50)));
  EXPECT_THAT(load_well(kConfig).config.targets, SizeIs(50));
}

TEST_F(UrlLists, ShowNoQueryOfTheUrl) {
  answer(R"([{"targets": ["?"]}])");
  EXPECT_THAT(config_test::lines_of(load_well(kConfig).lists.at(0).findings),
              ElementsAre(::testing::StartsWith("https://sd.example.com/t:1:15: ")));
}

TEST_F(UrlLists, ForgetTheAnswerOfAnotherUrl) {
  answer(R"([{"targets": ["a.example.com"]}])");
  const LoadResult result = load_well("[targets_from.shop]\nurl = 'https://other.example.com/'\n");
  EXPECT_THAT(urls(result), IsEmpty());
}

TEST_F(UrlLists, MayHaveFilesToo) {
  files.write("a.json", R"([{"targets": ["a.example.com"]}])");
  answer(R"([{"targets": ["b.example.com"]}])");
  EXPECT_THAT(urls(load_well(std::string(kConfig) + "files = 'a.json'\n")), SizeIs(2));
}

TEST_F(Lists, AreShownAsTheConfigurationHasThem) {
  files.write("a.json", R"([{"targets": ["a.example.com"]}])");
  const LoadResult result = load_well("[targets_from.shop]\nfiles = 'a.json'\nscheme = 'http'\n");
  const std::string shown = redacted_toml(result.config);
  EXPECT_THAT(shown, HasSubstr("\n[targets_from.shop]\n# targets made of it, each shown on its page: 1\n"));
  EXPECT_THAT(shown, HasSubstr("scheme = \"http\""));
  EXPECT_THAT(shown, ::testing::Not(HasSubstr("[targets.")));
}

TEST_F(Lists, AreBoundedInWhatTheySay) {
  std::string list = "[{\"targets\": [\"?\"";
  for (int i = 0; i < 999; ++i) list += ",\"?\"";
  files.write("a.json", list + "]}]");
  const LoadResult result = load_well("[targets_from.shop]\nfiles = 'a.json'\n");
  EXPECT_THAT(result.lists.at(0).findings, SizeIs(21));
  EXPECT_EQ(result.lists.at(0).findings.back().rule, "and 980 more findings of this list");
  EXPECT_EQ(result.lists.at(0).left_out, 1000u);
}

}  // namespace
}  // namespace authprobe::config
