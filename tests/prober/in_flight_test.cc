#include "exporter/prober/in_flight.h"

#include <gtest/gtest.h>

#include <set>

namespace authprobe::prober {
namespace {

using Kind = InFlight::Kind;

TEST(InFlightTable, TellsWhatARequestIsForAndWhose) {
  InFlightTable table;
  const auto probe = table.begin({Kind::probe, 7});
  const auto asked = table.begin({Kind::on_demand, 7, 99});
  EXPECT_NE(probe, asked);
  EXPECT_EQ(table.at(probe).kind, Kind::probe);
  EXPECT_EQ(table.on_demand(), 1U);
  const InFlight ended = table.end(asked);
  EXPECT_EQ(ended.kind, Kind::on_demand);
  EXPECT_EQ(ended.target, 7U);
  EXPECT_EQ(ended.number, 99U);
  EXPECT_EQ(table.on_demand(), 0U);
  EXPECT_EQ(table.end(probe).target, 7U);
}

TEST(InFlightTable, UsesNumbersAgainSoThatTheTableStaysSmall) {
  InFlightTable table;
  std::set<std::uint64_t> numbers;
  for (std::size_t i = 0; i < 1000; ++i) {
    const auto one = table.begin({Kind::probe, i});
    const auto two = table.begin({Kind::control, i});
    EXPECT_EQ(table.end(one).target, i);
    EXPECT_EQ(table.end(two).kind, Kind::control);
    numbers.insert({one, two});
  }
  EXPECT_EQ(numbers.size(), 2U);
}

TEST(InFlightTable, FollowTheirTargetsOverAReload) {
  InFlightTable table;
  const auto ended = table.begin({Kind::probe, 2});
  const auto stays = table.begin({Kind::probe, 0});
  const auto goes = table.begin({Kind::control, 1});
  table.end(ended);
  EXPECT_EQ(table.at(ended).target, InFlight::kDropped);
  table.move({5, InFlight::kDropped, 3});
  EXPECT_EQ(table.at(stays).target, 5U);
  EXPECT_EQ(table.end(goes).target, InFlight::kDropped);
  table.move({9, 9, 9, 9, 9, 4});  // the gone one and the ended one have no place in this
  EXPECT_EQ(table.end(stays).target, 4U);
}

}  // namespace
}  // namespace authprobe::prober
