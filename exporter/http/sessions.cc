#include "exporter/http/sessions.h"

#include <algorithm>

namespace authprobe::http {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMostSessions = 16'384;  // a handle with its TLS sessions needs about 20 kB
constexpr auto kUnusedFor = 30min;
constexpr auto kSweepEvery = 1min;
constexpr auto kQuarantine = 3min;  // libcurl uses no connection after two idle minutes (CURLOPT_MAXAGE_CONN's default)

}  // namespace

Session* Sessions::take(const std::string& key, const std::shared_ptr<const config::Connection>& connection,
                        Clock::time_point now) {
  if (key.empty()) return nullptr;
  if (now >= next_sweep_) drop_unused(now);
  const auto found = sessions_.find(key);
  if (found == sessions_.end() && sessions_.size() >= kMostSessions) return nullptr;
  Session& session = found != sessions_.end() ? found->second : sessions_[key];
  if (session.busy) return nullptr;
  if (session.connection != connection && (!session.connection || *session.connection != *connection)) {
    if (session.number != 0) free_numbers_.push_back({session.number, now});
    session = Session{};
    session.number = new_number(now);
  }
  session.connection = connection;
  session.busy = true;
  return &session;
}

std::uint32_t Sessions::new_number(Clock::time_point now) {
  if (free_numbers_.empty() || now - free_numbers_.front().since < kQuarantine) return next_number_++;
  const std::uint32_t number = free_numbers_.front().number;
  free_numbers_.pop_front();
  return number;
}

void Sessions::give_back(Session& session, Clock::time_point now) {
  session.busy = false;
  session.used = now;
}

void Sessions::clear() {
  sessions_.clear();
  free_numbers_.clear();
  next_number_ = 1;
}

void Sessions::drop_unused(Clock::time_point now) {
  next_sweep_ = now + kSweepEvery;
  std::erase_if(sessions_, [this, now](const auto& entry) {
    const Session& session = entry.second;
    if (session.busy || now - session.used < kUnusedFor) return false;
    free_numbers_.push_back({session.number, now});
    return true;
  });
}

}  // namespace authprobe::http
