#include "exporter/config/shard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "exporter/config/load.h"

namespace authprobe::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> many_names() {
  std::vector<std::string> names;
  for (int i = 0; i < 20'000; ++i) names.push_back("target-" + std::to_string(i));
  return names;
}

TEST(Shard, IsReadFromANumberOrFromTheEndOfAPodsName) {
  EXPECT_EQ(parse_shard("0/1"), (Shard{0, 1}));
  EXPECT_EQ(parse_shard("7/8"), (Shard{7, 8}));
  EXPECT_EQ(parse_shard("authprobe-exporter-3/8"), (Shard{3, 8}));
  EXPECT_EQ(parse_shard("team2-authprobe-10/16"), (Shard{10, 16}));
}

TEST(Shard, IsRefusedWhereItIsNone) {
  for (const char* text : {"", "/", "1", "1/", "/2", "2/2", "8/3", "-1/2", "pod/2", "pod3/4", "1/2/3", "1/x", "0/0",
                           "0/10001", "99999999999/2", "1 /2"}) {
    EXPECT_EQ(parse_shard(text), std::nullopt) << text;
  }
}

TEST(Shard, EveryNameBelongsToOneAndTheyAreAlikeInSize) {
  std::vector<int> sizes(8);
  for (const auto& name : many_names()) ++sizes.at(shard_of(name, 8));
  for (const int size : sizes) EXPECT_NEAR(size, 2500, 250);
}

TEST(Shard, OneMoreMovesFewNamesAndThoseToTheNewOne) {
  int moved = 0;
  for (const auto& name : many_names()) {
    const auto before = shard_of(name, 8);
    const auto after = shard_of(name, 9);
    if (before == after) continue;
    EXPECT_EQ(after, 8u) << name;
    ++moved;
  }
  EXPECT_NEAR(moved, 20'000.0 / 9, 250);
}

// The numbers are of another implementation. Shards of two versions run side by side during an upgrade: a target must
// not be probed twice, or by nobody.
TEST(Shard, ANameKeepsItsShardFromVersionToVersion) {
  std::vector<std::uint32_t> shards;
  for (const char* name : {"billing-me", "crm-users", "webhooks", "reports", "ledger"}) {
    shards.push_back(shard_of(name, 5));
  }
  EXPECT_THAT(shards, ElementsAre(4, 3, 0, 0, 0));
}

class ShardOfConfig : public testing::Test {
 protected:
  static Config shard(std::uint32_t index) {
    LoadResult result = parse(R"([credentials.old]
kind = "bearer"
token.env = "OLD"
next = "new"
introspection = { url = "https://login.example.com/introspect", credential = "client" }
[credentials.new]
kind = "bearer"
token.env = "NEW"
[credentials.client]
kind = "basic"
username = "us"
password.env = "CLIENT"
[credentials.watched]
kind = "bearer"
token.env = "WATCHED"
[targets.one]
url = "https://api.example.com/"
credential = "old"
)",
                              "test.toml");
    EXPECT_TRUE(result.ok());
    keep_shard({index, 2}, result.config);
    return std::move(result.config);
  }
  static std::vector<std::string> credentials(const Config& config) {
    std::vector<std::string> names;
    for (const auto& credential : config.credentials) {
      if (credential.name != "watched") names.push_back(credential.name);
    }
    return names;
  }
};

TEST_F(ShardOfConfig, HasItsTargetsWithAllCredentialsThatTheyNeed) {
  const auto home = shard_of("one", 2);
  EXPECT_EQ(shard(home).targets.size(), 1u);
  EXPECT_THAT(credentials(shard(home)), ElementsAre("client", "new", "old"));
  EXPECT_THAT(shard(1 - home).targets, IsEmpty());
  EXPECT_THAT(credentials(shard(1 - home)), IsEmpty());
}

TEST_F(ShardOfConfig, ACredentialWithoutTargetsIsWatchedByOneShard) {
  int watching = 0;
  for (const std::uint32_t index : {0u, 1u}) {
    const Config config = shard(index);
    watching += static_cast<int>(std::count_if(config.credentials.begin(), config.credentials.end(),
                                               [](const auto& c) { return c.name == "watched"; }));
  }
  EXPECT_EQ(watching, 1);
}

}  // namespace
}  // namespace authprobe::config
