#include "exporter/prober/next_credential_probe.h"

#include <algorithm>
#include <utility>

namespace authprobe::prober {

using std::chrono::milliseconds;

void NextCredentialProbe::use(const config::Target& target, std::shared_ptr<credential::Credential> next,
                              std::shared_ptr<const diagnosis::Ruleset> rules) {
  ProbedTarget::Shared shared{std::make_shared<const Checks>(target.expect), next, nullptr, std::move(rules)};
  if (next_ == next && config_ == target) {
    target_->move_to(config_, std::move(shared));
    return;
  }
  config_ = target;
  next_ = std::move(next);
  target_.emplace(config_, std::move(shared));
  due_ = SlotTime{};
  seen_ = {};
  seen_.name = next_->name();
}

void NextCredentialProbe::hurry(SlotTime now) {
  if (!next_) return;
  const SlotTime earliest = seen_.last ? SlotClock::from(*seen_.last) + config_.interval : now;
  due_ = std::min(due_, std::max(now, earliest));
}

std::optional<http::Request> NextCredentialProbe::next_request(SlotTime now) {
  due_ =
      now + std::max<milliseconds>(config_.interval, std::min<milliseconds>(kIntervals * config_.interval, kLongest));
  next_->refresh(std::chrono::steady_clock::now());
  if (std::string problem = target_->problem_of(*next_); !problem.empty()) {
    seen_.state = State::credential_unavailable;
    seen_.status = 0;
    seen_.problem = std::move(problem);
    seen_.last = SlotClock::to_wall(now);
    return std::nullopt;
  }
  sent_ = target_->secret_in_use();
  http::Request request = target_->request(next_.get(), config_.connection->timeout);
  request.session_key.clear();  // the target's own probes have it
  return request;
}

void NextCredentialProbe::on_response(const http::Response& response, SlotTime now) {
  http::Response quotable = response;
  const Verdict verdict = target_->judge(quotable, sent_, SlotClock::to_wall(now));
  seen_.state = state_of(verdict.outcome);
  seen_.status = response.status;
  seen_.problem = verdict.detail;
  seen_.last = SlotClock::to_wall(now);
}

}  // namespace authprobe::prober
