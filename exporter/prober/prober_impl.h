// What the prober is made of, for its own files: prober.cc has the loop, prober_load.cc takes a configuration,
// prober_conclude.cc says what an answer means for its target, prober_on_demand.cc probes beside the schedule.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "exporter/credential/credential.h"
#include "exporter/http/transfer_set.h"
#include "exporter/prober/admission.h"
#include "exporter/prober/blast_radius.h"
#include "exporter/prober/checks.h"
#include "exporter/prober/flights.h"
#include "exporter/prober/inquiry.h"
#include "exporter/prober/prober.h"
#include "exporter/prober/schedule.h"
#include "exporter/prober/siblings.h"
#include "exporter/prober/upkeep.h"
#include "exporter/prober/verdict.h"

namespace authprobe::prober {

inline constexpr char kPasswordRests[] =
    "the password was refused again and again, and is left alone for a while so that its account is not locked";

// Wall time that does not jump: read once at the start, then carried on by the steady clock, so that a corrected system
// clock moves no slot.
class SlotClock {
 public:
  Instant now() const { return to_instant(std::chrono::steady_clock::now()); }
  std::chrono::steady_clock::time_point to_steady(Instant instant) const { return steady_ + (instant - wall_); }

 private:
  Instant to_instant(std::chrono::steady_clock::time_point time) const {
    return wall_ + std::chrono::duration_cast<std::chrono::milliseconds>(time - steady_);
  }
  std::chrono::steady_clock::time_point steady_ = std::chrono::steady_clock::now();
  Instant wall_ = std::chrono::duration_cast<Instant>(std::chrono::system_clock::now().time_since_epoch());
};

// What is kept of one target between its probes.
struct Runtime {
  std::shared_ptr<const Checks> checks;
  std::shared_ptr<const http::PreparedUrl> url;
  std::shared_ptr<credential::Credential> credential;  // null: none
  std::shared_ptr<LockoutGuard> guard;                 // the credential's; null: it has none
  std::uint64_t token = 0;                             // which one the probe under way was sent with
  TargetState state;
  RecentProbes recent;
  Inquiry inquiry;
  Instant slot{0};        // the one that the probe under way began for
  Instant not_before{0};  // the server asked to be left alone until then
  double start_delay_seconds = 0;
  int rate_limited_in_a_row = 0;
  bool in_flight = false;
  bool awaits_token = false;  // its slot has come, and its credential's first token is being fetched
  bool probed = false;
};

// One that was asked for before its credential had a token.
struct AwaitedDemand {
  std::size_t target = 0;
  std::uint64_t as_given = 0;
  std::chrono::milliseconds timeout{0};
};

class Prober::Impl {
 public:
  Impl(std::shared_ptr<const config::Config> config, std::shared_ptr<const diagnosis::Signatures> signatures);

  void load(std::shared_ptr<const config::Config> config, std::shared_ptr<const diagnosis::Signatures> signatures);
  void start_due();
  std::optional<ProbeRecord> next_record();
  std::optional<Refinement> next_refinement();
  bool probe_now(std::size_t target, std::uint64_t on_demand, std::chrono::milliseconds timeout);

  void wait();
  void on_answer(std::function<void(std::size_t)> hook) { on_answer_ = std::move(hook); }
  http::TransferSet& transfers() { return transfers_; }
  const config::Config& config() const { return *config_; }
  const TargetState& state(std::size_t target) const { return runtimes_[target].state; }
  std::vector<CredentialStatus> credential_statuses() const;
  bool first_round_done() const { return not_probed_ == 0; }
  std::size_t in_flight() const { return transfers_.in_flight(); }
  std::uint64_t slots_missed() const { return missed_; }

 private:
  // The runtimes of another configuration; `moved_to` becomes where each of the present ones went, or Flight::kGone.
  std::vector<Runtime> runtimes_of(const config::Config& config, std::vector<std::size_t>& moved_to);
  void offer(const Schedule::Due& due, Instant now);
  void start(std::size_t index);
  void keep_up() {
    upkeep_.start_due(transfers_, clock_.now());
    offer_those_with_tokens();
  }
  void offer_those_with_tokens();
  bool is_held_back(std::size_t index);
  void tell_credential(Runtime& runtime, const ProbeRecord& record);
  void tell_guard(Runtime& runtime, const ProbeRecord& record);
  ProbeRecord conclude_scheduled(std::size_t index, const http::Response& response);
  ProbeRecord conclude(std::size_t index, Verdict verdict, const http::Response& response);
  void inquire(std::size_t index, Verdict& verdict, const http::Response& response);
  void hide_secrets_in(const Flight& flight, http::Response& response);
  void take_inquiry(std::size_t index, const http::Response& answer);
  ProbeRecord record_of(std::size_t index, const Verdict& verdict, const http::Response& response, TargetState& state);
  ProbeRecord conclude_on_demand(const Flight& flight, const http::Response& response);
  void back_off(Runtime& runtime, const config::Target& target, const http::Response& response, ProbeRecord& record);
  diagnosis::Surroundings surroundings(std::size_t index) const;
  std::optional<diagnosis::ControlAnswer> next_answer(const config::Target& target) const;
  Circumstances circumstances(const Runtime& runtime) const;

  SlotClock clock_;
  http::TransferSet transfers_;
  Upkeep upkeep_;
  std::shared_ptr<const config::Config> config_;
  std::shared_ptr<const diagnosis::Signatures> signatures_;  // null: the built-in ones
  std::vector<Runtime> runtimes_;                            // parallel to config_->targets
  Flights flights_;
  Schedule schedule_;
  std::vector<Schedule::Due> due_;  // empty between ticks
  std::optional<Admission> admission_;
  Siblings siblings_;
  BlastRadius blast_radius_;
  std::vector<std::size_t> awaiting_token_;  // targets
  std::vector<AwaitedDemand> demands_awaiting_token_;
  std::deque<ProbeRecord> ready_;  // records that needed no transfer
  std::deque<Refinement> refinements_;
  std::function<void(std::size_t)> on_answer_;
  std::uint64_t missed_ = 0;
  std::size_t not_probed_ = 0;
};

}  // namespace authprobe::prober
