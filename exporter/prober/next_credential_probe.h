// Tries the credential that is to follow another one, on one of the other's targets, less often than its own probes.
#pragma once

#include <memory>
#include <optional>

#include "exporter/config/config.h"
#include "exporter/credential/credential.h"
#include "exporter/diagnosis/controls.h"
#include "exporter/prober/credential_task.h"
#include "exporter/prober/target.h"

namespace authprobe::prober {

class NextCredentialProbe : public CredentialTask {
 public:
  // Once in so many of the target's intervals, at least once a minute, but never more often than the target itself.
  static constexpr int kIntervals = 10;
  static constexpr std::chrono::minutes kLongest{1};

  // Before the first call nothing is due. What was seen is forgotten where either has changed.
  void use(const config::Target& target, std::shared_ptr<credential::Credential> next,
           std::shared_ptr<const diagnosis::Ruleset> rules);

  SlotTime due() const override { return next_ && next_->awaits_token() ? SlotTime::max() : due_; }
  std::optional<http::Request> next_request(SlotTime now) override;
  void on_response(const http::Response& response, SlotTime now) override;
  void fill_status(CredentialStatus& status) const override { status.next = seen_; }

  // A target of the other credential is refused for the first time: the answer is wanted now, though not sooner than
  // one of the target's intervals after the one before.
  void hurry(SlotTime now);

  // What it got last; nothing before the first answer.
  const CredentialStatus::Next* answer() const { return seen_.status == 0 ? nullptr : &seen_; }

 private:
  config::Target config_;
  std::optional<ProbedTarget> target_;  // as the next credential sees it
  std::shared_ptr<credential::Credential> next_;
  ProbeHistory::Secret sent_;
  SlotTime due_ = SlotTime::max();
  CredentialStatus::Next seen_;
};

}  // namespace authprobe::prober
