// Tallies: what probes that found nothing new add to a record.
#include "exporter/store/tally.h"

#include <gtest/gtest.h>

#include <chrono>

#include "tests/metrics/staged_fleet.h"

namespace authprobe::store {
namespace {

using namespace std::chrono_literals;
using metrics::a_config;
using metrics::a_target;
using metrics::StagedProbe;

const WallTime kTallyTime{std::chrono::sys_days(std::chrono::year(2026) / 1 / 2)};

prober::TargetMemory a_memory(prober::State state) {
  prober::TargetMemory memory;
  memory.probed = true;
  memory.state.state = state;
  memory.state.since = kTallyTime;
  memory.recent.add(state != prober::State::ok);
  return memory;
}

Tallies tallies_of(const std::string& name, const metrics::Row& row) {
  std::string blob = begin_tallies();
  append_tally(blob, name, row);
  Tallies tallies;
  EXPECT_TRUE(read_tallies(blob, tallies));
  return tallies;
}

// The series of a target whose record is old and whose tally is new are those of its row.
TEST(Tally, BringsEverySeriesThatProbesChangeUpToDate) {
  const config::Config config = a_config({a_target("a")});
  metrics::FleetMetrics before(config);
  using diagnosis::Cause;
  using diagnosis::Confidence;
  const auto refused = [](double seconds) {
    return StagedProbe(0, seconds)
        .answered(401, prober::State::unauthorized)
        .refused(Cause::revoked_token, Confidence::likely);
  };
  before.record(StagedProbe(0, 1).failed(http::TransportError::dns));
  before.record(refused(2));
  prober::TargetMemory memory = a_memory(prober::State::unauthorized);
  memory.state.episode = {kTallyTime, Cause::revoked_token, Confidence::likely};
  const std::string record = target_json(memory, before.row(0));
  const std::uint64_t hash = lasting_hash(memory, before.row(0));
  for (int i = 3; i < 300; ++i) before.record(refused(i).budget(60, 300 - i, 30s));
  EXPECT_EQ(lasting_hash(memory, before.row(0)), hash);
  auto saved = read_target_json(record, kTallyTime);
  apply_tally(tallies_of("a", before.row(0)).at(tally_key("a")), *saved);
  metrics::FleetMetrics after(config);
  after.restore(0, saved->row);
  EXPECT_EQ(text_of(after), text_of(before));
  EXPECT_EQ(saved->memory.recent.refusals(), 16);
}

TEST(Tally, KeepsTheLastGoodAnswer) {
  metrics::FleetMetrics fleet(a_config({a_target("a")}));
  prober::TargetMemory memory = a_memory(prober::State::ok);
  fleet.record(StagedProbe(0, 1).answered(200));
  auto saved = read_target_json(target_json(memory, fleet.row(0)), kTallyTime);
  fleet.record(StagedProbe(0, 77).answered(200));
  apply_tally(tallies_of("a", fleet.row(0)).at(tally_key("a")), *saved);
  EXPECT_EQ(saved->memory.state.last_good, WallTime(std::chrono::milliseconds(fleet.row(0).last_success.get())));
  EXPECT_EQ(saved->memory.recent.probes(), 2);
  EXPECT_EQ(saved->memory.recent.refusals(), 0);
}

// A tally that was written before the record changes nothing.
TEST(Tally, AnOlderOneIsNotTaken) {
  const config::Config config = a_config({a_target("a")});
  metrics::FleetMetrics fleet(config);
  fleet.record(StagedProbe(0, 1).answered(200).budget(60, 7, 30s));
  const Tallies old = tallies_of("a", fleet.row(0));
  fleet.record(StagedProbe(0, 2).answered(200).budget(60, 6, 30s));
  auto saved = read_target_json(target_json(a_memory(prober::State::ok), fleet.row(0)), kTallyTime);
  apply_tally(old.at(tally_key("a")), *saved);
  metrics::FleetMetrics after(config);
  after.restore(0, saved->row);
  EXPECT_EQ(text_of(after), text_of(fleet));
}

TEST(Tally, WhatIsNewIsSeenByTheHash) {
  metrics::FleetMetrics fleet(a_config({a_target("a")}));
  fleet.record(StagedProbe(0, 1).answered(200));
  const prober::TargetMemory memory = a_memory(prober::State::ok);
  const std::uint64_t hash = lasting_hash(memory, fleet.row(0));
  prober::TargetMemory waits = memory;
  waits.not_before = prober::SlotClock::from(kTallyTime);
  EXPECT_NE(lasting_hash(waits, fleet.row(0)), hash);
  EXPECT_NE(lasting_hash(a_memory(prober::State::forbidden), fleet.row(0)), hash);
  fleet.record(StagedProbe(0, 2).answered(204));
  EXPECT_NE(lasting_hash(memory, fleet.row(0)), hash);
}

// Cut anywhere, or with any byte replaced: refused, or read in part, and counts stay within what Prometheus can hold.
TEST(Tally, DamageIsRefusedOrReadInPart) {
  metrics::FleetMetrics fleet(a_config({a_target("a")}));
  fleet.record(StagedProbe(0, 1).failed(http::TransportError::dns));
  fleet.record(StagedProbe(0, 2)
                   .answered(401, prober::State::unauthorized)
                   .refused(diagnosis::Cause::revoked_token, diagnosis::Confidence::likely)
                   .budget(60, 7, 30s));
  std::string blob = begin_tallies();
  append_tally(blob, "a", fleet.row(0));
  for (std::size_t end = 2; end < blob.size(); ++end) {
    Tallies tallies;
    EXPECT_FALSE(read_tallies(blob.substr(0, end), tallies)) << end;
  }
  for (std::size_t at = 0; at < blob.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      std::string damaged = blob;
      damaged[at] = static_cast<char>(value);
      Tallies tallies;
      read_tallies(damaged, tallies);
      for (const auto& [key, tally] : tallies) EXPECT_LE(tally.values.probes.get(), std::uint64_t{1} << 53);
    }
  }
  Tallies none;
  EXPECT_FALSE(read_tallies("", none));
  EXPECT_FALSE(read_tallies("\x02", none));
}

// Numbers of enums in other versions may differ: the tally has 16 bits of each word's hash.
TEST(Tally, WordsAreToldApart) {
  metrics::FleetMetrics fleet(a_config({a_target("a")}));
  metrics::SavedRow row;
  for (std::size_t i = 1; i < http::kTransportErrorCount; ++i) row.values.transport_errors[i].set(i);
  for (std::size_t i = 0; i < diagnosis::kCauseCount; ++i) row.values.auth_failures[i].set(100 + i);
  row.values.probes.set(1);
  fleet.restore(0, row);
  const Tallies tallies = tallies_of("a", fleet.row(0));
  const metrics::SavedRow& read = tallies.at(tally_key("a"));
  for (std::size_t i = 1; i < http::kTransportErrorCount; ++i) EXPECT_EQ(read.values.transport_errors[i].get(), i);
  for (std::size_t i = 0; i < diagnosis::kCauseCount; ++i) EXPECT_EQ(read.values.auth_failures[i].get(), 100 + i);
}

}  // namespace
}  // namespace authprobe::store
