#include "exporter/commands/on_demand_probes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace authprobe::commands {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

class OnDemandProbesTest : public testing::Test {
 protected:
  web::Reply reply() {
    return [this](const web::Response& response) { answered.push_back(response.status); };
  }
  auto ask(std::size_t target, std::chrono::milliseconds timeout = 10s) {
    return probes.ask(target, timeout, reply(), now);
  }
  OnDemandProbes probes;
  OnDemandProbes::Clock::time_point now{1000s};
  std::vector<int> answered;
};

TEST_F(OnDemandProbesTest, WhoAsksForTheSameTargetSharesAProbe) {
  const auto number = ask(7);
  ASSERT_TRUE(number);
  EXPECT_FALSE(ask(7));
  EXPECT_TRUE(ask(8));
  EXPECT_THAT(answered, ElementsAre());
  probes.finish(*number, web::text_response(200, "x"), now += 1ms);
  EXPECT_THAT(answered, ElementsAre(200, 200));
}

TEST_F(OnDemandProbesTest, AnAnswerIsSharedForASecond) {
  probes.finish(*ask(7), web::text_response(200, "x"), now);
  now += 999ms;
  EXPECT_FALSE(ask(7));
  EXPECT_THAT(answered, ElementsAre(200, 200));
  now += 1ms;
  EXPECT_TRUE(ask(7));
}

TEST_F(OnDemandProbesTest, WhoCannotWaitSoLongHasAProbeOfItsOwn) {
  const auto first = ask(7, 10s);
  const auto second = ask(7, 2s);
  ASSERT_TRUE(second);
  EXPECT_FALSE(ask(7, 3s)) << "waits for the second";
  probes.finish(*second, web::text_response(200, "x"), now);
  EXPECT_THAT(answered, ElementsAre(200, 200));
  probes.finish(*first, web::text_response(200, "x"), now);
  EXPECT_EQ(answered.size(), 3u);
}

TEST_F(OnDemandProbesTest, ARefusalIsNotShared) {
  probes.refuse(*ask(7), web::text_response(503, "x"));
  EXPECT_THAT(answered, ElementsAre(503));
  EXPECT_TRUE(ask(7));
}

}  // namespace
}  // namespace authprobe::commands
