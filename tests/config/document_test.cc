// TOML that is no TOML: the place is named, and nothing that may be a secret.
#include <gmock/gmock.h>

#include "tests/config/config_files.h"

namespace authprobe::config {
namespace {

using config_test::findings_of;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Syntax, ErrorsNameThePlace) {
  EXPECT_THAT(
      findings_of("[targets.a]\nurl = \"https://x\n"),
      ElementsAre("f:2:17: Error while parsing string: unescaped control characters other than TAB (U+0009) are "
                  "explicitly prohibited"));
  EXPECT_THAT(findings_of("[targets.a]\nurl = https://x\n"),
              ElementsAre("f:2:7: Error while parsing value: could not determine value type (write text in quotes)"));
  EXPECT_THAT(findings_of("[targets.a\n"), ElementsAre(HasSubstr("f:1:11: Error while parsing table header")));
  EXPECT_THAT(
      findings_of("[targets.a]\nurl = 1\nurl = 2\n"),
      ElementsAre(HasSubstr("f:3:7: Error while parsing key-value pair: cannot redefine existing integer 'url'")));
  EXPECT_THAT(findings_of("a = \"\xff\""), ElementsAre(HasSubstr("f:1:5: Encountered invalid utf-8")));
}

TEST(Syntax, ErrorsNeverRepeatWhatMayBeASecret) {
  for (const char* broken : {
           "token = hunter2",
           "token = \"hunter2",
           "token = 'hunter2'hunter2",
           "token = truhunter2",
           "token = {value = hunter2}",
           "token = \"\\hunter2\"",
           "token hunter2",
           "token = 2027-01-01hunter2",
           "token = infhunter2",
           "token = 0xhunter2",
           "token = [\"hunter2\" \"hunter2\"]",
           "token = {value = \"hunter2\"",
           "token = \"\"\"hunter2",
           "hunter2",
           "token = 20231231235959999999999",
       }) {
    for (const std::string& finding : findings_of(broken)) {
      EXPECT_THAT(finding, Not(HasSubstr("hunt"))) << broken;
      EXPECT_THAT(finding, Not(HasSubstr("saw"))) << broken;
      EXPECT_THAT(finding, Not(HasSubstr("2023"))) << broken;
    }
    EXPECT_FALSE(findings_of(broken).empty());
  }
}

TEST(Syntax, ATableDefinedTwiceIsReportedAndTheRestIsStillChecked) {
  EXPECT_THAT(findings_of("[targets.a]\n"
                          "url = \"https://x\"\n"
                          "[ targets.a ]  # again\n"
                          "url = \"https://y\"\n"
                          "[targets.b]\n"
                          "url = 1\n"
                          "[targets.a]\n"),
              ElementsAre("f:3:1: targets.a: already defined at f:1:1",  //
                          "f:6:7: targets.b.url: must be a string",      //
                          "f:7:1: targets.a: already defined at f:1:1"));
}

TEST(Syntax, AKeyOfManyPartsIsRefused) {
  std::string key = "targets";
  for (int i = 0; i < 20'000; ++i) key += ".a";
  EXPECT_THAT(findings_of("# a.b\nx = 'a.b'\n" + key + " = 1\n"),
              ElementsAre("f:3:1: has a key of more than 16 parts"));
  EXPECT_THAT(findings_of("[" + key + "]\n"), ElementsAre("f:1:1: has a key of more than 16 parts"));
  EXPECT_THAT(findings_of("x = { \"a\" . " + key + " = 1 }\n"), ElementsAre("f:1:1: has a key of more than 16 parts"));
  for (const char* quote : {"'", "\"", "\'\'\'", "\"\"\""}) {
    EXPECT_THAT(
        findings_of("[targets.a]\nurl = " + std::string(quote) + "http://a/" + key + quote + " # " + key + "\n"),
        Each(Not(HasSubstr("parts"))));
  }
}

TEST(Syntax, DeepNestingIsRefused) {
  const std::string deep = "a = " + std::string(100'000, '[');
  EXPECT_THAT(findings_of(deep), ElementsAre(HasSubstr("nest")));
}

}  // namespace
}  // namespace authprobe::config
