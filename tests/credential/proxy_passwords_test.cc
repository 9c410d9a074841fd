// The passwords of proxies: how long a value that is no longer in use is kept.
#include "exporter/credential/proxy_passwords.h"

#include <gtest/gtest.h>

#include "tests/support/temp_folder.h"

namespace authprobe::credential {
namespace {

using namespace std::chrono_literals;

class ProxyPasswordsTest : public testing::Test {
 protected:
  http::Request through(const std::string& file, ProxyPasswords::Clock::time_point at) {
    config::Connection connection;
    connection.proxy = wire::Url("http://proxy.example:3128");
    connection.proxy_username = "probes";
    connection.proxy_password = {config::SecretSource::Kind::file, file};
    http::Request request;
    request.connection = std::make_shared<const config::Connection>(connection);
    passwords.add_to(request, at);
    return request;
  }

  std::string shown(const std::string& text) const {
    http::Response response;
    response.status = 200;
    response.proxy_login = true;
    response.body = text;
    passwords.hide(response);
    return response.body;
  }

  http_test::TempFolder folder;
  const ProxyPasswords::Clock::time_point now = ProxyPasswords::Clock::now();
  ProxyPasswords passwords;
};

TEST_F(ProxyPasswordsTest, AReplacedOneIsHiddenForAnHourAndThenForgotten) {
  const std::string file = folder.write("password", "the-former-password");
  EXPECT_EQ(through(file, now).proxy_password.reveal(), "the-former-password");
  folder.write("password", "the-latter-password");
  EXPECT_EQ(through(file, now).proxy_password.reveal(), "the-latter-password");
  EXPECT_EQ(shown("the-former-password the-latter-password"), "******** ********");
  through(file, now + 59min);
  EXPECT_EQ(shown("the-former-password"), "********");
  through(file, now + 61min);
  EXPECT_EQ(shown("the-former-password the-latter-password"), "the-former-password ********");
}

TEST_F(ProxyPasswordsTest, OneThatNoRequestWantsAnyMoreIsForgottenAfterAnHour) {
  through(folder.write("password", "the-old-password"), now);
  http::Request direct;
  direct.connection = std::make_shared<const config::Connection>();
  passwords.add_to(direct, now + 59min);
  EXPECT_EQ(shown("the-old-password"), "********");
  passwords.add_to(direct, now + 61min);
  EXPECT_EQ(shown("the-old-password"), "the-old-password");
}

}  // namespace
}  // namespace authprobe::credential
