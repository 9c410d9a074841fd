#include "exporter/prober/retired_probe.h"

#include <algorithm>
#include <array>
#include <utility>

namespace authprobe::prober {
namespace {

using std::chrono::milliseconds;

constexpr int kEnough = 2;                               // refusals, before nobody asks any more
constexpr milliseconds kLook = std::chrono::minutes{1};  // for a value that was replaced meanwhile, at the latest

// A server that is in trouble, or asks for less, says nothing of the value.
bool is_refusal(const Verdict& verdict) {
  using diagnosis::Cause;
  if (!verdict.judges_credential || !verdict.refusal) return false;
  constexpr std::array kOfTheValue{Cause::invalid_credentials, Cause::expired_token, Cause::revoked_token,
                                   Cause::malformed_credentials, Cause::missing_credentials};
  const bool is_said = std::ranges::find(kOfTheValue, verdict.refusal->cause) != kOfTheValue.end();
  return is_said || (verdict.outcome.status == 401 && verdict.refusal->cause == Cause::unknown);
}

}  // namespace

std::string_view to_string(RetiredState state) {
  constexpr std::array<std::string_view, kRetiredStateCount> kWords{"none", "untried", "accepted", "overdue",
                                                                    "refused"};
  return kWords[static_cast<std::size_t>(state)];
}

RetiredProbe::RetiredProbe(std::shared_ptr<credential::Credential> credential) : credential_(std::move(credential)) {}

void RetiredProbe::use(const config::Target& target, std::shared_ptr<const diagnosis::Ruleset> rules) {
  config_ = target;
  target_.emplace(config_, ProbedTarget::Shared{std::make_shared<const Checks>(target.expect), credential_, nullptr,
                                                std::move(rules)});
}

milliseconds RetiredProbe::interval() const {
  return std::max<milliseconds>(credential_->password_like() ? kPasswordInterval : kInterval, config_.interval);
}

void RetiredProbe::take_up() {
  const WallTime at = credential_->retired_at();
  if (seen_.retired_at == at) return;
  seen_ = {};
  seen_.state = RetiredState::untried;
  seen_.retired_at = at;
  refusals_ = 0;
}

void RetiredProbe::note_time(SlotTime now) {
  seen_.due = *seen_.retired_at + *credential_->config().retire;
  const bool is_over = SlotClock::to_wall(now) > *seen_.due;
  if (seen_.state == RetiredState::accepted && is_over) seen_.state = RetiredState::overdue;
}

std::optional<http::Request> RetiredProbe::next_request(SlotTime now) {
  due_ = now + std::min(kLook, target_ ? config_.interval : kLook);
  if (!credential_->has_retired()) return std::nullopt;
  take_up();
  note_time(now);
  const bool rests = seen_.last && now < SlotClock::from(*seen_.last) + interval();
  if (rests || !target_) return std::nullopt;
  http::Request request = target_->request(nullptr, config_.connection->timeout);
  request.session_key.clear();  // the target's own probes have it
  if (!credential_->authorize_retired(request)) return std::nullopt;
  seen_.last = SlotClock::to_wall(now);
  return request;
}

void RetiredProbe::on_response(const http::Response& response, SlotTime now) {
  if (!credential_->has_retired() || seen_.retired_at != credential_->retired_at()) return;
  http::Response quotable = response;
  const Verdict verdict = target_->judge(quotable, std::nullopt, SlotClock::to_wall(now));
  seen_.status = response.status;
  seen_.problem = verdict.detail;
  if (state_of(verdict.outcome) == State::ok) {
    seen_.state = RetiredState::accepted;
    refusals_ = 0;
    note_time(now);
  } else if (is_refusal(verdict)) {
    seen_.state = RetiredState::refused;
    seen_.problem.clear();
    if (++refusals_ == kEnough) credential_->forget_retired();
  }
}

}  // namespace authprobe::prober
