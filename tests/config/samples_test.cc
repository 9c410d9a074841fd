// The files that ship: samples load without a finding, and the reference has every key.
#include <gmock/gmock.h>

#include <sstream>

#include "tests/config/config_files.h"

namespace authprobe::config {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::texts;

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
  EXPECT_THAT(texts(result.findings), IsEmpty());
  EXPECT_THAT(result.config.targets, Not(IsEmpty()));
}

INSTANTIATE_TEST_SUITE_P(Files, Sample, ::testing::Values("minimal.toml", "example.toml"));

TEST(Example, ShowsEveryKeyOfATargetAndOfCredentials) {
  const std::string example = contents(kRoot + "/config/example.toml");
  for (const std::string& key : known_keys()) {
    const std::string last = key.substr(key.rfind('.') + 1);
    // { value } is warned about, so that the example cannot use it.
    EXPECT_THAT(example, ::testing::ContainsRegex("(^|[^a-z_])" + last + "( =|\\.| )")) << key;
  }
}

TEST(Reference, HasEveryKey) {
  const std::string reference = contents(kRoot + "/docs/configuration.md");
  for (const std::string& key : known_keys()) {
    std::string row = key;
    for (const char* prefix : {"settings.", "defaults.", "credentials.NAME.", "targets.NAME."}) {
      if (const std::string rest = without_prefix(key, prefix); !rest.empty()) row = rest;
    }
    // What is read alike is described once.
    for (const char* shared : {"token.", "key.", "username.", "password.", "cookie.", "client_id.", "client_secret.",
                               "signing_key.", "access_key_id.", "secret_access_key.", "session_token.", "certificate.",
                               "private_key.", "certificate_password."}) {
      if (const std::string rest = without_prefix(row, shared); !rest.empty()) row = rest;
    }
    EXPECT_THAT(reference, HasSubstr("| `" + row + "` |")) << key;
  }
}

// Each ```toml block of the reference is a file of its own.
TEST(Reference, ExamplesLoad) {
  const std::string reference = contents(kRoot + "/docs/configuration.md");
  const std::string fence = "```toml\n";
  int blocks = 0;
  for (auto begin = reference.find(fence); begin != std::string::npos; begin = reference.find(fence, begin), ++blocks) {
    begin += fence.size();
    const std::string block = reference.substr(begin, reference.find("```", begin) - begin);
    EXPECT_TRUE(parse(block, "f").ok()) << block << ::testing::PrintToString(testing::findings_of(block));
  }
  EXPECT_GT(blocks, 0);
}

TEST(KnownKeys, AreWhatTheLoaderTakes) {
  EXPECT_THAT(known_keys(), Contains("targets.NAME.expect.json.pointer"));
  EXPECT_THAT(known_keys(), Contains("targets.NAME.url"));
  EXPECT_THAT(known_keys(), Not(Contains("defaults.url")));
  EXPECT_THAT(known_keys(), Contains("credentials.NAME.token.file"));
}

}  // namespace
}  // namespace authprobe::config
