// Scoped includes, as seen by all others: what a team's file costs is bounded, and where it clashes with anything else,
// it alone is left out.
#include <gmock/gmock.h>

#include "exporter/config/scope.h"
#include "tests/config/config_files.h"

namespace authprobe::config {
namespace {

using config_test::ConfigFiles;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const std::string kIncludeShops =
    "include = ['common/*.toml', { files = 'shop/*.toml', names = '*', hosts = '*.t.example' },"
    " { files = 'web/*.toml', names = '*', hosts = '*.t.example' }]\n";

std::string target(const std::string& name, const std::string& keys = "") {
  return "[targets." + name + "]\nurl = 'https://" + name + ".t.example'\n" + keys;
}

class Scoped : public ::testing::Test {
 protected:
  Scoped() { main(""); }

  void main(const std::string& more, const std::string& include = kIncludeShops) {
    files.write("main.toml", include + target("own") + more);
  }
  void file(const std::string& name, const std::string& text) { files.write(name + ".toml", text); }

  // As a running exporter does: each load knows what the last good one has left.
  LoadResult reload() {
    LoadResult result = load_usable(files.path("main.toml"), memory_);
    EXPECT_EQ(errors_text(result.findings), "");
    memory_ = {nullptr, {}, {}, result.memory.included};
    return result;
  }

  // Of targets: "shop/a: shop-a".
  std::vector<std::string> names(const LoadResult& result) {
    std::vector<std::string> names;
    for (const Target& target : result.config.targets) names.push_back(short_path(target.position.file) + target.name);
    return names;
  }

  std::vector<std::string> broken(const LoadResult& result) {
    std::vector<std::string> paths;
    for (const BrokenFile& file : result.broken) {
      paths.push_back(short_path(file.path) + (file.is_kept ? "last good" : "nothing"));
    }
    return paths;
  }

  std::string scope_errors(const std::string& text) {
    file("shop/a", text);
    return errors_text(load(files.path("main.toml")).findings);
  }

  const ConfigFiles files;

 private:
  std::string short_path(const std::string& path) const {
    const std::string folder = files.path("");
    const std::string in_folder = path.substr(folder.size());
    return in_folder.substr(0, in_folder.size() - std::string(".toml").size()) + ": ";
  }

