#include "exporter/prober/control_budget.h"

#include <gtest/gtest.h>

namespace authprobe::prober {
namespace {

using namespace std::chrono_literals;

TEST(ControlBudget, ACredentialHasAHandfulAMinute) {
  ControlBudget budget;
  const SlotTime start{1700000000s};
  for (int i = 0; i < ControlBudget::kMost; ++i) {
    EXPECT_TRUE(budget.has_room("a", start + 1s));
    budget.take("a");
  }
  EXPECT_FALSE(budget.has_room("a", start + 60s));
  EXPECT_TRUE(budget.has_room("b", start + 60s));
  EXPECT_TRUE(budget.has_room("a", start + 61s));
}

}  // namespace
}  // namespace authprobe::prober
