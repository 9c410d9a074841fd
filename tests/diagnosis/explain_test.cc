#include "exporter/commands/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/support/rules.h"

namespace authprobe::commands {
namespace {

using testing::HasSubstr;

std::vector<nlohmann::json> explain_lines(const std::string& text, int expected_exit = 0) {
  std::istringstream in(text);
  std::ostringstream out;
  EXPECT_EQ(explain(in, {.jsonl = true}, *test::rules(), out), expected_exit);
  std::vector<nlohmann::json> lines;
  std::istringstream answer(out.str());
  for (std::string line; std::getline(answer, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

std::string explain_text(const std::string& text, int expected_exit = 0) {
  std::istringstream in(text);
  std::ostringstream out;
  EXPECT_EQ(explain(in, {}, *test::rules(), out), expected_exit);
  return out.str();
}

TEST(Explain, ALineInALineOut) {
  const auto lines = explain_lines(
      R"({"id":"a","status":401,"headers":{"WWW-Authenticate":"Basic"},"request":{"auth":"none"}})"
      "\n\n"
      R"({"id":7,"status":429,"headers":[["Retry-After","3"]],"body":"","cause":"geo_blocked","note":"expired"})");
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0]["id"], "a");
  EXPECT_EQ(lines[0]["cause"], "missing_credentials");
  EXPECT_EQ(lines[0]["confidence"], "certain");
  EXPECT_EQ(lines[0]["refusal"], "authentication");
  EXPECT_TRUE(lines[0]["evidence"].is_array());
  EXPECT_FALSE(lines[0]["advice"].get<std::string>().empty());
  EXPECT_EQ(lines[1]["id"], 7);
  EXPECT_EQ(lines[1]["cause"], "rate_limited");
}

TEST(Explain, WhatIsExpectedOfALineDoesNotSway) {
  const std::string line = R"({"status":403,"body":"{\"message\":\"IP not allowed\"}","vendor":"V","service":"S")";
  const auto plain = explain_lines(line + "}");
  const auto told =
      explain_lines(line + R"(,"cause":"expired_token","alt_causes":["x"],"note":"token expired","source":"revoked"})");
  EXPECT_EQ(plain[0], told[0]);
}

// In the body, which recordings do not have.
TEST(Explain, WhatIsPostedToALoginMayBeItsCredential) {
  const std::string body = R"(,"body":"{\"message\":\"Authentication failed\"}"})";
  const auto lines =
      explain_lines(R"({"status":401,"request":{"auth":"none","method":"POST","path":"/v1/login"})" + body + '\n' +
                    R"({"status":401,"request":{"auth":"none","method":"GET","path":"/v1/login"})" + body + '\n');
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0]["cause"], "invalid_credentials");
  EXPECT_EQ(lines[1]["cause"], "missing_credentials");
  const std::string answer = "> Host: api.example\n>\n< HTTP/1.1 401 No\n<\n{\"message\":\"Authentication failed\"}\n";
  EXPECT_THAT(explain_text("> POST /v1/login HTTP/1.1\n" + answer), HasSubstr("invalid_credentials"));
}

TEST(Explain, OddLinesAreAnsweredAndTheRestGoesOn) {
  const auto lines =
      explain_lines("not json\n[1]\n{\"status\":\"x\"}\n{\"status\":99}\n\xFF\xFE\n{\"status\":401}\n", 1);
  ASSERT_EQ(lines.size(), 6u);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(lines[i].contains("error")) << i;
  EXPECT_EQ(lines[0]["line"], 1);
  EXPECT_EQ(lines[5]["refusal"], "authentication");
}

TEST(Explain, HeadersRepeatAndBodiesMayBeObjects) {
  const auto lines = explain_lines(
      R"({"status":401,"headers":{"WWW-Authenticate":["Basic","Digest realm=\"x\""]},"body":{"error":"token_expired"},"request":{"auth":"bearer"}})");
  EXPECT_EQ(lines[0]["cause"], "expired_token");
}

TEST(Explain, ObservedAtIsTheClock) {
  const auto lines = explain_lines(
      R"({"status":401,"observed_at":1768046400,"credential":{"expires_at":1768040000},"request":{"auth":"bearer"}})");
  EXPECT_EQ(lines[0]["cause"], "expired_token");
}

TEST(Explain, ASecretInTheUrlWasSent) {
  const auto cause = [](const std::string& request) {
    return explain_lines(R"({"status":401,"body":"{\"message\":\"Unauthorized\"}","request":)" + request +
                         "}")[0]["cause"];
  };
  EXPECT_EQ(cause(R"({"auth":"none","path":"/x?apiKey=xxxx"})"), "invalid_credentials");
  EXPECT_EQ(cause(R"({"auth":"none","url":"https://example.com/x?a=1&access_token=xxxx"})"), "invalid_credentials");
  EXPECT_EQ(cause(R"({"auth":"none","path":"/x;jsessionid=xxxx"})"), "invalid_credentials");
  EXPECT_EQ(cause(R"({"auth":"none","path":"/x?page_token=xxxx&key="})"), "missing_credentials");
  const std::string answer = "> Host: x\n>\n< HTTP/1.1 401 Unauthorized\n<\n{\"message\":\"Unauthorized\"}\n";
  EXPECT_THAT(explain_text("> GET /x?api_key=s3cr3t HTTP/1.1\n" + answer), HasSubstr("invalid_credentials"));
  EXPECT_THAT(explain_text("> GET /x?q=s3cr3t HTTP/1.1\n" + answer), HasSubstr("missing_credentials"));
}

TEST(Explain, CurlOutputTheLastResponseCounts) {
  const std::string text = explain_text(
      "HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.1 301 Moved\r\nLocation: /b\r\n\r\nHTTP/2 403 \r\n"
      "content-type: application/json\r\n\r\n{\"message\":\"Your IP address\nis not allowed\"}");
  EXPECT_THAT(text, HasSubstr("cause     ip_blocked"));
  EXPECT_THAT(text, HasSubstr("next      "));
}

TEST(Explain, CurlVerboseTellsWhatWasSentAndKeepsItSecret) {
  const std::string text = explain_text(
      "* Connected\n> GET / HTTP/1.1\n> Host: x\n> Authorization: Bearer s3cr3t\n>\n< HTTP/1.1 401 Unauthorized\n"
      "< WWW-Authenticate: Basic realm=\"x\"\n<\nno\n* Closing\n");
  EXPECT_THAT(text, HasSubstr("malformed_credentials"));
  EXPECT_THAT(text, testing::Not(HasSubstr("s3cr3t")));
}

TEST(Explain, WhatIsNoResponseIsSaid) {
  EXPECT_THAT(explain_text("", 1), HasSubstr("no status line"));
  EXPECT_THAT(explain_text("hello\n", 1), HasSubstr("no status line"));
  EXPECT_THAT(explain_text("HTTP/1.1 200 OK\n\nfine"), HasSubstr("not a refusal"));
}

}  // namespace
}  // namespace authprobe::commands
