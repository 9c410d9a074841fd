// A list read to its end: the requests that it takes, and all the reasons for which it is given up.
#include "exporter/inventory/listing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "tests/inventory/lists.h"

namespace authprobe::inventory {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const WallTime kListingTime(std::chrono::sys_days(std::chrono::year(2027) / 1 / 31));

http::Response answer(std::string body, wire::Headers headers = {}) {
  http::Response response;
  response.status = 200;
  response.body = std::move(body);
  response.headers = std::move(headers);
  return response;
}

wire::Headers link_to(const std::string& url) {
  return {{"Link", "<" + url + ">; rel=\"next\""}};
}

class ListingTest : public testing::Test {
 protected:
  void read(config::SecretList list) {
    rules = test::inventory_of(std::move(list));
    listing.emplace(rules);
    asked.clear();
  }
  // The next request's URL and body; empty: there is none.
  std::string ask() {
    const auto ask = listing->next();
    if (ask) asked.push_back(ask->number);
    return ask ? ask->url.text() + ask->body : "";
  }
  // The answer to the oldest request without one.
  void take(const http::Response& response) {
    const std::uint64_t number = asked.front();
    asked.pop_front();
    listing->take(number, response, kListingTime);
  }

  config::Inventory rules;
  std::optional<Listing> listing;
  std::deque<std::uint64_t> asked;
};

TEST_F(ListingTest, FollowsLinkHeaders) {
  read(test::tokens());
  EXPECT_EQ(ask(), "https://issuer.example/tokens?size=2");
  take(answer(R"([{"id":1},{"id":2}])", link_to("https://issuer.example/tokens?page=2")));
  EXPECT_FALSE(listing->is_complete());
  EXPECT_EQ(ask(), "https://issuer.example/tokens?page=2");
  take(answer(R"([{"id":3}])"));
  ASSERT_TRUE(listing->is_complete());
  const EntryList list = listing->take_list(kListingTime);
  EXPECT_THAT(list.entries, SizeIs(3));
  EXPECT_EQ(list.requests, 2u);
}

TEST_F(ListingTest, FollowsURLsInTheBody) {
  config::SecretList list = test::tokens({config::NextPage::url, "/next", ""});
  list.steps[0].rows = "/results";
  read(std::move(list));
  ask();
  take(answer(R"({"results":[{"id":1}],"next":"/tokens?page=2"})"));
  EXPECT_EQ(ask(), "https://issuer.example/tokens?page=2");
  take(answer(R"({"results":[{"id":2}],"next":null})"));
  EXPECT_TRUE(listing->is_complete());
}

TEST_F(ListingTest, FollowsCursors) {
  config::SecretList list = test::tokens({config::NextPage::cursor, "/nextPageToken", "pageToken"});
  list.steps[0].rows = "/keys";
  read(std::move(list));
  ask();
  take(answer(R"({"keys":[{"id":1}],"nextPageToken":"a&b"})"));
  EXPECT_EQ(ask(), "https://issuer.example/tokens?size=2&pageToken=a%26b");
  take(answer(R"({"keys":[{"id":2}]})"));
  EXPECT_TRUE(listing->is_complete());
}

TEST_F(ListingTest, CountsPagesUntilOneIsEmpty) {
  read(test::tokens({config::NextPage::number, "", "page"}));
  EXPECT_EQ(ask(), "https://issuer.example/tokens?size=2&page=1");
  take(answer(R"([{"id":1}])"));
  EXPECT_EQ(ask(), "https://issuer.example/tokens?size=2&page=2");
  take(answer("[]"));
  EXPECT_TRUE(listing->is_complete());
}

TEST_F(ListingTest, AsksForTheSecretsOfEachRow) {
  config::SecretList list = test::tokens({});
  list.steps.insert(list.steps.begin(), test::step("https://issuer.example/users", {config::NextPage::link, "", ""}));
  list.steps[0].gives = {{"user", test::in_row("/login")}};
  list.steps[1].url = "https://issuer.example/users/{user}/tokens";
  list.steps[1].body = R"({"user":"{user}"})";
  read(std::move(list));
  EXPECT_EQ(ask(), "https://issuer.example/users");
  take(answer(R"([{"login":"../a?b"},{"login":"bob\""}])", link_to("https://issuer.example/users?page=2")));
  EXPECT_EQ(ask(), R"(https://issuer.example/users/..%2Fa%3Fb/tokens{"user":"../a?b"})");
  take(answer(R"([{"id":1}])"));
  EXPECT_EQ(ask(), R"(https://issuer.example/users/bob%22/tokens{"user":"bob\""})");
  take(answer("[]"));
  EXPECT_EQ(ask(), "https://issuer.example/users?page=2");
  take(answer("[]"));
  EXPECT_TRUE(listing->is_complete());
}

