#include "exporter/commands/on_demand_probes.h"

#include <utility>

namespace authprobe::commands {

std::optional<std::uint64_t> OnDemandProbes::ask(std::size_t target, std::chrono::milliseconds timeout,
                                                 web::Reply reply, Clock::time_point now) {
  if (const auto known = answers_.find(target); known != answers_.end() && now - known->second.at < kShared) {
    reply(known->second.response);
    return std::nullopt;
  }
  const Clock::time_point ends = now + timeout;
  if (const auto latest = latest_.find(target); latest != latest_.end()) {
    Probe& probe = in_progress_.at(latest->second);
    if (probe.ends <= ends) {
      probe.waiting.push_back(std::move(reply));
      return std::nullopt;
    }
  }
  const std::uint64_t number = ++last_number_;
  in_progress_[number] = {target, ends, {}};
  in_progress_[number].waiting.push_back(std::move(reply));
  latest_[target] = number;
  return number;
}

void OnDemandProbes::finish(std::uint64_t number, const web::Response& answer, Clock::time_point now) {
  std::erase_if(answers_, [&](const auto& known) { return now - known.second.at >= kShared; });
  if (const auto ended = in_progress_.find(number); ended != in_progress_.end()) {
    answers_[ended->second.target] = {answer, now};
  }
  refuse(number, answer);
}

void OnDemandProbes::refuse(std::uint64_t number, const web::Response& answer) {
  const auto ended = in_progress_.extract(number);
  if (ended.empty()) return;
  const auto latest = latest_.find(ended.mapped().target);
  if (latest != latest_.end() && latest->second == number) latest_.erase(latest);
  for (const web::Reply& reply : ended.mapped().waiting) reply(answer);
}

void OnDemandProbes::clear() {
  in_progress_.clear();
  latest_.clear();
  answers_.clear();
}

}  // namespace authprobe::commands
