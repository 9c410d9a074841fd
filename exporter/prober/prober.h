// The one loop's work: due -> start -> wait -> finished -> diagnose -> record. It runs HTTP transfers as a build tool
// runs its children: nothing calls back, what has happened is taken as values. One thread owns it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/credential/proxy_passwords.h"
#include "exporter/http/transfer_set.h"
#include "exporter/prober/fleet.h"
#include "exporter/prober/in_flight.h"
#include "exporter/prober/list_fetches.h"
#include "exporter/prober/probe_record.h"
#include "exporter/prober/slot_clock.h"

namespace authprobe::prober {

class Prober {
 public:
  // What has happened: a probe has ended, or a control's answer changed a running episode's diagnosis.
  using Event = std::variant<ProbeRecord, DiagnosisUpdate>;

  // `rules` are what diagnoses use; never null.
  Prober(std::shared_ptr<const config::Config> config, std::shared_ptr<const diagnosis::Ruleset> rules);

  // Takes another configuration. Targets that it does not change keep their state, also where they are being probed;
  // the others begin again, and what is in flight for them is let go.
  void reload(ReloadPlan&& plan, std::shared_ptr<const diagnosis::Ruleset> rules);

  // Before the first start_due(): what an earlier process knew of the targets, by index, and of credentials.
  void restore(const std::vector<std::optional<TargetMemory>>& targets,
               const std::vector<CredentialStatus>& credentials);

  // Starts what is due, as far as the bounds on probes in flight allow.
  void start_due();

  // Waits until something has finished, a watched descriptor was readable, or the next probe is due.
  void wait();

  // The targets whose scheduled probes have finished in wait() and are not taken yet: the caller may prefetch what it
  // will write for them.
  std::span<const std::size_t> answered() const { return answered_; }

  // The next event, in the order in which they happened; null: there is none. It is there until the next call, of
  // this or of reload().
  const Event* next_event();

  // What lists of targets were answered since the last call.
  std::vector<ListAnswer> take_list_answers() { return std::exchange(list_answers_, {}); }
  bool has_list_answers() const { return lists_.all_answered() && list_answers_.empty(); }

  // Probes once, beside the schedule: its record carries `on_demand` (not 0) and changes nothing. False where too many
  // such probes are in flight.
  bool probe_now(std::size_t target, std::uint64_t on_demand, std::chrono::milliseconds timeout);

  // Runs `on_readable` inside wait() whenever `fd` is readable; `fd` must outlive this object.
  void watch(int fd, std::function<void()> on_readable) { transfers_.watch(fd, std::move(on_readable)); }

  const Fleet& fleet() const { return fleet_; }
  const config::Config& config() const { return fleet_.config(); }
  std::size_t in_flight() const { return transfers_.in_flight(); }

 private:
  // One that was asked for before its credential had a token.
  struct PendingOnDemandProbe {
    std::size_t target = 0;
    std::uint64_t on_demand = 0;
    std::chrono::milliseconds timeout{0};
  };

  Now now() const { return {clock_.now(), std::chrono::system_clock::now()}; }
  void start(const InFlight& what, http::Request&& request);
  void start_control(std::size_t target);
  void start_credential_tasks();
  void start_list_fetches();
  void start_pending_on_demand();
  void note_answered();
  void finish(http::Finished& finished);
  void finish_probe(std::size_t target, http::Response& response);

  SlotClock clock_;
  http::TransferSet transfers_;
  credential::ProxyPasswords proxy_passwords_;
  Fleet fleet_;
  ListFetches lists_;
  InFlightTable in_flight_;  // every request of `transfers_`
  std::deque<Event> events_;
  bool told_ = false;  // the first of them is with the caller
  std::vector<ListAnswer> list_answers_;
  std::vector<std::size_t> answered_;
  std::vector<PendingOnDemandProbe> pending_on_demand_;
};

}  // namespace authprobe::prober
