// The files of Prometheus's file_sd: which are taken, and what is said of the others. tests/e2e/test_target_lists.py
// compares the verdicts with those of promtool.
#include "exporter/config/target_list.h"

#include <gmock/gmock.h>

#include "tests/config/config_files.h"

namespace authprobe::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

struct Read {
  std::optional<std::vector<ListedGroup>> groups;
  std::vector<std::string> findings;
};

Read read(const std::string& file, const std::string& text) {
  Findings findings;
  Read result;
  result.groups = read_target_list(text, file, findings);
  result.findings = config_test::lines_of(findings.sorted());
  return result;
}

std::vector<std::string> addresses(const ListedGroup& group) {
  std::vector<std::string> texts;
  for (const ListedAddress& address : group.addresses) texts.push_back(address.text);
  return texts;
}

TEST(TargetList, IsReadFromJsonWithThePlacesOfItsAddresses) {
  const Read list =
      read("a.json",
           "[\n  {\"targets\": [\"a:1\",\n    \"\\\\\\\"\",\n  \"b\\u003a2\"], \"labels\": {\"team\": \"x\"}}\n]\n");
  ASSERT_TRUE(list.groups) << ::testing::PrintToString(list.findings);
  ASSERT_THAT(*list.groups, SizeIs(1));
  EXPECT_THAT(addresses(list.groups->front()), ElementsAre("a:1", "\\\"", "b:2"));
  EXPECT_THAT(list.groups->front().labels, ElementsAre(Pair("team", "x")));
  EXPECT_EQ(list.groups->front().addresses[2].line, 4u);
  EXPECT_EQ(list.groups->front().addresses[2].column, 3u);
}

TEST(TargetList, IsReadFromYamlWhereEachScalarIsText) {
  const Read list = read("a.yml", "- targets:\n  - a:1\n  - 8080\n  labels: {n: 1, t: true, nothing: ~, o: 0x10}\n");
  ASSERT_TRUE(list.groups) << ::testing::PrintToString(list.findings);
  EXPECT_THAT(addresses(list.groups->front()), ElementsAre("a:1", "8080"));
  EXPECT_EQ(list.groups->front().addresses[1].line, 3u);
  EXPECT_THAT(list.groups->front().labels, ElementsAre(Pair("n", "1"), Pair("o", "0x10"), Pair("t", "true")));
}

TEST(TargetList, SaysWhereJsonBreaksOff) {
  EXPECT_THAT(read("a.json", "[\n {\"targets\": [\"a:1\"],\n").findings, ElementsAre(HasSubstr("a.json:2:")));
  EXPECT_THAT(read("a.json", "[]\n[]").findings, ElementsAre("a.json:2:1: is not JSON"));
}

TEST(TargetList, NamesTheKeyAndTheRule) {
  EXPECT_THAT(read("a.json", R"([{"targets": ["a"], "label": {}}])").findings,
              ElementsAre("a.json:1:21: [0].label: unknown key (did you mean \"labels\"?)"));
  EXPECT_THAT(read("a.yml", "- targets: [a]\n  labels: {a-b: x}\n").findings,
              ElementsAre("a.yml:2:17: [0].labels.a-b: must be a label name: letters, digits and '_', the first no "
                          "digit"));
  EXPECT_THAT(read("a.json", R"([{"targets": ["a"], "labels": {"n": 1}}])").findings,
              ElementsAre(HasSubstr("[0].labels.n: must be a string")));
}

TEST(TargetList, NeverRepeatsAValueInAFinding) {
  for (const char* text : {"[{\"targets\": [\"a\"], \"labels\": \"s3cret\"}]", "[{\"targets\": \"s3cret\"}]",
                           "[{\"targets\": [\"s3cret\"}]", "s3cret"}) {
    const auto findings = read("a.json", text).findings;
    ASSERT_THAT(findings, SizeIs(1)) << text;
    EXPECT_THAT(findings.front(), ::testing::Not(HasSubstr("s3cret"))) << text;
  }
}

TEST(TargetList, HasBounds) {
  std::string many = "[{\"targets\": [\"a\"";
  for (std::size_t i = 1; i < kMostListed; ++i) many += ",\"a\"";
  EXPECT_TRUE(read("a.json", many + "]}]").groups);
  EXPECT_THAT(read("a.json", many + ",\"a\"]}]").findings, ElementsAre(HasSubstr("one address too many")));
  EXPECT_THAT(read("a.json", std::string(40, '[') + std::string(40, ']')).findings,
              ElementsAre(HasSubstr("nested too deeply")));
  const std::string label(kLongestListLabel + 1, 'x');
  EXPECT_THAT(read("a.yml", "- labels: {a: " + label + "}\n").findings, ElementsAre(HasSubstr("at most 1 KiB")));
  std::string wrong = "[{\"targets\": [1";
  for (int i = 0; i < 1000; ++i) wrong += ",1";
  EXPECT_THAT(read("a.json", wrong + "]}]").findings, SizeIs(20));
}

TEST(TargetList, MayBeEmptyButTheFileMayNot) {
  EXPECT_THAT(read("a.json", "[]").groups.value(), IsEmpty());
  EXPECT_THAT(read("a.yml", "# none today\n").groups.value(), IsEmpty());
  EXPECT_THAT(read("a.yml", " \n").findings, ElementsAre("a.yml:1:1: is empty (a list without targets is [])"));
}

}  // namespace
}  // namespace authprobe::config
