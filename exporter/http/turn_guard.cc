#include "exporter/http/turn_guard.h"

#include <pthread.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

#include "exporter/http/flood_limit.h"
#include "exporter/wire/signals_blocked.h"

namespace authprobe::http {
namespace {

using namespace std::chrono_literals;

// A turn takes less than a millisecond; a handshake with the longest keys takes about ten. Each look wakes a thread up,
// which costs the loop its caches: it is seldom, until one finds a turn under way.
constexpr auto kLookEvery = 250ms;
constexpr auto kLookCloselyEvery = 25ms;
constexpr std::int64_t kLongestTurn = 100'000'000;       // ns of processor time
constexpr std::int64_t kLongestTurnOfAll = 500'000'000;  // the same for a turn over all sockets, which may be thousands

clockid_t processor_time_of_this_thread() {
  clockid_t clock{};
  if (const int error = pthread_getcpuclockid(pthread_self(), &clock); error != 0) {
    throw std::system_error(error, std::generic_category(), "pthread_getcpuclockid");
  }
  return clock;
}

std::int64_t nanoseconds(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

TurnGuard::TurnGuard() {
  const wire::SignalsBlocked blocked;
  thread_ = std::thread([this] { run(); });
}

TurnGuard::~TurnGuard() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void TurnGuard::note(int socket, bool in_use) {
  const auto index = static_cast<std::size_t>(socket);
  const std::lock_guard lock(mutex_);
  if (index >= in_use_.size()) in_use_.resize(index + 64);
  in_use_[index] = in_use;
}

void TurnGuard::begin(int socket) {
  const std::lock_guard lock(mutex_);
  if (!processor_time_) processor_time_ = processor_time_of_this_thread();
  socket_ = socket;
  ++turn_;
}

bool TurnGuard::end() {
  const std::lock_guard lock(mutex_);
  socket_ = -1;
  return std::exchange(cut_, false);
}

void TurnGuard::run() {
  std::unique_lock lock(mutex_);
  auto wait = kLookEvery;
  while (!changed_.wait_for(lock, wait, [this] { return stopping_; })) {
    look();
    wait = socket_ == -1 ? kLookEvery : kLookCloselyEvery;
  }
}

void TurnGuard::look() {
  if (socket_ == -1 || cut_) return;
  const std::int64_t now = nanoseconds(*processor_time_);
  if (turn_ != seen_turn_) {
    seen_turn_ = turn_;
    seen_at_ = now;
    samples_.clear();
    return;
  }
  if (socket_ != kAnySocket) {
    if (now - seen_at_ > kLongestTurn) cut(socket_);
  } else if (now - seen_at_ > kLongestTurnOfAll) {
    cut_the_busiest();
  }
}

// Resets the connection: further data from the peer is not read (RFC 9293, section 3.6.1).
void TurnGuard::cut(int socket) {
  shutdown(socket, SHUT_RDWR);
  cut_ = true;
}

// The turn serves one of many sockets: the one that receives, while the others wait.
void TurnGuard::cut_the_busiest() {
  std::vector<Sample> now = sample();
  const std::vector<Sample> before = std::exchange(samples_, now);
  if (before.size() != now.size()) return;
  int busiest = -1;
  std::uint64_t most = 0;
  for (std::size_t i = 0; i < now.size(); ++i) {
    const std::uint64_t received = now[i].received - std::min(now[i].received, before[i].received);
    if (received <= most) continue;
    most = received;
    busiest = now[i].socket;
  }
  if (busiest >= 0) cut(busiest);
}

std::vector<TurnGuard::Sample> TurnGuard::sample() const {
  std::vector<Sample> samples;
  for (std::size_t i = 0; i < in_use_.size(); ++i) {
    if (in_use_[i]) samples.push_back({static_cast<int>(i), bytes_received(static_cast<int>(i))});
  }
  return samples;
}

}  // namespace authprobe::http
