// A configuration in several files.
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
using namespace std::chrono_literals;

const std::string kTargetB = "[targets.b]\nurl = 'https://b'\n";

TEST(Include, ReadsTheMatchingFilesInOrderOfName) {
  const ConfigFiles files;
  const std::string main =
      files.write("main.toml", "include = ['d/*.toml']\ndefaults.interval = '1m'\ntargets.a.url = 'https://a'\n");
  files.write("d/2.toml", "[targets.c]\nurl = 'https://c'\ntls.ca_file = 'ca.pem'\n");
  files.write("d/1.toml", kTargetB);
  files.write("d/ignored.txt", "x");
  const LoadResult result = load(main);
  EXPECT_THAT(lines_of(result.findings), IsEmpty());
  EXPECT_THAT(result.config.files, ElementsAre(main, files.path("d/1.toml"), files.path("d/2.toml")));
  ASSERT_THAT(result.config.targets, SizeIs(3));
  EXPECT_EQ(result.config.targets[1].name, "b");
  EXPECT_EQ(result.config.targets[1].interval, 1min);
  EXPECT_EQ(result.config.targets[1].position.file, files.path("d/1.toml"));
  EXPECT_EQ(result.config.targets[2].connection->tls.ca_file, files.path("d/ca.pem"));
}

TEST(Include, LeavesAllInOrderOfName) {
  const ConfigFiles files;
  const std::string credential = ".kind = 'bearer'\n";
  const std::string main =
      files.write("main.toml", "include = 'b.inc'\ntargets.z.url = 'https://z'\ncredentials.z" + credential);
  files.write("b.inc", "targets.a.url = 'https://a'\ncredentials.a" + credential);
  const LoadResult result = load(main);
  EXPECT_EQ(result.config.targets.at(0).name, "a");
  EXPECT_EQ(result.config.credentials.at(0).name, "a");
}

TEST(Include, MistakesNameTheirFile) {
  const ConfigFiles files;
  const std::string main = files.write("main.toml", "include = ['b.toml', 'none/*', 'broken.toml']\n" + kTargetB);
  const std::string b = files.write("b.toml", "\n" + kTargetB + "[defaults]\n[settings]\ninclude = 1\n");
  files.write("broken.toml", "[[[");
  EXPECT_THAT(lines_of(load(main).findings),
              ElementsAre(b + ":2:10: targets.b: already defined at " + main + ":2:10",
                          b + ":4:1: defaults: is allowed only in the main file",
                          b + ":5:1: settings: is allowed only in the main file", HasSubstr("broken.toml:1:"),
                          main + ":1:22: warning: include[1]: matches no file"));
}

TEST(Include, UsesCredentialsOfOtherFiles) {
  const ConfigFiles files;
  const std::string main =
      files.write("main.toml", "include = 'b.toml'\ntargets.a = { url = 'https://a', credential = 'c' }\n");
  files.write("b.toml", "[credentials.c]\nkind = 'bearer'\ntoken.env = 'C'\nowner = 'x'\n");
  EXPECT_THAT(lines_of(load(main).findings), IsEmpty());
}

TEST(Include, ReadsNoFileTwice) {
  const ConfigFiles files;
  const std::string main = files.write("main.toml", "include = ['*.toml', 'b.toml']\ntargets.a.url = 'https://a'\n");
  files.write("b.toml", kTargetB);
  const LoadResult result = load(main);
  EXPECT_THAT(lines_of(result.findings), IsEmpty());
  EXPECT_THAT(result.config.files, SizeIs(2));
}

TEST(Include, FolderNamesAreNoPatterns) {
  const ConfigFiles files;
  const std::string main = files.write("a[b]*/main.toml", "include = '*.inc'\n");
  files.write("a[b]*/b.inc", kTargetB);
  EXPECT_THAT(load(main).config.targets, SizeIs(1));
}

TEST(Load, FilesThatCannotBeReadAreFindings) {
  const ConfigFiles files;
  EXPECT_THAT(lines_of(load(files.path("none")).findings),
              ElementsAre(files.path("none") + ":1:1: cannot be read: No such file or directory"));
  EXPECT_THAT(lines_of(load(files.path("")).findings),
              ElementsAre(HasSubstr(":1:1: cannot be read: it is a directory")));
  EXPECT_THAT(lines_of(load("/dev/zero").findings),
              ElementsAre("/dev/zero:1:1: cannot be read: it is not a regular file"));
  EXPECT_FALSE(load(files.path("none")).ok());
}

}  // namespace
}  // namespace authprobe::config
