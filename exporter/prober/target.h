// One target: what is sent for it, what each answer means for it, and what is remembered from probe to probe. It sends
// nothing and reads no clock: requests are handed out, answers and times are handed in.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <variant>

#include "exporter/config/config.h"
#include "exporter/credential/credential.h"
#include "exporter/diagnosis/controls.h"
#include "exporter/http/request.h"
#include "exporter/http/response.h"
#include "exporter/prober/checks.h"
#include "exporter/prober/control_probes.h"
#include "exporter/prober/lockout_guard.h"
#include "exporter/prober/probe_history.h"
#include "exporter/prober/probe_record.h"
#include "exporter/prober/slot_clock.h"
#include "exporter/prober/target_state.h"
#include "exporter/prober/verdict.h"
#include "exporter/wire/authorization.h"

namespace authprobe::prober {

using diagnosis::FleetContext;

// What is known of a target: all that a reload keeps where the target does not change.
struct TargetMemory {
  TargetState state;
  RecentProbes recent;
  bool probed = false;  // at least one probe has ended
  int rate_limited_in_a_row = 0;
  SlotTime not_before;       // the server asked to be left alone until then
  SlotTime protection_due;   // the next look whether a protected target is open to all
  bool open_to_all = false;  // the server lets in those without the credential, as far as was seen last
  // What `state` says of the credential: `unexpected` where whoever refused got nothing of it.
  State credential_state = State::pending;
};

// Takes the credential's secrets out of an answer that may be quoted: one that refuses, openly or in disguise. Before
// anything else sees the answer, since evidence is cut and folded, and half a secret is not recognised.
void hide_secrets(const credential::Credential& credential, http::Response& response);

class ProbedTarget {
 public:
  // What targets share.
  struct Shared {
    std::shared_ptr<const Checks> checks;
    std::shared_ptr<credential::Credential> credential;  // null: none
    std::shared_ptr<LockoutGuard> guard;                 // the credential's; null: it has none
    std::shared_ptr<const diagnosis::Ruleset> rules;     // of diagnoses; never null
  };

  // `config` is kept by reference, until move_to() names another.
  ProbedTarget(const config::Target& config, Shared shared);

  // Before the first probe: what an earlier process knew of the target.
  void restore(const TargetMemory& memory) { memory_ = memory; }

  // After a reload that left the target as it was: its equal in the new configuration.
  void move_to(const config::Target& config, Shared shared);

  // Why a probe is not sent: its credential's first token is being fetched, or its password is left alone for a while.
  enum class Held : std::uint8_t { awaits_token, rests };
  // The request; or the record of a probe that could not be sent; or neither.
  using Started = std::variant<http::Request, ProbeRecord, Held>;

  // The scheduled probe of `slot` begins. The credential has been refreshed.
  Started start(SlotTime slot, Now now);

  // It could not be sent, for a reason that is not the target's: nothing is known of it.
  void let_go() { in_flight_ = false; }

  // The answer to it, by itself: hides our secrets in it, learns of the credential what it says, and judges it. Nothing
  // is learned where the credential has another value than the one that was sent.
  Verdict judge(http::Response& response, WallTime now) { return judge(response, sent_, now); }

  // The same of an answer to request(); `sent` is what secret_in_use() was then. Nothing: not a value in use.
  Verdict judge(http::Response& response, const std::optional<ProbeHistory::Secret>& sent, WallTime now);
  ProbeHistory::Secret secret_in_use() const;

  // A new token may mend the refusal (RFC 6750, section 3.1), and was not tried yet: once an episode.
  bool token_may_be_renewed(const Verdict& verdict) const;

  // The token that the probe was sent with is to be fetched again.
  void report_token_refused() { shared_.credential->token_refused(sent_.token); }

  // Another token has come since.
  bool has_newer_token() const { return shared_.credential->token_number() != sent_.token; }

  // Keeps a refusal while a new token is fetched.
  void hold_refusal(Verdict& verdict, http::Response& response);

