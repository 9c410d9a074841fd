// The records of targets and credentials: what is written is read again, and any other text does no harm.
#include <gtest/gtest.h>

#include <cmath>

#include "exporter/store/credential_json.h"
#include "exporter/store/identity.h"
#include "exporter/store/target_json.h"
#include "tests/metrics/staged_fleet.h"

namespace authprobe::store {
namespace {

using namespace std::chrono_literals;
using metrics::a_config;
using metrics::a_target;

const WallTime kRecordedAt{std::chrono::sys_days(std::chrono::year(2026) / 1 / 2)};

prober::TargetMemory a_memory() {
  prober::TargetMemory memory;
  memory.probed = true;
  memory.state.state = prober::State::unauthorized;
  memory.state.since = kRecordedAt - 1h;
  memory.state.status_class = prober::StatusClass::c401;
  memory.state.last_good = kRecordedAt - 2h;
  memory.state.episode = {kRecordedAt - 1h, diagnosis::Cause::expired_token, diagnosis::Confidence::certain};
  memory.recent.add(false);
  memory.recent.add(true);
  memory.credential_state = prober::State::unauthorized;
  memory.not_before = prober::SlotClock::from(kRecordedAt + 10min);
  memory.rate_limited_in_a_row = 2;
  memory.open_to_all = true;
  return memory;
}

TEST(TargetRecord, KeepsWhatIsKnownOfTheTarget) {
  metrics::FleetMetrics fleet(a_config({a_target("a")}));
  const auto saved = read_target_json(target_json(a_memory(), fleet.row(0)), kRecordedAt);
  ASSERT_TRUE(saved);
  const prober::TargetMemory wrote = a_memory();
  const prober::TargetMemory& read = saved->memory;
  EXPECT_TRUE(read.probed);
  EXPECT_EQ(read.state.state, wrote.state.state);
  EXPECT_EQ(read.state.since, wrote.state.since);
  EXPECT_EQ(read.state.status_class, wrote.state.status_class);
  EXPECT_EQ(read.state.last_good, wrote.state.last_good);
  ASSERT_TRUE(read.state.episode);
  EXPECT_EQ(read.state.episode->since, wrote.state.episode->since);
  EXPECT_EQ(read.state.episode->cause, wrote.state.episode->cause);
  EXPECT_EQ(read.state.episode->confidence, wrote.state.episode->confidence);
  EXPECT_EQ(read.recent.bits(), wrote.recent.bits());
  EXPECT_EQ(read.recent.probes(), wrote.recent.probes());
  EXPECT_EQ(read.credential_state, wrote.credential_state);
  EXPECT_EQ(read.not_before, wrote.not_before);
  EXPECT_EQ(read.rate_limited_in_a_row, wrote.rate_limited_in_a_row);
  EXPECT_TRUE(read.open_to_all);
}

// All series of a target, as text before and after.
TEST(TargetRecord, KeepsEverySeries) {
  const config::Config config = a_config({a_target("a")});
  metrics::FleetMetrics before(config);
  using prober::StatusClass;
  before.record(metrics::StagedProbe(0, 1).answered(200));
  before.record(metrics::StagedProbe(0, 2).failed(http::TransportError::dns));
  before.record(metrics::StagedProbe(0, 3).answered(777, prober::State::unexpected));
  before.record(metrics::StagedProbe(0, 4)
                    .answered(401, prober::State::unauthorized)
                    .changed(StatusClass::c2xx, StatusClass::c401)
                    .refused(diagnosis::Cause::revoked_token, diagnosis::Confidence::likely));
  prober::TargetMemory memory;
  memory.probed = true;
  memory.state.state = prober::State::unauthorized;
  memory.state.episode = {kRecordedAt, diagnosis::Cause::revoked_token, diagnosis::Confidence::likely};
  const auto saved = read_target_json(target_json(memory, before.row(0)), kRecordedAt);
  ASSERT_TRUE(saved);
  metrics::FleetMetrics after(config);
  after.restore(0, saved->row);
  EXPECT_EQ(text_of(after), text_of(before));
}

TEST(TargetRecord, AWaitOfAForeignFileIsBounded) {
  prober::TargetMemory memory = a_memory();
  memory.not_before = prober::SlotClock::from(kRecordedAt + 24h * 365);
  metrics::FleetMetrics fleet(a_config({a_target("a")}));
  const auto saved = read_target_json(target_json(memory, fleet.row(0)), kRecordedAt);
  EXPECT_LE(saved->memory.not_before, prober::SlotClock::from(kRecordedAt + 1h));
}

TEST(TargetRecord, OddValuesAreAbsentOnes) {
  for (const char* text :
       {R"({})", R"({"state":"melted"})", R"({"state":"ok","since":"yesterday","episode":7,"recent":[1,2,3]})",
        R"({"state":"ok","responses":{"999":1,"x":2,"200":-3},"transitions":{"2xx>401":1e300},"probes":-1})",
        R"({"state":"ok","recent":[70000,900],"phases":[1],"status":70000,"last_probe":9223372036854775807})"}) {
    const auto saved = read_target_json(text, kRecordedAt);
    ASSERT_TRUE(saved) << text;
    EXPECT_EQ(saved->row.values.probes.get(), 0u);
    EXPECT_EQ(saved->row.values.status.get(), 0);
    EXPECT_LE(saved->memory.recent.probes(), 16);
    for (const auto& [key, count] : saved->row.responses) EXPECT_TRUE(key == 200 && count == 0);
  }
  for (const char* text : {"", "[]", "null", "{", "\xff\xfe", "17"})
    EXPECT_FALSE(read_target_json(text, kRecordedAt)) << text;
}

TEST(CredentialRecord, KeepsWhatIsKnownOfTheCredential) {
  prober::CredentialStatus status;
  status.name = "crm";
  status.rotations = 3;
  status.loaded_at = kRecordedAt - 24h;
  status.changed_at = kRecordedAt - 25h;
  status.observed = {
      {credential::ExpiryKind::access, credential::ExpirySource::lookup, kRecordedAt + 24h, kRecordedAt - 24h},
      {credential::ExpiryKind::access, credential::ExpirySource::header, std::nullopt, std::nullopt}};
  status.fetches = prober::CredentialStatus::TokenFetches{};
  status.fetches->total = 9;
  status.fetches->failures[static_cast<std::size_t>(credential::FetchFailure::dns)] = 4;
  status.lookup = prober::CredentialStatus::Lookup{};
  status.lookup->failures = 2;
  status.lookup->observed_at = kRecordedAt - 1h;
  status.lockout = {.refusals = 5, .rest = 4min, .next_trial = prober::SlotClock::from(kRecordedAt + 3min)};
  const auto read = read_credential_json("crm", credential_json(status), kRecordedAt);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->rotations, 3u);
  EXPECT_EQ(read->loaded_at, status.loaded_at);
  EXPECT_EQ(read->changed_at, status.changed_at);
  ASSERT_EQ(read->observed.size(), 2u);
  EXPECT_EQ(read->observed[0].at, kRecordedAt + 24h);
  EXPECT_EQ(read->observed[0].issued_at, kRecordedAt - 24h);
  EXPECT_EQ(read->observed[0].source, credential::ExpirySource::lookup);
  EXPECT_FALSE(read->observed[1].at);
  EXPECT_EQ(read->fetches->total, 9u);
  EXPECT_EQ(read->fetches->failures, status.fetches->failures);
  EXPECT_EQ(read->lookup->failures, 2u);
  EXPECT_EQ(read->lookup->observed_at, status.lookup->observed_at);
  EXPECT_EQ(read->lockout, status.lockout);
}

TEST(CredentialRecord, ARestOfAForeignFileIsBounded) {
  const auto read = read_credential_json(
      "crm", R"({"lockout":{"refusals":99999999999,"rest_ms":9000000000000,"next_trial":9000000000000000000}})",
      kRecordedAt);
  ASSERT_TRUE(read && read->lockout);
  EXPECT_LE(read->lockout->rest, prober::LockoutGuard::kLongestRest);
  EXPECT_LE(read->lockout->next_trial, prober::SlotClock::from(kRecordedAt + prober::LockoutGuard::kLongestRest));
}

// What is sent and where makes another target; a secret does not, since nothing may be guessed from the file.
TEST(Identity, FollowsTheConfigurationAndNoSecret) {
  config::Config config = a_config({a_target("a")});
  config.targets[0].credential = "k";
  config.credentials.emplace_back().name = "k";
  config.credentials[0].connection = std::make_shared<config::Connection>();
  auto& bearer = config.credentials[0].kind.emplace<config::Bearer>();
  bearer.token = {config::SecretSource::Kind::value, "first"};
  const Identities before = identities_of(config);
  bearer.token.text = "second";
  EXPECT_EQ(identities_of(config).targets, before.targets);
  bearer.token = {config::SecretSource::Kind::file, "/run/secrets/k"};
  EXPECT_NE(identities_of(config).targets, before.targets);
  EXPECT_NE(identities_of(config).credentials, before.credentials);
  const Identities other_file = identities_of(config);
  config.targets[0].url = wire::Url("https://api.example.com/other");
  EXPECT_NE(identities_of(config).targets, other_file.targets);
  EXPECT_EQ(identities_of(config).credentials, other_file.credentials);
}

}  // namespace
}  // namespace authprobe::store
