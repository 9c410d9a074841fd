#include "exporter/http/poller.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>

namespace authprobe::http {
namespace {

using namespace std::chrono_literals;

// A descriptor that is readable for good.
class PollerTest : public testing::Test {
 protected:
  PollerTest() : fd_(eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  ~PollerTest() override { close(fd_); }

  bool has_event() {
    poller_.wait(0ms);
    const auto event = poller_.next();
    return event && event->fd == fd_;
  }

  Poller poller_;
  int fd_;
};

TEST_F(PollerTest, TellsOfAWatchedDescriptor) {
  ASSERT_TRUE(poller_.set(fd_, Poller::Owner::caller, EPOLLIN));
  EXPECT_TRUE(has_event());
  EXPECT_TRUE(has_event());
}

// Leaving it is not told to the kernel until the kernel speaks of it again.
TEST_F(PollerTest, AnOpenDescriptorThatIsLeftWakesUpOnceAtMost) {
  poller_.set(fd_, Poller::Owner::caller, EPOLLIN);
  poller_.set(fd_, Poller::Owner::caller, 0);
  EXPECT_FALSE(has_event());
  const auto before = std::chrono::steady_clock::now();
  poller_.wait(50ms);
  EXPECT_FALSE(poller_.next());
  EXPECT_GE(std::chrono::steady_clock::now() - before, 50ms) << "it wakes up again and again";
}

TEST_F(PollerTest, TakesADescriptorUpAgain) {
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(poller_.set(fd_, Poller::Owner::caller, EPOLLIN));
    EXPECT_TRUE(has_event());
    poller_.set(fd_, Poller::Owner::caller, 0);
    EXPECT_FALSE(has_event());
  }
}

TEST_F(PollerTest, AnEventFetchedForADescriptorThatIsAnotherNowIsDropped) {
  const int other = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
  poller_.set(other, Poller::Owner::caller, EPOLLIN);
  poller_.wait(0ms);
  poller_.set(other, Poller::Owner::caller, 0);
  ASSERT_EQ(dup2(fd_, other), other);  // closed, and the number given to another
  ASSERT_TRUE(poller_.set(other, Poller::Owner::transfer, EPOLLIN));
  EXPECT_FALSE(poller_.next()) << "the old descriptor's event";
  poller_.wait(0ms);
  const auto event = poller_.next();
  ASSERT_TRUE(event) << "the new one is watched still";
  EXPECT_EQ(event->owner, Poller::Owner::transfer);
  close(other);
}

}  // namespace
}  // namespace authprobe::http
