#include "exporter/wire/cookies.h"

#include <gtest/gtest.h>

namespace authprobe::wire {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kCookieTime{1'795'305'600s};

// What is sent to `to` after an answer from `from` with these Set-Cookie headers.
std::string sent(std::vector<std::string> set_cookies, const std::string& to = "https://api.example.com/v1/me",
                 const std::string& from = "https://api.example.com/v1/login", std::string_view own = {}) {
  Headers headers;
  for (std::string& value : set_cookies) headers.emplace_back("set-cookie", std::move(value));
  CookieJar jar;
  jar.take(headers, Url(from), kCookieTime);
  return jar.line_for(Url(to), own);
}

TEST(CookieJar, SendsWhatWasSetInOrder) {
  EXPECT_EQ(sent({"a=1; HttpOnly", "b=\"two\"; Path=/", "c="}), "a=1; b=\"two\"; c=");
}

TEST(CookieJar, ALaterOneReplacesAnEarlierOneOfItsPlace) {
  EXPECT_EQ(sent({"a=1; path=/", "a=2; Path=/"}), "a=2");
  EXPECT_EQ(sent({"a=1", "a=; Max-Age=0"}), "");
  EXPECT_EQ(sent({"a=1", "a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT"}), "");
}

TEST(CookieJar, APathIsMatchedByItsParts) {
  EXPECT_EQ(sent({"a=1; Path=/v1"}), "a=1");
  EXPECT_EQ(sent({"a=1; Path=/v"}), "");
  EXPECT_EQ(sent({"a=1"}, "https://api.example.com/v2/me"), "") << "the path of the URL that set it";
  EXPECT_EQ(sent({"a=1; Path=/"}, "https://api.example.com"), "a=1");
}

TEST(CookieJar, ADomainIsTheHostOrAParentOfIt) {
  EXPECT_EQ(sent({"a=1; Domain=.Example.com", "b=2; Domain=other.example", "c=3; Domain=mple.com"}), "a=1");
}

TEST(CookieJar, OneForAnotherServerIsIgnored) {
  EXPECT_EQ(sent({"a=1; Domain=other.example"}, "https://other.example/v1/me"), "");
  EXPECT_EQ(sent({"a=1; Domain=www.api.example.com"}, "https://www.api.example.com/v1/me"), "") << "a part of it";
  EXPECT_EQ(sent({"a=1; Domain=0.0.1"}, "http://127.0.0.1/v1/me", "http://127.0.0.1/v1/login"), "") << "an address";
}

TEST(CookieJar, ASecureOneIsSentByHttpsOnly) {
  EXPECT_EQ(sent({"a=1; Secure"}), "a=1");
  EXPECT_EQ(sent({"a=1; Secure"}, "http://127.0.0.1/v1/me", "http://127.0.0.1/v1/login"), "");
}

TEST(CookieJar, LeavesOutTheNamesThatAreSentAnyway) {
  EXPECT_EQ(sent({"id=new", "b=2"}, "https://api.example.com/v1/me", "https://api.example.com/v1/login", "x=1; id=old"),
            "b=2");
}

}  // namespace
}  // namespace authprobe::wire
