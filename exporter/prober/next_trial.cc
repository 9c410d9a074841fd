#include "exporter/prober/next_trial.h"

#include <algorithm>
#include <utility>

#include "exporter/prober/credential_facts.h"
#include "exporter/prober/probe_request.h"
#include "exporter/prober/secrecy.h"
#include "exporter/prober/verdict.h"

namespace authprobe::prober {

void NextTrial::use(const config::Target& target, std::shared_ptr<credential::Credential> next) {
  if (next_ == next && target_ == target) return;
  target_ = target;
  checks_ = std::make_unique<const Checks>(target.expect);
  next_ = std::move(next);
  due_ = Instant{0};
  seen_ = {};
  seen_.name = next_->name();
}

std::optional<http::Request> NextTrial::begin(Instant now) {
  due_ = now + std::max<Instant>(target_.interval, std::min<Instant>(kIntervals * target_.interval, kLongest));
  next_->refresh(std::chrono::steady_clock::now());
  if (!next_->problem().empty()) {
    seen_.state = State::credential_unavailable;
    seen_.status = 0;
    seen_.problem = next_->problem();
    seen_.last = WallTime(now);
    return std::nullopt;
  }
  http::Request request = probe_request(target_, http::prepared(target_.url));
  request.authorization = next_->authorization();
  return request;
}

void NextTrial::take(const http::Response& response, Instant now) {
  Circumstances circumstances;
  circumstances.sent = sent_as(next_->config());
  circumstances.credential = facts_of(*next_);
  http::Response quotable = response;
  hide_secrets(*next_, quotable);
  const Verdict verdict = judge(*checks_, quotable, circumstances, WallTime(now));
  seen_.state = state_of(verdict.outcome);
  seen_.status = response.status;
  seen_.problem = verdict.detail;
  seen_.last = WallTime(now);
}

}  // namespace authprobe::prober
