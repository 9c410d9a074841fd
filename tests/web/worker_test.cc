#include "exporter/web/worker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <vector>

namespace authprobe::web {
namespace {

TEST(Worker, RunsJobsOneAfterAnotherOnItsOwnThread) {
  std::vector<int> order;
  std::promise<std::thread::id> last;
  Worker worker;
  for (int i = 0; i < 100; ++i) worker.post([&order, i] { order.push_back(i); });
  worker.post([&] { last.set_value(std::this_thread::get_id()); });
  EXPECT_NE(last.get_future().get(), std::this_thread::get_id());
  ASSERT_EQ(order.size(), 100U);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST(Worker, EndsAfterTheJobThatRuns) {
  std::promise<void> begun;
  std::promise<void> may_end;
  bool ended = false;
  std::thread releaser;
  {
    Worker worker;
    worker.post([&] {
      begun.set_value();
      may_end.get_future().wait();
      ended = true;
    });
    begun.get_future().wait();
    releaser = std::thread([&] { may_end.set_value(); });
  }
  EXPECT_TRUE(ended);
  releaser.join();
}

TEST(Worker, RefusesJobsThatWouldNotBeDoneInTime) {
  std::promise<void> may_end;
  const std::shared_future<void> end = may_end.get_future().share();
  Worker worker;
  worker.post([end] { end.wait(); });
  int accepted = 0;
  while (accepted < 5'000 && worker.post([] {})) ++accepted;
  EXPECT_LE(accepted, 1'001);
  EXPECT_GE(accepted, 999);
  may_end.set_value();
}

}  // namespace
}  // namespace authprobe::web
