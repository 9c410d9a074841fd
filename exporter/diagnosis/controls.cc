#include "exporter/diagnosis/controls.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "exporter/diagnosis/advice.h"
#include "exporter/diagnosis/clue.h"
#include "exporter/diagnosis/intermittent.h"
#include "exporter/diagnosis/refiner.h"
#include "exporter/diagnosis/token_refiner.h"

namespace authprobe::diagnosis {
namespace {

bool let_in(const ControlResult& answer) {
  return answer.status >= 200 && answer.status < 300;
}
bool dead(const ControlResult& answer) {
  return answer.status == 0 || answer.status >= 500;
}
bool refused(const ControlResult& answer) {
  return answer.status == 401 || answer.status == 403 || answer.status == 429;
}

std::string said(const ControlResult& answer) {
  return answer.status == 0 ? "gives no answer" : "answers " + std::to_string(answer.status);
}

bool about_rights(Cause cause) {
  return cause == Cause::insufficient_permissions || cause == Cause::insufficient_scope;
}

class ControlRefiner : public Refiner {
 public:
  using Refiner::Refiner;

  void anonymous(const ControlResult& answer) {
    note("without the credential the same URL " + said(answer) +
         (answer.same_as_refusal ? ", with the same answer" : "") + when(answer.at));
    if (unexplained_failure()) return;
    if (let_in(answer) && about_validity()) conclude(surest_invalid(), Confidence::likely);
    const bool not_looked_at = input().status == 403 && answer.status == 403 && answer.same_as_refusal;
    if (not_looked_at && about_rights(cause()) && confidence() != Confidence::certain) {
      note("nobody looked at the credential: those without one get the same");
      conclude(Cause::unknown, Confidence::guess);
    }
    const bool known_here = input().status == 403 && answer.status == 401;
    if (known_here && about_rights(cause())) conclude(cause(), Confidence::certain);
    if (known_here && cause() == Cause::unknown) conclude(Cause::insufficient_permissions, Confidence::likely);
    const bool told_apart = input().status == 401 && answer.status == 401 && !answer.same_as_refusal;
    if (told_apart && cause() == Cause::invalid_credentials) conclude(cause(), Confidence::likely);
  }

  void control_url(const ControlResult& answer, bool anonymous_refused_too) {
    note("the public control URL " + said(answer) + when(answer.at));
    if (unexplained_failure()) {
      if (dead(answer)) doubt();  // all of the server fails, not only what checks credentials
      return;
    }
    if (dead(answer) && vague()) conclude(Cause::auth_service_down, Confidence::likely);
    const bool nobody_gets_in = answer.status == 403 && input().status == 403 && anonymous_refused_too;
    if (nobody_gets_in && (about_validity() || about_rights(cause()))) {
      conclude(Cause::ip_blocked, Confidence::likely);
    }
  }

  void fresh_token(const ControlResult& answer) {
    note("with a new token the same URL " + said(answer));
    if (let_in(answer) && about_validity()) {
      conclude(cause() == Cause::expired_token ? cause() : Cause::revoked_token, Confidence::certain);
    } else if (refused(answer) && about_validity()) {
      conclude(Cause::insufficient_permissions, Confidence::guess);
    }
  }

  void next(const FleetContext& fleet) {
    note("with the next credential the same URL " + said(*fleet.next) + when(fleet.next_at));
    if (let_in(*fleet.next) && about_validity() && !unexplained_failure()) {
      conclude(cause() == Cause::expired_token ? cause() : Cause::revoked_token, Confidence::likely);
    }
  }

  void addresses(const std::vector<ControlResults::Address>& others) {
    if (others.empty()) return;
    std::size_t fine = 0;
    for (const auto& [address, status, at] : others) {
      note("the same request to " + address + (status == 0 ? " gets no answer" : " gets " + std::to_string(status)) +
           when(at));
      if (status >= 200 && status < 300) ++fine;
    }
    if (fine == 0) return;
    if (unexplained_failure()) return doubt();
    note("only some of the host's addresses refuse: one node behind the balancer differs from the others");
    if (about_validity()) conclude(Cause::auth_service_down, Confidence::likely);
  }

