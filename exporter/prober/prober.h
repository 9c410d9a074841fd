// The one loop's work: due -> start -> wait -> finished -> diagnose -> record. It runs HTTP transfers as a build tool
// runs its children: nothing calls back, finished probes are taken as values. One thread owns it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/prober/credential_status.h"
#include "exporter/prober/probe_record.h"
#include "exporter/prober/target_state.h"

namespace authprobe::prober {

class Prober {
 public:
  // `signatures`: those that diagnoses use; null: the built-in ones.
  explicit Prober(std::shared_ptr<const config::Config> config,
                  std::shared_ptr<const diagnosis::Signatures> signatures = nullptr);
  ~Prober();
  Prober(const Prober&) = delete;
  Prober& operator=(const Prober&) = delete;

  // Takes another configuration. Targets that it does not change keep their state, also where they are being probed;
  // the others begin anew, and what is under way for them is let go.
  void reload(std::shared_ptr<const config::Config> config,
              std::shared_ptr<const diagnosis::Signatures> signatures = nullptr);

  // Starts what is due, as far as the bounds on probes in flight allow.
  void start_due();

  // Waits until something has finished, a watched descriptor was readable, or the next probe is due.
  void wait();

  // Takes the next finished probe, with its target's state already moved on.
  std::optional<ProbeRecord> next_record();

  // Takes what controls and siblings have told since about a running episode.
  std::optional<Refinement> next_refinement();

  // Probes once, beside the schedule: its record carries `on_demand` (not 0) and changes nothing. False where too many
  // such probes are under way.
  bool probe_now(std::size_t target, std::uint64_t on_demand, std::chrono::milliseconds timeout);

  // Runs `hook` at the end of wait() with the target of each scheduled probe whose answer has come, before
  // next_record() weighs it: the time to fetch what its record will be written to.
  void on_answer(std::function<void(std::size_t)> hook);

  // Runs `on_readable` inside wait() whenever `fd` is readable; `fd` must outlive this object.
  void watch(int fd, std::function<void()> on_readable);

  const config::Config& config() const;
  const TargetState& state(std::size_t target) const;

  // What is known of each configured credential now, in the configuration's order.
  std::vector<CredentialStatus> credential_statuses() const;
  bool first_round_done() const;  // every target has been probed at least once, or could not be
  std::size_t in_flight() const;
  std::uint64_t slots_missed() const;  // since the start

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace authprobe::prober
