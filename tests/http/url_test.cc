#include "exporter/http/url.h"

#include <gtest/gtest.h>

namespace authprobe::http {
namespace {

TEST(UrlTest, FindsHostAndPort) {
  const auto named = parse_url("HTTPS://user:pw@Api.Example.com/a:b@c?d");
  ASSERT_TRUE(named);
  EXPECT_TRUE(named->https);
  EXPECT_EQ(named->userinfo, "user:pw");
  EXPECT_EQ(named->host, "Api.Example.com");
  EXPECT_EQ(named->port, 443);
  EXPECT_EQ(named->rest, "/a:b@c?d");
  EXPECT_FALSE(named->literal);
  const auto v4 = parse_url("http://127.0.0.1:8080?x");
  ASSERT_TRUE(v4);
  EXPECT_TRUE(v4->literal);
  EXPECT_EQ(v4->port, 8080);
  const auto v6 = parse_url("http://[fe80::1%25eth0]:81/");
  ASSERT_TRUE(v6);
  EXPECT_TRUE(v6->ipv6);
  EXPECT_EQ(v6->host, "fe80::1%25eth0");
  EXPECT_EQ(v6->port, 81);
}

TEST(UrlTest, RefusesWhatParsersMayReadDifferently) {
  for (const char* text : {"",
                           "http:",
                           "http:/x",
                           "http://",
                           "ftp://a/",
                           "//a",
                           "http://a@b@c/",
                           "http://a\\@b/",
                           "http://a b/",
                           "http://a:b/",
                           "http://a:65536/",
                           "http://a:0/",
                           "http://[::1/",
                           "http://[x]/",
                           "http://::1/",
                           "http://a%2fb/",
                           "http://a\n/",
                           "http://a:80:80/",
                           "http://[::1]x/",
                           "http://b\u00fccher.example/"}) {
    EXPECT_FALSE(parse_url(text)) << text;
  }
}

TEST(UrlTest, ComparesOrigins) {
  const auto same = [](const char* a, const char* b) { return same_origin(*parse_url(a), *parse_url(b)); };
  EXPECT_TRUE(same("http://a/x", "http://A:80/y?z"));
  EXPECT_FALSE(same("http://a/", "https://a/"));
  EXPECT_FALSE(same("http://a:80/", "https://a:80/"));
  EXPECT_FALSE(same("http://a/", "http://a:81/"));
  EXPECT_FALSE(same("http://a/", "http://a.b/"));
}

TEST(UrlTest, ResolvesRedirects) {
  EXPECT_EQ(redirect_url("http://a/b/c?d", "e?f#g"), "http://a/b/e?f");
  EXPECT_EQ(redirect_url("http://u:p@a/b", "/c"), "http://a/c");
  EXPECT_EQ(redirect_url("https://a/b", "//c/d e"), "https://c/d%20e");
  EXPECT_EQ(redirect_url("https://a/b?c", "?d"), "https://a/b?d");
}

TEST(UrlTest, AddsAndTakesQueryParameters) {
  EXPECT_EQ(with_query("http://a/b#c", {"k", "v+/"}), "http://a/b?k=v%2B%2F");
  EXPECT_EQ(with_query("http://a/?", {"k", "v"}), "http://a/?k=v");
  EXPECT_EQ(with_query("http://a/?x&", {"k", "v"}), "http://a/?x&k=v");
  EXPECT_EQ(without_query("http://a/?k=1&x=2&k=3&%6b=4", "k"), "http://a/?x=2");
  EXPECT_EQ(without_query("http://a/?k=1", "k"), "http://a/");
  EXPECT_EQ(without_query("http://a/?kk=1", "k"), "http://a/?kk=1");
}

}  // namespace
}  // namespace authprobe::http
