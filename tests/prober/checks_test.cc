#include "exporter/prober/checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace authprobe::prober {
namespace {

using config::Expectation;
using testing::HasSubstr;
using testing::Not;

http::Response answer_with(std::string body, std::vector<std::pair<std::string, std::string>> headers = {}) {
  http::Response response;
  response.status = 200;
  response.headers = std::move(headers);
  response.body_bytes = body.size();
  response.body = std::move(body);
  return response;
}

std::string failure(Expectation expectation, const http::Response& response) {
  return Checks(std::make_shared<const Expectation>(std::move(expectation))).failure(response);
}

bool expects(std::vector<config::StatusRange> ranges, int status) {
  Expectation expectation;
  expectation.status = std::move(ranges);
  return Checks(std::make_shared<const Expectation>(std::move(expectation))).expects(status);
}

TEST(Checks, StatusInAnyOfTheRanges) {
  EXPECT_TRUE(expects({{200, 299}, {401, 401}}, 204));
  EXPECT_TRUE(expects({{200, 299}, {401, 401}}, 401));
  EXPECT_FALSE(expects({{200, 299}, {401, 401}}, 403));
  EXPECT_FALSE(expects({{200, 299}}, 0));
}

TEST(Checks, ARefusalIsExpectedWhereNothingElseIs) {
  Expectation expectation;
  expectation.status = {{401, 401}, {403, 403}};
  EXPECT_TRUE(Checks(std::make_shared<const Expectation>(expectation)).expects_refusal());
  expectation.status = {{401, 401}, {404, 404}};
  EXPECT_TRUE(Checks(std::make_shared<const Expectation>(expectation)).expects_refusal());
  expectation.status = {{404, 404}, {410, 410}};  // something is to be gone
  EXPECT_FALSE(Checks(std::make_shared<const Expectation>(expectation)).expects_refusal());
  expectation.status = {{401, 401}, {200, 200}};
  EXPECT_FALSE(Checks(std::make_shared<const Expectation>(expectation)).expects_refusal());
}

TEST(Checks, BodyPatterns) {
  Expectation expectation;
  expectation.body_matches = {config::Pattern("\"id\":\\s*\\d+")};
  EXPECT_EQ(failure(expectation, answer_with(R"({"id": 7})")), "");
  EXPECT_THAT(failure(expectation, answer_with("{}")), HasSubstr("does not match"));
  expectation.body_matches.clear();
  expectation.body_not_matches = {config::Pattern("(?i)maintenance")};
  EXPECT_THAT(failure(expectation, answer_with("Maintenance of secret-things")),
              testing::AllOf(HasSubstr("matches (?i)maintenance"), Not(HasSubstr("secret-things"))));
}

TEST(Checks, ValuesOfJson) {
  const auto said = [](config::JsonCheck check) {
    Expectation expectation;
    check.pointer = "/n";
    expectation.json = {std::move(check)};
    return failure(expectation, answer_with(R"({"n": 41, "s": "x"})"));
  };
  EXPECT_EQ(said({.pointer = "", .equals = "", .at_least = 41, .at_most = 41, .more_than = 40.5, .less_than = 41.5}),
            "");
  EXPECT_EQ(said({.pointer = "", .equals = "", .more_than = 41}), "json /n is not more than 41");
  EXPECT_EQ(said({.pointer = "", .equals = "", .less_than = 41}), "json /n is not less than 41");
  EXPECT_EQ(said({.pointer = "", .equals = "", .matches = config::Pattern("^4")}), "");
  EXPECT_EQ(said({.pointer = "", .equals = "", .absent = true}), "json /n is present");
}

TEST(Checks, TheTimeOfTheAnswer) {
  Expectation expectation;
  expectation.answer_within = std::chrono::milliseconds(200);
  http::Response response = answer_with("");
  response.phase_seconds = {0.1, 0.05, 0, 0.05, 0};
  EXPECT_EQ(failure(expectation, response), "");
  response.phase_seconds[3] = 0.3;
  EXPECT_THAT(failure(expectation, response), HasSubstr("more than the expected 200 ms"));
}

TEST(Checks, Headers) {
  Expectation expectation;
  expectation.headers = {{.name = "Content-Type", .matches = config::Pattern("^application/json")}};
  EXPECT_EQ(failure(expectation, answer_with("", {{"content-type", "application/json"}})), "");
  EXPECT_EQ(failure(expectation, answer_with("")), "header Content-Type is absent");
  EXPECT_THAT(failure(expectation, answer_with("", {{"content-type", "text/html"}})), HasSubstr("does not match"));
  expectation.headers = {{.name = "X-Debug", .matches = {}, .absent = true}};
  EXPECT_EQ(failure(expectation, answer_with("", {{"x-debug", "1"}})), "header X-Debug is present");
}

TEST(Checks, OneOfSeveralHeadersOfANameIsEnough) {
  Expectation expectation;
  expectation.headers = {{.name = "Set-Cookie", .matches = config::Pattern("^b=")}};
  EXPECT_EQ(failure(expectation, answer_with("", {{"Set-Cookie", "a=1"}, {"Set-Cookie", "b=2"}})), "");
}

TEST(Checks, JsonPointers) {
  Expectation expectation;
  expectation.json = {{"/ok", "true"}, {"/user/name", R"("ann")"}, {"/roles/0", ""}};
  EXPECT_EQ(failure(expectation, answer_with(R"({"ok":true,"user":{"name":"ann"},"roles":["x"]})")), "");
  EXPECT_EQ(failure(expectation, answer_with(R"({"ok":false})")), "json /ok is not true");
  EXPECT_EQ(failure(expectation, answer_with(R"({"ok":true})")), "json /user/name is absent");
  EXPECT_EQ(failure(expectation, answer_with("<html>")), "the body is not JSON");
}

TEST(Checks, HostileJsonIsAFailureNotACrash) {
  Expectation expectation;
  expectation.json = {{"/a/b", ""}};
  EXPECT_NE(failure(expectation, answer_with(std::string(60'000, '['))), "");
  EXPECT_NE(failure(expectation, answer_with(R"({"a":[1,2]})")), "") << "a pointer into an array by name";
  EXPECT_NE(failure(expectation, answer_with(R"({"a":"text"})")), "");
  http::Response cut = answer_with("{}");
  cut.body_is_cut = true;
  EXPECT_THAT(failure(expectation, cut), HasSubstr("too long"));
}

}  // namespace
}  // namespace authprobe::prober
