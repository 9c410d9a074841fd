// What the keys mean, once they are values.
#include <gmock/gmock.h>

#include "tests/config/config_files.h"

namespace authprobe::config {
namespace {

using config_test::target_of;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using namespace std::chrono;
using namespace std::chrono_literals;

Target target_with(const std::string& lines) {
  return target_of("[targets.a]\nurl = 'https://x'\n" + lines);
}

TEST(Target, HasTheDocumentedDefaults) {
  const Target target = target_with("");
  EXPECT_EQ(target.url.text(), "https://x");
  EXPECT_EQ(target.method, "GET");
  EXPECT_EQ(target.interval, 15s);
  EXPECT_EQ(*target.connection, Connection{});
  EXPECT_EQ(*target.expect, Expectation{});
  EXPECT_EQ(target.connection->timeout, 10s);
  EXPECT_THAT(target.expect->status, ElementsAre(StatusRange{200, 299}));
  EXPECT_EQ(target.position.line, 1u);
  EXPECT_EQ(target.position.file, "f");
}

TEST(Target, StatusesAreCodesClassesAndRanges) {
  EXPECT_THAT(target_with("expect.status = 401").expect->status, ElementsAre(StatusRange{401, 401}));
  EXPECT_THAT(target_with("expect.status = ['2xx', '401', 404, '500-599', '3XX']").expect->status,
              ElementsAre(StatusRange{200, 299}, StatusRange{401, 401}, StatusRange{404, 404}, StatusRange{500, 599},
                          StatusRange{300, 399}));
}

TEST(Target, OneCheckNeedsNoArray) {
  const Target target = target_with(
      "expect.body_matches = 'x'\nexpect.headers = { name = 'A', absent = true }\nexpect.json = { pointer = '/a~1b' }");
  EXPECT_THAT(target.expect->body_matches, ElementsAre(Pattern("x")));
  EXPECT_THAT(target.expect->headers, ElementsAre(HeaderCheck{"A", {}, true}));
  EXPECT_THAT(target.expect->json, ElementsAre(JsonCheck{"/a~1b", ""}));
}

TEST(Target, JsonValuesAreKeptAsJsonText) {
  auto equals = [](const std::string& toml) {
    return target_with("expect.json = { pointer = '/x', equals = " + toml + " }").expect->json.at(0).equals;
  };
  EXPECT_EQ(equals("true"), "true");
  EXPECT_EQ(equals("-3"), "-3");
  EXPECT_EQ(equals("0.1"), "0.1");
  EXPECT_EQ(equals("2.0"), "2");
  EXPECT_EQ(equals("''"), R"("")");
  EXPECT_EQ(equals(R"("a\"b\\\n\u0001ä")"), R"("a\"b\\\n\u0001ä")");
}

TEST(Target, ConnectionsAreRead) {
  const Target target = target_with(R"(
timeout = "500ms"
connection = "resume"
http_version = "1.1"
ip_version = "6"
max_redirects = 3
max_response_size = "64KiB"
resolve = ["api.example.com:443:192.0.2.7", "b:*:[2001:db8::1]", "c:80:2001:db8::2"]
tls.min_version = "1.3"
tls.verify = false
tls.server_name = "other"
)");
  const Connection& connection = *target.connection;
  EXPECT_EQ(connection.timeout, 500ms);
  EXPECT_EQ(connection.mode, ConnectionMode::resume);
  EXPECT_EQ(connection.http_version, HttpVersion::http1_1);
  EXPECT_EQ(connection.ip_version, IpVersion::v6);
  EXPECT_EQ(connection.max_redirects, 3);
  EXPECT_EQ(connection.max_response_bytes, 65'536u);
  EXPECT_EQ(target_with("proxy = 'http://proxy:1080'").connection->proxy.text(), "http://proxy:1080");
  EXPECT_EQ(connection.tls.min_version, TlsVersion::tls1_3);
  EXPECT_FALSE(connection.tls.verify);
  EXPECT_EQ(connection.tls.server_name, "other");
  EXPECT_THAT(connection.resolve,
              ElementsAre(ResolveOverride{"api.example.com", 443, "192.0.2.7"}, ResolveOverride{"b", 0, "2001:db8::1"},
                          ResolveOverride{"c", 80, "2001:db8::2"}));
}

TEST(Target, RelativePathsAreSeenFromTheFilesFolder) {
  const LoadResult result = parse(
      "[targets.a]\nurl = 'https://x'\ntls.ca_file = 'pki/ca.pem'\ntls.certificate_file = '/c.pem'\nunix_socket = "
      "'../s'",
      "/etc/authprobe/a.toml");
  const Connection& connection = *result.config.targets.at(0).connection;
  EXPECT_EQ(connection.tls.ca_file, "/etc/authprobe/pki/ca.pem");
  EXPECT_EQ(connection.tls.certificate_file, "/c.pem");
  EXPECT_EQ(connection.unix_socket, "/etc/authprobe/../s");
}

TEST(Target, MaintenanceIsOnceOrWeekly) {
  const Target target = target_with(R"(
maintenance = [
  { start = 2027-01-31T22:00:00Z, end = 2027-02-01T01:00:00+01:00 },
  { days = ["sat", "sun"], from = "22:00", duration = "4h" },
  { from = 03:30:00, duration = "15m" },
])");
  ASSERT_EQ(target.maintenance.size(), 3u);
  EXPECT_EQ(target.maintenance[0].start, sys_days(2027y / 1 / 31) + 22h);
  EXPECT_EQ(target.maintenance[0].end, sys_days(2027y / 2 / 1));
  EXPECT_EQ(target.maintenance[1].days, 0b1000001);
  EXPECT_EQ(target.maintenance[1].from, 22h);
  EXPECT_EQ(target.maintenance[1].duration, 4h);
  EXPECT_EQ(target.maintenance[2].days, 0b1111111);
  EXPECT_EQ(target.maintenance[2].from, 3h + 30min);
}

TEST(Target, LabelsAreInOrderOfName) {
  EXPECT_THAT(target_with("labels = { tier = '1', team = 'payments' }").labels,
              ElementsAre(Pair("team", "payments"), Pair("tier", "1")));
}

TEST(Credential, IsRead) {
  const LoadResult result = parse(R"(
[credentials.z]
kind = "api_key"
key = { file = "k" }
query = "api_key"
owner = "payments"
used_by = "webhooks"
rotation = "https://wiki/rotate"
expires_at = 2027-01-31
[credentials.b]
kind = "basic"
username = "me"
password = { value = "" }
[credentials.c]
kind = "basic"
username = { env = "ME" }
password = { env = "P" }
expires_at = "never"
)",
                                  "/etc/a.toml");
  ASSERT_TRUE(result.ok());
  ASSERT_EQ(result.config.credentials.size(), 3u);
  const Credential& basic = result.config.credentials[0];
  EXPECT_EQ(basic.name, "b");
  EXPECT_TRUE(basic.kind == CredentialKind(Basic{{SecretSource::Kind::value, "me"}, {SecretSource::Kind::value, ""}}));
  EXPECT_EQ(std::get<Basic>(result.config.credentials[1].kind).username, (SecretSource{SecretSource::Kind::env, "ME"}));
  EXPECT_TRUE(result.config.credentials[1].never_expires);
  const Credential& key = result.config.credentials[2];
  EXPECT_TRUE(key.kind == CredentialKind(ApiKey{{SecretSource::Kind::file, "/etc/k"}, "X-API-Key", "api_key"}));
  EXPECT_THAT(key.used_by, ElementsAre("webhooks"));
  EXPECT_EQ(key.expires_at, sys_days(2027y / 1 / 31));
}

TEST(Settings, AreRead) {
  const LoadResult result = parse(
      "settings = { max_in_flight = 5, max_in_flight_per_host = 2, dns_servers = ['192.0.2.53', '[2001:db8::53]:53'], "
      "dns_cache = '0s', series = 'lean' }",
      "f");
  EXPECT_EQ(result.config.settings,
            (Settings{5, 2, {}, {}, {}, {"192.0.2.53", "[2001:db8::53]:53"}, 0ms, Series::lean}));
  EXPECT_EQ(parse("", "f").config.settings, Settings{});
}

TEST(Equality, IsAboutWhatIsConfiguredNotWhere) {
  const std::string text = "[targets.a]\nurl = 'https://x'\ntimeout = '3s'\nexpect.status = 401\n";
  EXPECT_EQ(target_of(text), target_of("\n\n" + text));
  EXPECT_NE(target_of(text), target_of(text + "tls.verify = false"));
  EXPECT_NE(target_of(text), target_of(text + "expect.body_matches = 'x'"));
  EXPECT_NE(target_of(text), target_of(text + "body = 'x'"));
  const std::string credential = "[credentials.a]\nkind = 'bearer'\ntoken.env = 'A'\n";
  auto first = [](const std::string& toml) { return parse(toml, "f").config.credentials.at(0); };
  EXPECT_EQ(first(credential), first("\n" + credential));
  EXPECT_NE(first(credential), first(credential + "owner = 'x'"));
}

}  // namespace
}  // namespace authprobe::config
