// The configuration as people may see it.
#include "exporter/config/redacted_toml.h"

#include <gmock/gmock.h>

#include "tests/config/config_files.h"

namespace authprobe::config {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const char* const kFull = R"(
[settings]
max_in_flight = 7
[credentials.bearer]
kind = "bearer"
token = { file = "/run/t" }
owner = "pay\"ments"
used_by = ["a", "b"]
rotation = "https://wiki/x"
expires_at = 2027-01-31
[credentials.query]
kind = "api_key"
key.env = "K"
query = "q"
[credentials.header]
kind = "api_key"
key.env = "K"
header = "X-K"
[credentials.basic]
kind = "basic"
username.env = "U"
password.env = "P"
[credentials.cookie]
kind = "cookie"
cookie.file = "/c"
expires_at = "never"
[targets."with.dots"]
url = "https://x/a"
method = "POST"
headers = { Accept = "text/plain" }
user_agent = "me"
credential = "bearer"
control_url = "https://x/health"
controls = { anonymous = false, control_url = false, addresses = false, fresh_token = false, next = false }
expect.protected = true
interval = "1m30s"
timeout = "500ms"
expect.status = ["2xx", 401, "300-302"]
expect.body_matches = ['"\d+"']
expect.body_not_matches = ["ä"]
expect.headers = [{ name = "A", matches = "^b$" }, { name = "B", absent = true }, { name = "C" }]
expect.json = [{ pointer = "/a", equals = "x\ty" }, { pointer = "/b", equals = 1.5 }, { pointer = "/c" }]
labels = { team = "payments" }
maintenance = [
  { start = 2027-01-31T22:00:00Z, end = 2027-02-01T02:00:01Z },
  { days = ["mon", "sat"], from = "09:05", duration = "1h30m" },
]
connection = "reuse"
http_version = "2"
max_redirects = 3
redirects_to_private = true
max_response_size = "1025B"
ip_version = "4"
resolve = ["x:443:192.0.2.1", "y:*:[::1]"]
[targets."with.dots".tls]
ca_file = "/ca"
certificate_file = "/crt"
private_key_file = "/key"
server_name = "n"
min_version = "1.0"
verify = false
[targets.socket]
url = "http://x"
unix_socket = "/s"
[targets.proxied]
url = "http://x"
proxy = "http://proxy:3128"
)";

TEST(RedactedToml, SaysAllThatIsNoSecret) {
  const LoadResult original = parse(kFull, "f");
  ASSERT_TRUE(original.ok()) << ::testing::PrintToString(config_test::lines_of(original.findings));
  const std::string shown = redacted_toml(original.config);
  const LoadResult again = parse(shown, "f");
  ASSERT_TRUE(again.ok()) << shown << ::testing::PrintToString(config_test::lines_of(again.findings));
  EXPECT_EQ(again.config.targets, original.config.targets) << shown;
  EXPECT_EQ(again.config.credentials, original.config.credentials) << shown;
  EXPECT_EQ(again.config.settings, original.config.settings);
}

TEST(RedactedToml, HasNoSecret) {
  const LoadResult result = parse(R"(
[credentials.a]
kind = "basic"
username = "hunter2"
password.value = ""
[credentials.b]
kind = "bearer"
token.value = "hunter2"
[credentials.c]
kind = "basic"
username = "me"
password.value = "hunter2"
[targets.a]
url = "https://x/?key=hunter2&b=hunter2&hunter2"
control_url = "https://x/?key=hunter2"
body = "hunter2"
headers = { Authorization = "hunter2", X-Our-Own = "hunter2", Content-Type = "text/plain" }
)",
                                  "f");
  ASSERT_TRUE(result.ok());
  const std::string shown = redacted_toml(result.config);
  EXPECT_THAT(shown, Not(HasSubstr("hunter2")));
  EXPECT_THAT(shown, HasSubstr("url = \"https://x/?key=<redacted>&b=<redacted>&<redacted>\"\n"));
  EXPECT_THAT(shown, HasSubstr("username = { value = \"<redacted>\" }\n"));
  EXPECT_THAT(shown, HasSubstr("username = \"me\"\n"));
  EXPECT_THAT(shown, HasSubstr("token = { value = \"<redacted>\" }\n"));
  EXPECT_THAT(shown, HasSubstr("headers.Content-Type = \"text/plain\"\n"));
  EXPECT_THAT(shown, HasSubstr("headers.X-Our-Own = \"<redacted>\"\n"));
}

}  // namespace
}  // namespace authprobe::config