  void siblings(const FleetContext& fleet) {
    if (unexplained_failure()) return;
    const std::string all = std::to_string(fleet.credential_targets);
    if (fleet.credential_targets > 1 && fleet.credential_refused >= fleet.credential_targets) {
      // No more than that: all may be behind one firewall, and what follows may find the cause elsewhere.
      note("all " + all + " targets of this credential are refused");
    } else if (fleet.credential_targets > 1 && fleet.credential_fine == 0) {
      note("so far " + std::to_string(fleet.credential_refused) + " of the " + all +
           " targets of this credential are refused; the others have not been probed since");
    } else if (fleet.credential_targets > 1) {
      note("the credential works at " + std::to_string(fleet.credential_fine) + " of its " + all + " targets");
      if (input().status == 403 && cause() == Cause::unknown)
        conclude(Cause::insufficient_permissions, Confidence::likely);
    }
    if (fleet.host_credentials > 1 && fleet.host_credentials == fleet.host_credentials_refused) {
      note("all " + std::to_string(fleet.host_credentials) + " credentials that are used at this host are refused" +
           (fleet.host_let_in ? "" : ", and none has been let in there so far"));
      // A host that never let anybody in may as well be configured wrongly.
      const Confidence surest = fleet.host_let_in ? Confidence::likely : Confidence::guess;
      if (vague() && input().status != 403 && confidence() >= surest) conclude(Cause::auth_service_down, surest);
    }
  }

  void recent(const FleetContext& fleet) {
    if (fleet.recent_refusal_runs > 1) {
      note("intermittent: " + std::to_string(fleet.recent_refusals) + " of the last " +
           std::to_string(fleet.recent_probes) + " probes were refused");
    }
  }

 private:
  Cause surest_invalid() const { return cause() == Cause::unknown ? Cause::invalid_credentials : cause(); }
};

constexpr char kNotLookedAt[] =
    "Those without a credential get the same answer: it is our address, our country, or a rule of a firewall or proxy. "
    "Ask the API's operators to look for our address and User-Agent. Do not change the credential.";

// What the controls have shown goes before what the cause alone advises.
std::string advice_from(const ControlResults& results, const FleetContext& fleet, const Input& input, Cause cause) {
  if (fleet.next && let_in(*fleet.next) && about_credential(cause)) {
    return "Switch to " + (fleet.next_name.empty() ? "the next credential" : '"' + fleet.next_name + '"') +
           ": it is accepted where this one is refused, so the rotation is half done.";
  }
  const bool same = results.anonymous && results.anonymous->same_as_refusal && results.anonymous->status == 403;
  if (cause == Cause::unknown && input.status == 403 && same) return kNotLookedAt;
  return {};
}

}  // namespace

void apply_controls(const ControlResults& results, const FleetContext& fleet, const Input& input,
                    Diagnosis& diagnosis) {
  const Cause before = diagnosis.cause;
  ControlRefiner refiner(input, diagnosis);
  const bool received = input.redirected_to.empty();  // the credential: else its other targets tell nothing
  if (received) refiner.siblings(fleet);
  refiner.recent(fleet);
  if (results.anonymous) refiner.anonymous(*results.anonymous);
  if (results.control_url) {
    refiner.control_url(*results.control_url, !results.anonymous || results.anonymous->same_as_refusal);
  }
  refiner.addresses(results.addresses);
  if (fleet.next) refiner.next(fleet);
  if (results.fresh_token) refiner.fresh_token(*results.fresh_token);
  std::string instead = apply_pattern(fleet, refiner);
  std::string advice;
  if (fleet.token && received) {
    advice = apply_token_report(*fleet.token, results.resource ? &*results.resource : nullptr, results.server_ahead,
                                refiner);
  }
  if (diagnosis.cause != before) {
    diagnosis.advice = advice_for(input, diagnosis.cause, /*scheme_mismatch=*/false);
  }
  if (instead.empty()) instead = advice_from(results, fleet, input, diagnosis.cause);
  if (!instead.empty()) diagnosis.advice = std::move(instead);
  if (!advice.empty()) diagnosis.advice += ' ' + advice;
}

}  // namespace authprobe::diagnosis
