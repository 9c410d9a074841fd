// Jobs come from any thread, and run on the one that calls run().
#include "exporter/commands/mailbox.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <thread>
#include <vector>

namespace authprobe::commands {
namespace {

bool readable(const Mailbox& mailbox, int timeout_ms) {
  pollfd watched{mailbox.fd(), POLLIN, 0};
  return ::poll(&watched, 1, timeout_ms) == 1;
}

TEST(Mailbox, IsReadableWhileJobsWait) {
  Mailbox mailbox;
  EXPECT_FALSE(readable(mailbox, 0));
  int runs = 0;
  EXPECT_TRUE(mailbox.post([&] { ++runs; }));
  EXPECT_TRUE(mailbox.post([&] { ++runs; }));
  EXPECT_TRUE(readable(mailbox, 0));
  mailbox.run();
  EXPECT_EQ(runs, 2);
  EXPECT_FALSE(readable(mailbox, 0));
  mailbox.run();
  EXPECT_EQ(runs, 2) << "each runs once";
}

TEST(Mailbox, WakesAThreadThatWaitsForIt) {
  Mailbox mailbox;
  std::thread::id ran_on;
  std::thread sender([&] { mailbox.post([&] { ran_on = std::this_thread::get_id(); }); });
  EXPECT_TRUE(readable(mailbox, 20'000));
  mailbox.run();
  sender.join();
  EXPECT_EQ(ran_on, std::this_thread::get_id());
}

TEST(Mailbox, AJobMayPostTheNext) {
  Mailbox mailbox;
  int second = 0;
  mailbox.post([&] { mailbox.post([&] { ++second; }); });
  mailbox.run();
  EXPECT_EQ(second, 0) << "a job that posts itself again must not hold the loop up";
  EXPECT_TRUE(readable(mailbox, 0));
  mailbox.run();
  EXPECT_EQ(second, 1);
}

TEST(Mailbox, RefusesJobsThatWouldNotBeDoneInTime) {
  Mailbox mailbox;
  int accepted = 0;
  while (accepted < 5'000 && mailbox.post([] {})) ++accepted;
  EXPECT_EQ(accepted, 1'000);
  mailbox.run();
  EXPECT_TRUE(mailbox.post([] {}));
}

TEST(Mailbox, LosesNothingOfManySenders) {
  Mailbox mailbox;
  int runs = 0;
  std::vector<std::thread> senders;
  for (int i = 0; i < 4; ++i) {
    senders.emplace_back([&] {
      for (int j = 0; j < 100; ++j) mailbox.post([&] { ++runs; });
    });
  }
  for (std::thread& sender : senders) sender.join();
  mailbox.run();
  EXPECT_EQ(runs, 400);
}

}  // namespace
}  // namespace authprobe::commands
