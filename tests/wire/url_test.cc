#include "exporter/wire/url.h"

#include <gmock/gmock.h>

namespace authprobe::wire {
namespace {

TEST(UrlTest, FindsItsParts) {
  const Url named("HTTPS://user:pw@Api.Example.com/a:b@c?d=e#f");
  EXPECT_TRUE(named.https());
  EXPECT_EQ(named.userinfo(), "user:pw");
  EXPECT_EQ(named.host(), "Api.Example.com");
  EXPECT_EQ(named.authority(), "Api.Example.com");
  EXPECT_EQ(named.port(), 443);
  EXPECT_EQ(named.rest(), "/a:b@c?d=e#f");
  EXPECT_EQ(named.path(), "/a:b@c");
  EXPECT_EQ(named.query(), "d=e");
  EXPECT_FALSE(named.host_is_address());
  EXPECT_EQ(named.origin(), "https://Api.Example.com:443");
}

TEST(UrlTest, KnowsAddresses) {
  const Url v4("http://127.0.0.1:8080?x");
  EXPECT_TRUE(v4.host_is_address());
  EXPECT_FALSE(v4.host_is_ipv6());
  EXPECT_EQ(v4.port(), 8080);
  EXPECT_EQ(v4.path(), "");
  EXPECT_EQ(v4.query(), "x");
  const Url v6("http://[fe80::1%25eth0]:81/");
  EXPECT_TRUE(v6.host_is_ipv6());
  EXPECT_EQ(v6.host(), "fe80::1%25eth0");
  EXPECT_EQ(v6.authority(), "[fe80::1%25eth0]:81");
  EXPECT_EQ(v6.port(), 81);
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
                           "http://a\\b/",
                           "http://a b/",
                           "http://a:b/",
                           "http://a:65536/",
                           "http://a:0/",
                           "http://a:/",
                           "http://[::1/",
                           "http://[x]/",
                           "http://[",
                           "http://::1/",
                           "http://a%2fb/",
                           "http://a\n/",
                           "http://a:80:80/",
                           "http://[::1]x/",
                           "http://b\u00fccher.example/"}) {
    UrlProblem problem;
    EXPECT_FALSE(Url::parse(text, problem)) << text;
    EXPECT_NE(problem.rule, "") << text;
  }
  EXPECT_TRUE(Url::parse("http://a/" + std::string(Url::kLongest - 9, 'x')));
  EXPECT_FALSE(Url::parse("http://a/" + std::string(Url::kLongest - 8, 'x')));
  EXPECT_THROW(Url("nowhere"), std::invalid_argument);
}

TEST(UrlTest, ComparesOrigins) {
  const auto same = [](const char* a, const char* b) { return same_origin(Url(a), Url(b)); };
  EXPECT_TRUE(same("http://a/x", "http://A:80/y?z"));
  EXPECT_FALSE(same("http://a/", "https://a/"));
  EXPECT_FALSE(same("http://a:80/", "https://a:80/"));
  EXPECT_FALSE(same("http://a/", "http://a:81/"));
  EXPECT_FALSE(same("http://a/", "http://a.b/"));
}

TEST(UrlTest, ShowsNeitherUserInfoNorQueryNorFragment) {
  EXPECT_EQ(Url("http://u:p@h:8/p@q?x=1#f").shown(), "http://h:8/p@q");
  EXPECT_EQ(Url("http://h?x=/@y").shown(), "http://h");
  EXPECT_EQ(Url("http://[::1]:8/").shown(), "http://[::1]:8/");
  EXPECT_EQ(Url().shown(), "");
  EXPECT_EQ(Url("http://h/?page=2&hunter2&key=hunter2").with_redacted_query(),
            "http://h/?page=<redacted>&<redacted>&key=<redacted>");
  EXPECT_EQ(Url("http://h/a").with_redacted_query(), "http://h/a");
}

TEST(UrlTest, HasAPlaceForASecretInItsPathOnly) {
  EXPECT_TRUE(Url("https://h/bot{key}/me").has_secret_place());
  EXPECT_FALSE(Url("https://h/me?k={key}").has_secret_place());
  EXPECT_FALSE(Url("https://h/me").has_secret_place());
  EXPECT_EQ(with_path_secret("https://h/bot{key}/{key}?k={key}", "a b/%c:d").reveal(),
            "https://h/bota%20b%2F%25c:d/a%20b%2F%25c:d?k={key}");
}

TEST(UrlTest, HidesPartsOfThePathThatLookLikeSecrets) {
  EXPECT_EQ(Url("https://h/bot110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/getMe").shown(),
            "https://h/bot110201543:.../getMe");
  EXPECT_EQ(Url("https://h/s/a1B2c3D4e5F6g7H8i9J0").with_redacted_query(), "https://h/s/...");
  EXPECT_EQ(Url("https://h/s/a1B2c3D4e5F6g7H8i9J0?x=1").with_redacted_query(), "https://h/s/...?x=<redacted>");
  for (const char* url :
       {"https://h/v1/8f14e45f-ceea-467a-8a36-dedd4bea2543", "https://h/8f14e45fceea167a5a36dedd4bea2543",
        "https://h/OAuth2ProtectedResourceV10/GetAccountInformation2026", "https://h/v1/repos/a/b", "https://h",
        "https://h/bot{key}/me"}) {
    EXPECT_EQ(Url(url).shown(), url);
    EXPECT_FALSE(Url(url).path_looks_secret());
  }
}

TEST(UrlTest, KnowsLoopback) {
  for (const char* url : {"http://localhost:1/", "http://127.0.0.2/", "http://[::1]/", "http://A.LocalHost/"}) {
    EXPECT_TRUE(Url(url).is_loopback()) << url;
  }
  for (const char* url : {"http://x/", "http://127.0.0.1.example.com/", "http://128.0.0.1/", "http://[::2]/"}) {
    EXPECT_FALSE(Url(url).is_loopback()) << url;
  }
}

TEST(UrlTest, AddsAndTakesQueryParameters) {
  EXPECT_EQ(with_query("http://a/b#c", "k", "v+/").reveal(), "http://a/b?k=v%2B%2F");
  EXPECT_EQ(with_query("http://a/?", "k", "v").reveal(), "http://a/?k=v");
  EXPECT_EQ(with_query("http://a/?x", "k", "v").reveal(), "http://a/?x&k=v");
  EXPECT_EQ(with_query("http://a/?x&", "k", "v").reveal(), "http://a/?x&k=v");
  EXPECT_EQ(Url("http://b:c@a:8/d").with_userinfo("u:p").text(), "http://u:p@a:8/d");
  EXPECT_EQ(Url("http://a/?k=1&x=2&k=3&%6b=4").without_query("k"), "http://a/?x=2");
  EXPECT_EQ(Url("http://a/?k=1").without_query("k"), "http://a/");
  EXPECT_EQ(Url("http://a/?kk=1").without_query("k"), "http://a/?kk=1");
}

}  // namespace
}  // namespace authprobe::wire