  // The refusal that hold_refusal() keeps, where no new token has come: the probe is to be finished with it. Nothing
  // where one has: the probe is to be started again.
  struct HeldRefusal {
    Verdict verdict;
    http::Response response;
    ProbeHistory::Secret sent;  // what was refused
  };
  std::optional<HeldRefusal> take_held_refusal();

  // The scheduled probe has ended: its verdict beside the rest of the fleet.
  ProbeRecord finish(Verdict verdict, const http::Response& response, const FleetContext& fleet, Now now);

  // The request to send beside the probes now, if any: a control of the running episode, or a look whether a protected
  // target is open to all. One at a time.
  struct ControlRequest {
    Control control;
    http::Request request;
  };
  std::optional<ControlRequest> next_control(SlotTime now);

  // Its answer. The running episode's diagnosis, where the answer may have changed it.
  std::optional<diagnosis::Diagnosis> finish_control(http::Response& response, const FleetContext& fleet, WallTime now);

  // The running episode's diagnosis, where something else than a control may have changed it.
  std::optional<diagnosis::Diagnosis> refine_episode(const FleetContext& fleet);

  // A probe on demand, which changes nothing that is remembered. Never Held::rests.
  Started start_on_demand(std::chrono::milliseconds timeout, Now now);
  ProbeRecord finish_on_demand(http::Response& response, const FleetContext& fleet, Now now);

  // The running episode's diagnosis beside the rest of the fleet; only after a refusal.
  diagnosis::Diagnosis refined_diagnosis(const FleetContext& fleet) const;

  // An ordinary probe's request. `credential` may be null; it has something to send otherwise.
  http::Request request(const credential::Credential* credential, std::chrono::milliseconds timeout) const;

  // Why `credential` cannot be sent to this target; empty: it can.
  std::string problem_of(const credential::Credential& credential) const;

  const config::Target& config() const { return *config_; }
  const TargetMemory& memory() const { return memory_; }
  const std::shared_ptr<credential::Credential>& credential() const { return shared_.credential; }
  bool in_flight() const { return in_flight_; }

  // Begins to fetch the parts that start() will read and that do not lie in this object.
  void prefetch_url() const;

 private:
  enum class Asked : std::uint8_t { nothing, control, protection };
  // What is kept of a target that was refused of late.
  struct Refusals {
    ControlProbes controls;
    ProbeHistory history;
  };

  bool may_send_password(SlotTime now);
  ProbeContext context() const;
  bool lets_in(const http::Response& answer, WallTime now) const;
  Refusals begin_refusals(const http::Response& response, WallTime now) const;
  void remember_success(const Verdict& verdict, const http::Response& response, WallTime now);
  void blame_auth_service(Verdict& verdict, const http::Response& response, const FleetContext& fleet) const;
  void take_refusal(Verdict& verdict, const http::Response& response, const FleetContext& fleet, WallTime now);
  Verdict shown_verdict(const http::Response& response, WallTime now) const;
  std::shared_ptr<const ShownAnswer> shown_answer(const http::Response& response) const;
  ProbeRecord record_of(const Verdict& verdict, const http::Response& response, TargetState& state, WallTime now) const;
  void back_off(const http::Response& response, ProbeRecord& record, SlotTime now);
  void report_refusal(const ProbeRecord& record);
  void update_lockout_guard(const ProbeRecord& record, SlotTime now);

  const config::Target* config_;
  std::shared_ptr<const http::PreparedUrl> url_;
  wire::SentCredential sent_by_itself_;  // what its own headers and URL carry, without a credential
  Shared shared_;
  TargetMemory memory_;
  std::unique_ptr<Refusals> refusals_;  // most targets have none
  ProbeHistory::Secret sent_;           // what the probe in flight was sent with
  std::unique_ptr<HeldRefusal> held_;   // while a new token is fetched, and while the probe is repeated with it
  bool repeats_ = false;                // the probe in flight is that repetition
  double start_delay_seconds_ = 0;
  bool in_flight_ = false;
  Asked asked_ = Asked::nothing;  // what is in progress; its answer may come after its episode
};

}  // namespace authprobe::prober
