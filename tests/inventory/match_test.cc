// Which entry of a list is one of our credentials, and which only looks so.
#include "exporter/inventory/match.h"

#include <gtest/gtest.h>

#include <chrono>

#include "tests/inventory/lists.h"

namespace authprobe::inventory {
namespace {

const WallTime kMatchTime(std::chrono::sys_days(std::chrono::year(2027) / 1 / 31));

class MatchTest : public testing::Test {
 protected:
  MatchTest() {
    rules = test::inventory_of(test::tokens());
    rules.provider = "issuer";
    credential.name = "deploy";
    credential.provider.name = "issuer";
    credential.hosts = {"issuer.example"};
  }
  void add(const std::string& id, const std::string& name = {}) {
    Entry entry;
    entry.id = id;
    entry.name = name;
    list.entries.push_back(entry);
  }
  // "id by", or nothing.
  std::string find(const Identity& identity) const {
    const auto match = Finder(list, rules).find(identity, kMatchTime);
    return match ? match->entry->id + ' ' + std::string(to_string(match->by)) : "";
  }
  std::string find() const { return find({credential, {}, {}, {}, {}}); }
  std::string find_id(const std::string& id) const { return find({credential, id, {}, {}, {}}); }
  std::string find_key(const std::string& id) const { return find({credential, {}, id, {}, {}}); }

  config::Inventory rules;
  config::Credential credential;
  EntryList list;
};

TEST_F(MatchTest, WhatTheIssuerCallsIt) {
  add("41");
  add("42");
  EXPECT_EQ(find_id("42"), "42 id");
  EXPECT_EQ(find_id("4"), "");
  credential.provider.name = "another";
  EXPECT_EQ(find_id("42"), "");
}

TEST_F(MatchTest, AnIdMeansNothingAtAnotherHost) {
  add("42");
  credential.hosts = {"gitlab.corp.example"};
  EXPECT_EQ(find_id("42"), "");
  credential.hosts = {};
  EXPECT_EQ(find_id("42"), "");
}

TEST_F(MatchTest, TheIdOfAKeyIsUniqueWhereverItIsFrom) {
  add("AKIA1111111111EXAMPLE");
  add("projects/p/serviceAccounts/a/keys/90c48f61c65cd56224a1");
  add("short");
  credential.provider.name = "";
  credential.hosts = {};
  EXPECT_EQ(find_key("AKIA1111111111EXAMPLE"), "AKIA1111111111EXAMPLE id");
  EXPECT_EQ(find_key("90c48f61c65cd56224a1"), "projects/p/serviceAccounts/a/keys/90c48f61c65cd56224a1 id");
  EXPECT_EQ(find_key("short"), "");
}

TEST_F(MatchTest, AVariableMayBeItsId) {
  add("308a7e905eee4071aac5971744c061f6");
  add("issuer");
  credential.provider.variables = {{"host", "issuer"}, {"application_credential", "308a7e905eee4071aac5971744c061f6"}};
  EXPECT_EQ(find(), "308a7e905eee4071aac5971744c061f6 id");
}

TEST_F(MatchTest, AClientNeedsTheBeginningOfItsSecret) {
  add("old");
  add("new");
  list.entries[0].client = list.entries[1].client = "app";
  list.entries[0].hint = "abc";
  const auto with = [&](std::string_view client, std::string_view secret) {
    return find({credential, {}, {}, client, secret});
  };
  credential.provider.name = "";
  EXPECT_EQ(with("app", "abcdef"), "old client");
  EXPECT_EQ(with("app", "xyz"), "") << "an entry without a hint may be any";
  EXPECT_EQ(with("other", "abcdef"), "");
  list.entries[1].hint = "abc";
  EXPECT_EQ(with("app", "abcdef"), "new client") << "that ends last";
}

TEST_F(MatchTest, ANameCountsIfOnlyOneUsableSecretHasIt) {
  add("1", "deploy");
  add("2", "deploy");
  EXPECT_EQ(find(), "");
  list.entries[0].is_disabled = true;
  EXPECT_EQ(find(), "2 name");
  list.entries[1].ends = kMatchTime - std::chrono::hours(1);
  EXPECT_EQ(find(), "");
}

TEST_F(MatchTest, WhatTheConfigurationSaysGoesFirst) {
  add("1", "deploy");
  add("42");
  credential.listed_as = {"tokens", "42", ""};
  EXPECT_EQ(find_id("1"), "42 listed_as");
  credential.listed_as.inventory = "others";
  EXPECT_EQ(find_id("1"), "");
}

}  // namespace
}  // namespace authprobe::inventory
