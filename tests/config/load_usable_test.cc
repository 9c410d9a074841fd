// Included files with errors: what is used in their place, and when nothing of a change is used.
#include <gmock/gmock.h>

#include "tests/config/config_files.h"

namespace authprobe::config {
namespace {

using config_test::ConfigFiles;
using config_test::lines_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class LoadUsable : public ::testing::Test {
 protected:
  LoadUsable() { main("targets.own.url = 'https://own'\n"); }

  void main(const std::string& text) { files.write("main.toml", "include = 'd/*.toml'\n" + text); }
  void file(const std::string& name, const std::string& text) { files.write("d/" + name + ".toml", text); }

  // As a running exporter does: each load knows what the last good one has left.
  LoadResult reload() {
    LoadResult result = load_usable(files.path("main.toml"), memory_);
    if (result.ok()) memory_ = {nullptr, {}, {}, result.memory.included};
    return result;
  }

  static std::string target(const std::string& name, const std::string& more = "") {
    return "[targets." + name + "]\nurl = 'https://" + name + "'\n" + more;
  }

  static std::vector<std::string> names(const LoadResult& result) {
    std::vector<std::string> names;
    for (const Target& target : result.config.targets) names.push_back(target.name);
    return names;
  }

  // "a: last good", or "a: nothing".
  std::vector<std::string> broken(const LoadResult& result) const {
    std::vector<std::string> shown;
    for (const BrokenFile& broken : result.broken) {
      shown.push_back(std::filesystem::path(broken.path).stem().string() +
                      (broken.is_kept ? ": last good" : ": nothing"));
    }
    return shown;
  }

  const ConfigFiles files;

 private:
  LoadMemory memory_;
};

TEST_F(LoadUsable, LeavesOutABrokenFileAtTheStart) {
  file("a", target("a"));
  file("b", "[[[");
  file("c", target("c", "intervall = '1m'\n"));
  file("d", target("d"));
  const LoadResult result = reload();
  EXPECT_TRUE(result.ok());
  EXPECT_THAT(names(result), ElementsAre("a", "d", "own"));
  EXPECT_THAT(broken(result), ElementsAre("b: nothing", "c: nothing"));
  EXPECT_THAT(lines_of(result.broken.at(1).findings), ElementsAre(HasSubstr("d/c.toml:3:1: targets.c.intervall: ")));
  EXPECT_FALSE(load(files.path("main.toml")).ok());
}

TEST_F(LoadUsable, GoesOnWithWhatWasLastGoodInABrokenFileAndTakesTheOtherChanges) {
  file("a", target("a"));
  file("b", target("b"));
  reload();
  file("a", target("a", "interval = 7\n"));
  file("b", target("b2"));
  EXPECT_THAT(names(reload()), ElementsAre("a", "b2", "own"));
  const LoadResult again = reload();  // what was last good is known still
  EXPECT_THAT(names(again), ElementsAre("a", "b2", "own"));
  EXPECT_THAT(broken(again), ElementsAre("a: last good"));
  file("a", target("a2"));
  EXPECT_THAT(names(reload()), ElementsAre("a2", "b2", "own"));
}

TEST_F(LoadUsable, FindsWhatABrokenFileTakesWithIt) {
  file("a", target("a", "credential = 'key'\n"));
  file("b", "[credentials.key]\nkind = 'bearer'\ntoken = 1\n");
  file("c", target("c"));
  const LoadResult result = reload();
  EXPECT_THAT(names(result), ElementsAre("c", "own"));
  EXPECT_THAT(broken(result), ElementsAre("a: nothing", "b: nothing"));
  EXPECT_THAT(lines_of(result.broken.at(0).findings),
              ElementsAre(HasSubstr("targets.a.credential: no such credential")));
}

TEST_F(LoadUsable, GivesATakenNameToTheFileThatHadItFirst) {
  file("b", target("x"));
  reload();
  file("a", target("x", "interval = '9s'\n"));
  const LoadResult result = reload();
  EXPECT_THAT(broken(result), ElementsAre("a: nothing"));
  EXPECT_EQ(result.config.targets.back().position.file, files.path("d/b.toml"));
}

TEST_F(LoadUsable, PrefersAMovedTargetToTheBrokenFileThatHadIt) {
  file("a", target("x") + target("y"));
  reload();
  file("a", "not TOML");
  file("b", target("x"));
  const LoadResult result = reload();
  EXPECT_THAT(broken(result), ElementsAre("a: nothing"));
  EXPECT_THAT(names(result), ElementsAre("own", "x"));
}

TEST_F(LoadUsable, RefusesAChangeThatBreaksAFileThatDidNotChange) {
  main("credentials.key = { kind = 'bearer', token.env = 'T' }\ntargets.own.url = 'https://own'\n");
  file("a", target("a", "credential = 'key'\n"));
  EXPECT_TRUE(reload().ok());
  main("targets.own.url = 'https://own'\n");
  file("b", "[[[");
  const LoadResult result = reload();
  EXPECT_FALSE(result.ok());
  EXPECT_THAT(errors_text(result.findings),
              AllOf(HasSubstr("targets.a.credential: no such credential"), HasSubstr("d/b.toml:1:")));
}

TEST_F(LoadUsable, RefusesWhatIsWrongInTheMainFile) {
  main("targets.own.url = 'ftp://own'\n");
  file("a", "[[[");
  EXPECT_FALSE(reload().ok());
}

TEST_F(LoadUsable, LeavesOutAFolderWhoseErrorsDoNotEnd) {
  file("0", target("t0", "credential = 'none'\n"));
  file("good", target("good"));
  for (int i = 1; i < 30; ++i) {
    const std::string number = std::to_string(i);
    const std::string next = i == 1 ? "none" : "c" + std::to_string(i - 1);
    file(number, "[credentials.c" + number + "]\nkind = 'bearer'\ntoken.env = 'T'\nnext = '" + next + "'\n");
  }
  const LoadResult result = reload();
  EXPECT_TRUE(result.ok());
  EXPECT_THAT(names(result), ElementsAre("own"));
  EXPECT_THAT(result.broken, SizeIs(31));
  EXPECT_THAT(result.config.credentials, IsEmpty());
}

TEST_F(LoadUsable, SeesEachFileThatIsNewOrGone) {
  const auto stamps = [&] { return stamps_of(reload().watched); };
  const auto without = stamps();
  EXPECT_EQ(stamps(), without);
  file("a", target("a"));
  const auto with = stamps();
  EXPECT_NE(with, without);
  std::filesystem::remove(files.path("d/a.toml"));
  EXPECT_EQ(stamps(), without);
}

}  // namespace
}  // namespace authprobe::config
