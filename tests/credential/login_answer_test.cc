// What logins hand out, in the forms that servers have for it, and logins that fail with the status of a success.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporter/credential/credential.h"
#include "exporter/credential/token_answer.h"
#include "exporter/credential/xml_text.h"

namespace authprobe::credential {
namespace {

using namespace std::chrono_literals;
using config::Login;
using testing::HasSubstr;

const WallTime kLoginTime{1'800'000'000s};

// A login, and its server's answer.
class Answered : public testing::Test {
 protected:
  Answered() {
    config.kind = Login();
    login().url = wire::Url("https://app.example/auth/login");
    response.status = 200;
  }

  Login& login() { return std::get<Login>(config.kind); }
  TokenAnswer read(Login::From from, const std::string& name) {
    login().from = from;
    login().from_name = name;
    return read_token_answer(config.kind, response, kLoginTime);
  }
  std::string cookie(std::vector<std::string> set_cookies) {
    response.headers.clear();
    for (std::string& value : set_cookies) response.headers.emplace_back("Set-Cookie", std::move(value));
    return std::string(read(Login::From::cookie, "sid").token.value.reveal());
  }
  std::string from_body(const std::string& body, const std::string& pointer) {
    response.body = body;
    return std::string(read(Login::From::json_pointer, pointer).token.value.reveal());
  }
  // What the API receives.
  std::string sent(Login::Send send, const std::string& name = "X-Auth") {
    login().send = send;
    login().send_name = name;
    Credential credential(config);
    credential.take_token(read_token_answer(config.kind, response, kLoginTime).token, kLoginTime);
    http::Request request;
    EXPECT_TRUE(credential.authorize(request));
    return std::string(request.authorization.headers.at(0).second.reveal());
  }
  FetchFailure redirected_to(const std::string& location) {
    response.status = 302;
    response.headers = {{"Location", location}, {"Set-Cookie", "sid=anonymous"}};
    return read(Login::From::cookie, "sid").failure;
  }
  FetchFailure shown(const std::string& page) {
    response.headers = {{"Content-Type", "text/html"}, {"Set-Cookie", "sid=anonymous"}};
    response.body = page;
    return read(Login::From::cookie, "sid").failure;
  }

  config::Credential config;
  http::Response response;
};

TEST_F(Answered, TheLastOfSeveralCookiesCounts) {
  EXPECT_EQ(cookie({"sid=old; path=/", "sid=new; path=/; HttpOnly"}), "new");
  EXPECT_EQ(cookie({"sid=; Path=/; Max-Age=0", "sid=new; Path=/"}), "new");
  EXPECT_EQ(cookie({"sid=a", "SID=b"}), "a") << "names of cookies have a case";
  EXPECT_EQ(cookie({"sid = spaced ; Path=/"}), "spaced");
  EXPECT_EQ(cookie({"sid=x=y"}), "x=y");
  EXPECT_EQ(cookie({"sid=all; Path=/", "sid=some; Path=/admin"}), "all") << "the one for most paths";
}

TEST_F(Answered, ACookieForAnotherServerIsNamed) {
  EXPECT_EQ(cookie({"sid=x; Domain=other.example"}), "");
  EXPECT_EQ(read(Login::From::cookie, "sid").detail,
            "the answer's cookie is for another server: its Domain is other.example");
}

TEST_F(Answered, ARemovedCookieIsNone) {
  EXPECT_EQ(cookie({"sid=old; path=/", "sid=; path=/; Max-Age=0"}), "");
  EXPECT_EQ(cookie({"sid=deleted; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT"}), "");
  EXPECT_EQ(cookie({"sid=old", "sid=gone; Path=/auth; Max-Age=-1"}), "")
      << "/auth is the path that is meant without one";
  EXPECT_EQ(cookie({"sid=new; Path=/", "sid=; Path=/old; Max-Age=0"}), "new") << "a cookie of another path is another";
  EXPECT_EQ(cookie({"sid=new; Domain=app.example", "sid=; Domain=example; Max-Age=0"}), "new");
  EXPECT_EQ(read(Login::From::cookie, "sid").failure, FetchFailure::none);
}

TEST_F(Answered, AValueBringsItsSchemeAlong) {
  response.headers = {{"Authorization", "Bearer jwt-abc-123"}};
  read(Login::From::header, "Authorization");
  EXPECT_EQ(sent(Login::Send::bearer), "Bearer jwt-abc-123");
  EXPECT_EQ(sent(Login::Send::header, "Authorization"), "Bearer jwt-abc-123");
  response.headers = {{"Authorization", "Custom  abc"}};
  EXPECT_EQ(sent(Login::Send::bearer), "Custom abc");
  for (const auto& [body, expected] : std::map<std::string, std::string>{{R"({"t":"bearer x1"})", "Bearer x1"},
                                                                         {R"({"t":"Token x1"})", "Token x1"},
                                                                         {R"({"t":" x1\n"})", "Bearer x1"}}) {
    from_body(body, "/t");
    EXPECT_EQ(sent(Login::Send::bearer), expected);
  }
}

TEST_F(Answered, WordsAreNoSchemes) {
  response.headers = {{"X-Token", "access denied"}};
  EXPECT_EQ(read(Login::From::header, "X-Token").failure, FetchFailure::bad_response);
  EXPECT_EQ(from_body(R"({"t":"access denied"})", "/t"), "");
  EXPECT_EQ(from_body(R"({"t":"Bearer a b"})", "/t"), "");
  EXPECT_EQ(from_body(R"({"t":"Bearer "})", "/t"), "");
}

TEST_F(Answered, TokensComeAsTextNumbersAndXmlToo) {
  EXPECT_EQ(from_body("abc-123\r\n", ""), "abc-123");
  EXPECT_EQ(from_body("\"abc\"", ""), "abc");
  EXPECT_EQ(from_body("12345678901234567890123", ""), "12345678901234567890123");
  EXPECT_EQ(from_body("true.story", ""), "true.story");
  EXPECT_EQ(from_body(R"({"sid":9007199254740993})", "/sid"), "9007199254740993");
  EXPECT_EQ(from_body("<response><sessionKey>k1</sessionKey></response>", "/response/sessionKey"), "k1");
  EXPECT_EQ(from_body("<html><p>no</p></html>", ""), "");
  EXPECT_EQ(from_body(R"({"t":1.5})", "/t"), "");
  EXPECT_EQ(from_body(R"({"t":{"u":"x"}})", ""), "");
  EXPECT_EQ(from_body(R"([["x"]])", "/0/a"), "");
  EXPECT_THAT(read(Login::From::json_pointer, "/a").detail, HasSubstr("no text at json_pointer"));
  from_body("plain words", "/a");
  EXPECT_THAT(read(Login::From::json_pointer, "/a").detail, HasSubstr("neither JSON nor XML"));
}

TEST_F(Answered, XmlSaysItsEndToo) {
  login().expiry_pointer = "/login/ttl";
  response.body = "<login><token>x</token><ttl>60</ttl></login>";
  EXPECT_EQ(read(Login::From::json_pointer, "/login/token").token.expires_at, kLoginTime + 60s);
}

TEST_F(Answered, ALoginThatLeadsBackHasFailed) {
  for (const char* location :
       {"/auth/login", "https://app.example/auth/login/?next=%2F", "/login?error", "/?login_error=1",
        "/#/?status=failed", "https://app.example?err=7", "/users/sign_in", "/loginError.jsp", "//app.example/login",
        "/login?code=401", "/login?ticket=", "/login?ticket=ST-1&error=1", "/login?code=unauthorized"}) {
    EXPECT_EQ(redirected_to(location), FetchFailure::login_refused) << location;
  }
  for (const char* location :
       {"/", "/home", "https://app.example/", "/welcome?error=0", "/errors/list", "/dashboard?from=login",
        "https://app.example", "/login/success", "?tab=1", "https://app.example/login?ticket=ST-12-aBc",
        "/login?state=1&code=SplxlOBeZQ8QYbYS6WxSbIA"}) {
    EXPECT_EQ(redirected_to(location), FetchFailure::none) << location;
  }
}

TEST_F(Answered, AFormThatAsksAgainIsAFailure) {
  EXPECT_EQ(shown(R"(<form><input name=u><INPUT Type="password" name=p></form>)"), FetchFailure::login_refused);
  EXPECT_EQ(shown(R"(<a href="/login">log in</a>)"), FetchFailure::none);
  EXPECT_EQ(shown(R"(<input type=password name=new><input type=password name=again>)"), FetchFailure::none)
      << "a form that changes the password";
  response.body = R"(<form><input type='password'></form>)";
  EXPECT_EQ(read(Login::From::json_pointer, "/t").failure, FetchFailure::login_refused);
}

TEST(XmlText, FindsElementsAndAttributes) {
  constexpr std::string_view kDocument =
      "<?xml version='1.0'?><!-- <a><b>no</b></a> --><s:a xmlns:s='x'><e/><c t='>' u=\"1 &amp; 2\" "
      "/><b>\n<![CDATA[<v>]]></b>"
      "<b>second</b></s:a>";
  EXPECT_EQ(xml_text(kDocument, "/a/b"), "<v>");
  EXPECT_EQ(xml_text(kDocument, "/a/c/u"), "1 & 2");
  EXPECT_EQ(xml_text(kDocument, "/a/c/t"), ">");
  EXPECT_EQ(xml_text(kDocument, "/a/e"), "");
  EXPECT_EQ(xml_text(kDocument, "/a/x"), std::nullopt);
  EXPECT_EQ(xml_text(kDocument, "/b"), std::nullopt);
}

TEST(XmlText, BearsAnything) {
  std::string deep;
  for (int i = 0; i < 20'000; ++i) deep += "<a>";
  for (const std::string& document : {deep, std::string("<"), std::string("</a></a><"), std::string("<a b='"),
                                      std::string("<!--"), std::string("<a b=\"1"), std::string(60'000, '<')}) {
    EXPECT_EQ(xml_text(document, "/a/b/c"), std::nullopt);
  }
}

}  // namespace
}  // namespace authprobe::credential