TEST_F(ListingTest, WhatIsGoneIsLeftOut) {
  config::SecretList list = test::tokens({});
  list.steps.insert(list.steps.begin(), test::step("https://issuer.example/users"));
  list.steps[0].gives = {{"user", test::in_row("/login")}};
  list.steps[1].url = "https://issuer.example/users/{user}/tokens";
  http::Response gone = answer("");
  gone.status = 404;
  for (const bool all : {false, true}) {
    read(list);
    ask();
    take(answer(R"([{"login":"a"},{"login":"b"},{"login":"c"}])"));
    for (int i = 0; i < 3; ++i) {
      ask();
      take(all || i == 1 ? gone : answer(R"([{"id":)" + std::to_string(i) + "}]"));
    }
    EXPECT_EQ(listing->is_complete(), !all);
    EXPECT_EQ(listing->problem().why, all ? Failure::status : Failure::none);
  }
}

TEST_F(ListingTest, NoPageLeadsElsewhere) {
  for (const char* next :
       {"https://evil.example/tokens", "http://issuer.example/tokens", "https://issuer.example:8443/tokens",
        "//evil.example/", "https://issuer.example@evil.example/"}) {
    read(test::tokens());
    ask();
    take(answer(R"([{"id":1}])", link_to(next)));
    EXPECT_EQ(ask(), "") << next;
    EXPECT_FALSE(listing->is_complete()) << next;
    EXPECT_THAT(listing->problem().why, testing::AnyOf(Failure::elsewhere, Failure::unreadable)) << next;
  }
}

TEST_F(ListingTest, APageThatLeadsToItselfEndsIt) {
  read(test::tokens());
  ask();
  take(answer(R"([{"id":1}])", link_to("https://issuer.example/tokens?size=2")));
  EXPECT_EQ(listing->problem().why, Failure::unreadable);
}

TEST_F(ListingTest, EndlessPagesEndAtTheBound) {
  read(test::tokens());
  rules.max_requests = 3;
  for (int i = 0; i < 3; ++i) {
    ask();
    take(answer(R"([{"id":1}])", link_to("https://issuer.example/tokens?page=" + std::to_string(i))));
  }
  EXPECT_EQ(ask(), "");
  EXPECT_EQ(listing->problem().why, Failure::too_long);
  EXPECT_THAT(listing->problem().text, HasSubstr("3 requests"));
}

TEST_F(ListingTest, TooManySecretsAreNoList) {
  read(test::tokens());
  rules.max_entries = 2;
  ask();
  take(answer(R"([{"id":1},{"id":2},{"id":3}])"));
  EXPECT_EQ(listing->problem().why, Failure::too_long);
  EXPECT_FALSE(listing->is_complete());
}

TEST_F(ListingTest, ARequestThatWasNotAnsweredIsMadeAgain) {
  read(test::tokens());
  rules.max_requests = 1;
  const std::string first = ask();
  listing->again(asked.front());
  EXPECT_EQ(ask(), first);
}

TEST_F(ListingTest, FailuresHaveReasons) {
  const auto why = [&](int status, const std::string& body, http::TransportError error = http::TransportError::none) {
    read(test::tokens());
    ask();
    http::Response response = answer(body);
    response.status = status;
    response.error = error;
    take(response);
    return listing->problem().why;
  };
  EXPECT_EQ(why(401, ""), Failure::refused);
  EXPECT_EQ(why(403, ""), Failure::refused);
  EXPECT_EQ(why(500, ""), Failure::status);
  EXPECT_EQ(why(302, ""), Failure::status);
  EXPECT_EQ(why(200, "<html>"), Failure::unreadable);
  EXPECT_EQ(why(0, "", http::TransportError::timeout), Failure::transport);
  EXPECT_EQ(why(200, "", http::TransportError::too_large), Failure::too_long);
}

TEST_F(ListingTest, APageThatWasCutIsNoPage) {
  read(test::tokens());
  ask();
  http::Response response = answer("[]");
  response.body_is_cut = true;
  take(response);
  EXPECT_EQ(listing->problem().why, Failure::too_long);
}

// Vault: where there are no roles, or a role has no secret ids.
TEST_F(ListingTest, AStatusMayMeanThatThereIsNothing) {
  config::SecretList list = test::tokens({});
  list.steps.insert(list.steps.begin(), test::step("https://issuer.example/roles"));
  list.steps[0].gives = {{"role", test::in_row("")}};
  list.steps[0].empty_status = 404;
  list.steps[1].url = "https://issuer.example/roles/{role}";
  list.steps[1].empty_status = 404;
  http::Response nothing;
  nothing.status = 404;
  read(list);
  ask();
  take(nothing);
  ASSERT_TRUE(listing->is_complete());
  EXPECT_THAT(listing->take_list(kListingTime).entries, SizeIs(0));
  read(list);
  ask();
  take(answer(R"(["dev"])"));
  EXPECT_EQ(ask(), "https://issuer.example/roles/dev");
  take(nothing);
  EXPECT_TRUE(listing->is_complete());
}

}  // namespace
}  // namespace authprobe::inventory
