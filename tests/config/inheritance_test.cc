// What a target takes from [defaults], and what its own keys replace.
#include <gmock/gmock.h>

#include "tests/config/config_files.h"

namespace authprobe::config {
namespace {

using config_test::findings_of;
using config_test::target_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using namespace std::chrono_literals;

const std::string kDefaults = R"(
[defaults]
interval = "1m"
method = "POST"
headers = { Accept = "text/plain", X-Team = "a" }
labels = { tier = "1", team = "a" }
credential = "c"
expect.status = [200]
expect.body_matches = ["x"]
controls.anonymous = false
tls.ca_file = "/ca.pem"
tls.verify = false
proxy = "http://proxy:1"
maintenance = [{ from = "22:00", duration = "1h" }]
[credentials.c]
kind = "bearer"
token.env = "C"
owner = "x"
[targets.plain]
url = "https://plain"
[targets.own]
url = "https://own"
)";

TEST(Defaults, ReachEveryTarget) {
  const Target target = target_of(kDefaults, "plain");
  EXPECT_EQ(target.interval, 1min);
  EXPECT_EQ(target.method, "POST");
  EXPECT_EQ(target.credential, "c");
  EXPECT_EQ(target.connection->proxy.text(), "http://proxy:1");
  EXPECT_EQ(target.maintenance.size(), 1u);
  EXPECT_THAT(target.labels, ElementsAre(Pair("team", "a"), Pair("tier", "1")));
}

TEST(Defaults, TablesMergeKeyByKeyAndTheTargetsKeyWins) {
  const Target target = target_of(kDefaults + R"(
headers = { accept = "application/json", X-New = "b" }
labels = { tier = "2", app = "b" }
expect.status = [401]
controls.addresses = false
tls.verify = true
)",
                                  "own");
  EXPECT_THAT(target.headers, ElementsAre(Pair("accept", "application/json"), Pair("X-Team", "a"), Pair("X-New", "b")));
  EXPECT_THAT(target.labels, ElementsAre(Pair("app", "b"), Pair("team", "a"), Pair("tier", "2")));
  EXPECT_THAT(target.expect->status, ElementsAre(StatusRange{401, 401}));
  EXPECT_THAT(target.expect->body_matches, ElementsAre(Pattern("x")));
  EXPECT_FALSE(target.controls.anonymous);
  EXPECT_FALSE(target.controls.addresses);
  EXPECT_TRUE(target.controls.control_url);
  EXPECT_EQ(target.connection->tls.ca_file, "/ca.pem");
  EXPECT_TRUE(target.connection->tls.verify);
}

TEST(Defaults, CanBeTakenBack) {
  const Target target =
      target_of(kDefaults + "credential = ''\nproxy = ''\nmaintenance = []\nexpect.body_matches = []", "own");
  EXPECT_EQ(target.credential, "");
  EXPECT_EQ(target.connection->proxy.text(), "");
  EXPECT_THAT(target.maintenance, IsEmpty());
  EXPECT_THAT(target.expect->body_matches, IsEmpty());
}

TEST(Defaults, AnswerForTheirOwnMistakesOnce) {
  const std::string targets = "[targets.a]\nurl = 'https://a'\n[targets.b]\nurl = 'https://b'\n";
  EXPECT_THAT(findings_of("[defaults]\ncredential = 'x'\nexpect.body_matches = '('\n" + targets),
              ElementsAre("f:2:14: defaults.credential: no such credential",
                          HasSubstr("f:3:23: defaults.expect.body_matches: must be an RE2 pattern")));
  EXPECT_THAT(findings_of("[defaults]\ninterval = '5s'\n" + targets),
              ElementsAre(HasSubstr("f:2:12: warning: defaults.interval: the timeout is longer than the interval")));
}

TEST(Sharing, TargetsThatSayTheSameHaveOneObject) {
  const LoadResult result = parse(R"(
[targets.a]
url = "https://a"
timeout = "3s"
expect.status = 401
[targets.b]
url = "https://b"
timeout = "3000ms"
expect.status = ["401"]
[targets.c]
url = "https://c"
)",
                                  "f");
  const auto& targets = result.config.targets;
  EXPECT_EQ(targets[0].connection.get(), targets[1].connection.get());
  EXPECT_EQ(targets[0].expect.get(), targets[1].expect.get());
  EXPECT_NE(targets[0].connection.get(), targets[2].connection.get());
  EXPECT_NE(targets[0].expect.get(), targets[2].expect.get());
}

}  // namespace
}  // namespace authprobe::config