  LoadMemory memory_;
};

TEST_F(Scoped, LosesANameToTheMainFile) {
  file("shop/a", target("new") + target("shop-a"));
  EXPECT_THAT(names(reload()), ElementsAre("shop/a: new", "main: own", "shop/a: shop-a"));
  main(target("new"));
  const LoadResult result = reload();
  EXPECT_THAT(names(result), ElementsAre("main: new", "main: own"));
  EXPECT_THAT(broken(result), ElementsAre("shop/a: nothing"));
  EXPECT_THAT(errors_text(result.broken.at(0).findings),
              HasSubstr("shop/a.toml:1:10: targets.new: already defined at "));
  main("");
  EXPECT_THAT(names(reload()), ElementsAre("shop/a: new", "main: own", "shop/a: shop-a"));
}

TEST_F(Scoped, LosesANameToATrustedFileThatIsReadLater) {
  file("shop/a", target("x"));
  reload();
  file("common/z", target("x"));
  const LoadResult result = reload();
  EXPECT_THAT(names(result), ElementsAre("main: own", "common/z: x"));
  EXPECT_THAT(broken(result), ElementsAre("shop/a: nothing"));
}

TEST_F(Scoped, LosesANameToTheTargetOfAProvidersCredential) {
  const std::string credential =
      "[credentials.gh]\nprovider = 'github'\ntoken.env = 'T'\nhosts = ['api.github.com', 'gh.t.example']\n";
  main(credential, "include = { files = 'shop/*.toml', names = '*', credentials = 'gh', hosts = '*.t.example' }\n");
  file("shop/a", target("gh", "credential = 'gh'\n"));
  const LoadResult result = reload();
  EXPECT_THAT(names(result), ElementsAre("main: gh", "main: own"));
  EXPECT_THAT(broken(result), ElementsAre("shop/a: nothing"));
}

TEST_F(Scoped, TakesNoListedTargetAway) {
  files.write("list.json", R"([{"targets": ["x.t.example"], "labels": {"__target__": "sd.x"}}])");
  main("[targets_from.sd]\nfiles = 'list.json'\n");
  file("shop/a", "[targets.'sd.x']\nurl = 'https://x.t.example'\n");
  const LoadResult result = reload();
  ASSERT_THAT(result.lists, SizeIs(1));
  EXPECT_EQ(result.lists[0].left_out, 0);
  EXPECT_THAT(broken(result), ElementsAre("shop/a: nothing"));
  EXPECT_THAT(errors_text(result.broken.at(0).findings), HasSubstr("as only names of targets of targets_from.sd do"));
}

TEST_F(Scoped, FileThatATrustedPatternMatchesTooIsLeftOut) {
  main("", "include = ['*/common.toml', { files = 'shop/*.toml', names = '*', hosts = '*.t.example' }]\n");
  file("shop/a", target("shop-a"));
  reload();
  file("shop/common", target("mine"));
  const LoadResult result = reload();
  EXPECT_THAT(names(result), ElementsAre("main: own", "shop/a: shop-a"));
  EXPECT_THAT(broken(result), ElementsAre("shop/common: nothing"));
  EXPECT_THAT(errors_text(result.broken.at(0).findings),
              HasSubstr("shop/common.toml:1:1: is in the folder of the scoped include[1], but include[0] matches it"));
}

TEST_F(Scoped, FirstOfTwoStandsAndTheOneThatHadTheName) {
  file("shop/b", target("x"));
  file("web/a", target("x"));
  LoadResult result = reload();
  EXPECT_THAT(names(result), ElementsAre("main: own", "shop/b: x"));
  EXPECT_THAT(broken(result), ElementsAre("web/a: nothing"));
  file("shop/a", target("x"));
  result = reload();
  EXPECT_THAT(names(result), ElementsAre("main: own", "shop/b: x"));
  EXPECT_THAT(broken(result), ElementsAre("shop/a: nothing", "web/a: nothing"));
}

TEST_F(Scoped, ClashWithABrokenFileIsNone) {
  file("shop/a", target("x", "intervall = 1\n"));
  file("shop/b", target("x"));
  file("shop/c", target("x"));
  const LoadResult result = reload();
  EXPECT_THAT(names(result), ElementsAre("main: own", "shop/b: x"));
  EXPECT_THAT(broken(result), ElementsAre("shop/a: nothing", "shop/c: nothing"));
}

TEST_F(Scoped, HoldsNoGrantThatIsTakenBack) {
  file("shop/a", target("shop-a"));
  reload();
  main("", "include = { files = 'shop/*.toml', names = '*', hosts = 'other.example' }\n");
  const LoadResult result = reload();
  EXPECT_THAT(names(result), ElementsAre("main: own"));
  EXPECT_THAT(broken(result), ElementsAre("shop/a: nothing"));
}

TEST_F(Scoped, PatternsAreFewSmallAndShort) {
  EXPECT_EQ(scope_errors(target("a", "expect.body_matches = '\"status\": \"(ok|degraded)\"'\n")), "");
  EXPECT_THAT(scope_errors(target("a", "expect.body_matches = '[ab]*a[ab]{500}c'\n")),
              HasSubstr("a.toml:3:1: targets.a.expect: has patterns of 507 steps together"));
  EXPECT_THAT(scope_errors(target("a", R"(expect.json = { pointer = '', matches = '\pL{500}' })")),
              HasSubstr("targets.a.expect.json.matches: must be an RE2 pattern: pattern too large"));
  EXPECT_THAT(scope_errors(target("a", "expect.body_matches = '" + std::string(1'001, 'x') + "'\n")),
              HasSubstr("a.toml:3:1: targets.a.expect: is too much"));
}

TEST_F(Scoped, PatternsOfAllFilesAreLimitedTogether) {
  for (int i = 0; i < 9; ++i) {
    std::string text;
    for (int n = 0; n < 60; ++n) {
      const std::string name = "t" + std::to_string(i) + "-" + std::to_string(n);
      text += target(name, "expect.headers = { name = 'A', matches = '" + name + "' }\n");
    }
    file((i == 8 ? "shop/z" : "shop/a") + std::to_string(i), text);
  }
  const LoadResult result = reload();
  EXPECT_THAT(broken(result), ElementsAre("shop/z8: nothing"));
  EXPECT_THAT(errors_text(result.broken.at(0).findings),
              AllOf(HasSubstr("expect.headers.matches: is one pattern too many"), HasSubstr("z8.toml: and 20 more")));
}

TEST_F(Scoped, TargetsAreLimitedTogether) {
  std::string text;
  for (int n = 0; n < 600; ++n) text += target("a" + std::to_string(n));
  file("shop/a", text);
  text.clear();
  for (int n = 0; n < 600; ++n) text += target("b" + std::to_string(n));
  file("shop/b", text);
  const LoadResult result = reload();
  EXPECT_THAT(result.config.targets, SizeIs(601));
  ASSERT_THAT(result.broken, SizeIs(1));
  EXPECT_THAT(result.broken.at(0).findings, SizeIs(1));
  EXPECT_THAT(errors_text(result.broken.at(0).findings),
              HasSubstr("is one target too many: the files of a scoped include"));
}

TEST_F(Scoped, KeysOfATargetAreSmall) {
  std::string labels;
  std::string statuses;
  std::string windows;
  for (int i = 0; i < 33; ++i) labels += "labels.l" + std::to_string(i) + " = 'x'\n";
  for (int i = 0; i < 101; ++i) statuses += "200, ";
  for (int i = 0; i < 101; ++i) windows += "{ from = '01:00', duration = '1h' }, ";
  for (const std::string& keys : {labels, "expect.status = [" + statuses + "]\n", "maintenance = [" + windows + "]\n",
                                  "labels.a = '" + std::string(1'001, 'x') + "'\n",
                                  "expect.json.pointer = '/" + std::string(1'001, 'x') + "'\n"}) {
    EXPECT_THAT(scope_errors(target("a", keys)), HasSubstr(": is too much: in ")) << keys;
  }
  EXPECT_THAT(scope_errors(target("a", "interval = '900ms'\n")),
              HasSubstr("a.toml:3:12: targets.a.interval: must be 1s or more in "));
}

TEST_F(Scoped, DefaultsAreTheMainFiles) {
  main("[defaults]\ninterval = '200ms'\ntimeout = '100ms'\nexpect.body_matches = '[ab]*a[ab]{500}c'\n");
  EXPECT_EQ(scope_errors(target("a")), "");
}

TEST_F(Scoped, TargetsHaveTheirScopeAndItsShareOfTheProbes) {
  main("", "include = [{ files = 'shop/*.toml', names = '*', hosts = '*.t.example', max_in_flight = 7 }]\n");
  file("shop/a", target("a"));
  const LoadResult result = reload();
  ASSERT_THAT(result.config.scopes, SizeIs(1));
  EXPECT_EQ(result.config.scopes[0].max_in_flight, 7);
  EXPECT_EQ(result.config.targets.at(0).scope, result.config.scopes[0].files);
  EXPECT_EQ(result.config.targets.at(1).scope, "");
}

TEST(ErrorsText, ShowsTheFirstErrorsOfEachFile) {
  std::vector<Finding> findings;
  for (const std::string file : {"a", "b"}) {
    for (std::uint32_t line = 1; line <= (file == "a" ? 30'000u : 3u); ++line) {
      findings.push_back({Finding::Severity::error, {file, line, 1}, "", "is wrong", ""});
    }
  }
  const std::string text = errors_text(findings);
  EXPECT_THAT(text, HasSubstr("a:20:1: is wrong\nb:1:1: is wrong"));
  EXPECT_THAT(text, ::testing::EndsWith("b:3:1: is wrong\na: and 29980 more"));
}

}  // namespace
}  // namespace authprobe::config
