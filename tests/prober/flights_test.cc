#include "exporter/prober/flights.h"

#include <gtest/gtest.h>

#include <set>

namespace authprobe::prober {
namespace {

using Kind = Flight::Kind;

TEST(Flights, TellsWhatARequestIsForAndWhose) {
  Flights flights;
  const auto probe = flights.begin({Kind::probe, 7});
  const auto asked = flights.begin({Kind::on_demand, 7, 99});
  EXPECT_NE(probe, asked);
  EXPECT_EQ(flights.at(probe).kind, Kind::probe);
  EXPECT_EQ(flights.on_demand(), 1U);
  const Flight ended = flights.end(asked);
  EXPECT_EQ(ended.kind, Kind::on_demand);
  EXPECT_EQ(ended.target, 7U);
  EXPECT_EQ(ended.on_demand, 99U);
  EXPECT_EQ(flights.on_demand(), 0U);
  EXPECT_EQ(flights.end(probe).target, 7U);
}

TEST(Flights, UsesNumbersAgainSoThatTheTableStaysSmall) {
  Flights flights;
  std::set<std::uint64_t> numbers;
  for (std::size_t i = 0; i < 1000; ++i) {
    const auto one = flights.begin({Kind::probe, i});
    const auto two = flights.begin({Kind::inquiry, i});
    EXPECT_EQ(flights.end(one).target, i);
    EXPECT_EQ(flights.end(two).kind, Kind::inquiry);
    numbers.insert({one, two});
  }
  EXPECT_EQ(numbers.size(), 2U);
}

TEST(Flights, FollowTheirTargetsOverAReload) {
  Flights flights;
  const auto ended = flights.begin({Kind::probe, 2});
  const auto stays = flights.begin({Kind::probe, 0});
  const auto goes = flights.begin({Kind::inquiry, 1});
  flights.end(ended);
  EXPECT_EQ(flights.at(ended).target, Flight::kGone);
  flights.move({5, Flight::kGone, 3});
  EXPECT_EQ(flights.at(stays).target, 5U);
  EXPECT_EQ(flights.end(goes).target, Flight::kGone);
  flights.move({9, 9, 9, 9, 9, 4});  // the gone one and the ended one have no place in this
  EXPECT_EQ(flights.end(stays).target, 4U);
}

}  // namespace
}  // namespace authprobe::prober
