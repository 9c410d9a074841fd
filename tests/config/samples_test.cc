// The files that ship: samples load without a finding, and the reference has every key.
#include <gmock/gmock.h>

#include <regex>
#include <set>
#include <sstream>

#include "exporter/config/keys.h"
#include "tests/config/config_files.h"

namespace authprobe::config {
namespace {

using config_test::lines_of;
using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kRoot = AUTHPROBE_SOURCE_DIR;

std::string contents(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::string without_prefix(const std::string& key, const std::string& prefix) {
  return key.starts_with(prefix) ? key.substr(prefix.size()) : "";
}

class Sample : public ::testing::TestWithParam<const char*> {};

TEST_P(Sample, LoadsWithoutAFinding) {
  const LoadResult result = load(kRoot + "/config/" + GetParam());
  EXPECT_THAT(lines_of(result.findings), IsEmpty());
  EXPECT_THAT(result.config.targets, Not(IsEmpty()));
}

INSTANTIATE_TEST_SUITE_P(Files, Sample, ::testing::Values("minimal.toml", "example.toml"));

TEST(Example, ShowsEveryKeyOfATargetAndOfCredentials) {
  const std::string example = contents(kRoot + "/config/example.toml");
  for (const auto& [key, help, is_shown] : known_keys()) {
    const std::string last = key.substr(key.rfind('.') + 1);
    // { value } is warned about, so that the example cannot use it.
    EXPECT_THAT(example, ::testing::ContainsRegex("(^|[^a-z_])" + last + "( =|\\.| |])")) << key;
  }
}

// A row of the reference's tables of keys: the key, as far as it is not a name of the user's, and its meaning.
std::set<std::pair<std::string, std::string>> documented_keys() {
  std::set<std::pair<std::string, std::string>> rows;
  std::istringstream lines(contents(kRoot + "/docs/configuration.md"));
  const std::regex row("^\\| `([a-z0-9_.]+)` \\|.* \\| (.*) \\|$");
  std::smatch match;
  for (std::string line; std::getline(lines, line);) {
    if (std::regex_match(line, match, row)) rows.emplace(match[1], match[2]);
  }
  return rows;
}

// Where the reference describes a key: what several sections have is described once.
std::string documented_as(const std::string& path) {
  std::string key = path;
  for (const char* prefix :
       {"settings.", "defaults.", "credentials.NAME.", "targets.NAME.", "targets_from.NAME.", "inventories.NAME."}) {
    if (const std::string rest = without_prefix(key, prefix); !rest.empty()) key = rest;
  }
  const std::string last = key.substr(key.rfind('.') + 1);
  const bool is_place = last == "variable" || last == "section" ||
                        (last == "json_pointer" && key != last && !key.starts_with("expiry_lookup."));
  return is_place || last == "file" || last == "env" || last == "value" ? last : key;
}

TEST(Reference, HasEveryKeyAndItsMeaning) {
  std::set<std::pair<std::string, std::string>> known;
  for (const auto& [path, help, is_shown] : known_keys()) known.emplace(documented_as(path), help);
  EXPECT_THAT(documented_keys(), ::testing::ContainerEq(known));
}

// Each ```toml block of the reference is a file of its own.
TEST(Reference, ExamplesLoad) {
  const std::string reference = contents(kRoot + "/docs/configuration.md");
  const std::string fence = "```toml\n";
  int blocks = 0;
  for (auto begin = reference.find(fence); begin != std::string::npos; begin = reference.find(fence, begin), ++blocks) {
    begin += fence.size();
    const std::string block = reference.substr(begin, reference.find("```", begin) - begin);
    EXPECT_TRUE(parse(block, "f").ok()) << block << ::testing::PrintToString(config_test::findings_of(block));
  }
  EXPECT_GT(blocks, 0);
}

TEST(KnownKeys, AreWhatTheLoaderTakes) {
  std::vector<std::string> paths;
  for (const auto& [path, help, is_shown] : known_keys()) paths.push_back(path);
  EXPECT_THAT(paths, Contains("targets.NAME.expect.json.pointer"));
  EXPECT_THAT(paths, Contains("targets.NAME.url"));
  EXPECT_THAT(paths, Not(Contains("defaults.url")));
  EXPECT_THAT(paths, Contains("credentials.NAME.token.file"));
}

}  // namespace
}  // namespace authprobe::config
