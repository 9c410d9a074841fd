// All targets with what they share: the schedule, the bounds on probes in flight, the credentials, and the counts of
// refusals. Like a target it sends nothing and reads no clock, but for the files of secrets, and to measure what the
// targets of scoped includes cost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/prober/admission.h"
#include "exporter/prober/blast_radius.h"
#include "exporter/prober/control_budget.h"
#include "exporter/prober/credential_set.h"
#include "exporter/prober/credential_status.h"
#include "exporter/prober/probe_record.h"
#include "exporter/prober/refusal_counts.h"
#include "exporter/prober/reload_plan.h"
#include "exporter/prober/schedule.h"
#include "exporter/prober/scope_time.h"
#include "exporter/prober/target.h"

namespace authprobe::prober {

class Fleet {
 public:
  static constexpr std::size_t kDropped = SIZE_MAX;

  // `rules` are what diagnoses use; never null.
  Fleet(std::shared_ptr<const config::Config> config, std::shared_ptr<const diagnosis::Ruleset> rules, SlotTime now);
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  // Takes another configuration. Targets and credentials that it does not change keep what is known of them, also while
  // they are being probed; the others begin again. Returns where each present target goes: its new index, or kDropped.
  std::vector<std::size_t> reload(ReloadPlan&& plan, std::shared_ptr<const diagnosis::Ruleset> rules, SlotTime now);

  // Before the first probe: what an earlier process knew of each target; nothing where it knew none.
  void restore(const std::vector<std::optional<TargetMemory>>& memories, SlotTime now);

  // Offers the targets whose slots have come, and those whose token has come, to next_to_start().
  void offer_due(SlotTime now);

  // The next target that may start, as far as the bounds on probes in flight allow: start() is next.
  std::optional<std::size_t> next_to_start() { return admission_->next(); }

  // The scheduled probe of a target begins, and ends with the answer to its request; nothing where it is to be repeated
  // with a new token, or where we had no socket for it: then its slot is missed.
  ProbedTarget::Started start(std::size_t target, Now now);
  std::optional<ProbeRecord> finish(std::size_t target, http::Response& response, Now now);

  // The control request to send after it, if any, and its answer.
  std::optional<http::Request> next_control(std::size_t target, SlotTime now);
  std::optional<DiagnosisUpdate> finish_control(std::size_t target, http::Response& response, WallTime now);

  // The answer to a request of a credential's task, and the episodes whose diagnoses it has changed.
  std::vector<DiagnosisUpdate> finish_task(std::uint64_t number, http::Response& response, SlotTime now);

  // A probe beside the schedule.
  ProbedTarget::Started start_on_demand(std::size_t target, std::chrono::milliseconds timeout, Now now);
  ProbeRecord finish_on_demand(std::size_t target, http::Response& response, Now now);

  // When offer_due() has something to offer; nullopt without targets.
  std::optional<SlotTime> next_slot() const { return schedule_.next_slot(); }

  // Begins to fetch what finish() of this target will read.
  void prefetch(std::size_t target) const;

  const config::Config& config() const { return *config_; }
  const ProbedTarget& target(std::size_t index) const { return entries_[index].target; }
  CredentialSet& credentials() { return credentials_; }
  std::vector<CredentialStatus> credential_statuses() const;
  // Without the targets of scoped includes, whose writers nobody waits for.
  bool first_round_done() const { return not_probed_ == 0; }
  std::uint64_t slots_missed() const { return missed_; }
  std::uint64_t probes_without_socket() const { return not_sent_; }  // among them

 private:
  struct Entry {
    ProbedTarget target;
    SlotTime slot;              // the one that the present or last probe began for; 0: none yet
    bool awaits_token = false;  // its slot has come, and its credential's first token, or a new one, is being fetched
  };
  // In config_->scopes; Admission::kNone: the target has none.
  std::uint32_t scope_of(std::size_t target) const { return scope_of_.empty() ? Admission::kNone : scope_of_[target]; }

  // Charges the target's scope for the time that `work` takes.
  template <typename Work>
  auto charged(std::size_t target, SlotTime now, Work work);
  using Checked = std::unordered_map<const config::Expectation*, std::shared_ptr<const Checks>>;

  ProbedTarget::Shared shared_for(const config::Target& target, Checked& checked) const;
  std::vector<Entry> entries_for(const ReloadPlan& plan, std::vector<std::size_t>& moved_to);
  void count_again(ReloadPlan& plan, SlotTime now);
  void offer(const Schedule::Due& due, SlotTime now);
  void offer_those_with_tokens(SlotTime now);
  bool renew_token(std::size_t target, Verdict& verdict, http::Response& response, SlotTime now);
  void await_token(std::size_t target);
  void miss_slot(std::size_t target);
  std::optional<ProbeRecord> judge(std::size_t target, http::Response& response, Now now);
  ProbeRecord conclude(std::size_t target, Verdict verdict, const http::Response& response, Now now);
  void account(std::size_t target, State before);
  void update_issuer_control(std::size_t target, const ProbeRecord& record, bool failure);
  FleetContext context(std::size_t target) const;

  std::shared_ptr<const config::Config> config_;
  std::shared_ptr<const diagnosis::Ruleset> rules_;
  CredentialSet credentials_;
  std::vector<Entry> entries_;  // parallel to config_->targets
  Schedule schedule_;
  std::vector<Schedule::Due> due_;  // empty between ticks
  std::optional<Admission> admission_;
  std::vector<std::uint32_t> scope_of_;  // by target; empty: no target has one
  ScopeTime scope_time_;
  ControlBudget control_budget_;
  RefusalCounts refusal_counts_;
  BlastRadius blast_radius_;
  std::vector<std::size_t> awaiting_token_;  // targets
  std::uint64_t missed_ = 0;
  std::uint64_t not_sent_ = 0;
  std::size_t not_probed_ = 0;
};

}  // namespace authprobe::prober
