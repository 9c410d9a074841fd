#include "exporter/diagnosis/intermittent.h"

#include "exporter/diagnosis/clue.h"

namespace authprobe::diagnosis {
namespace {

using Kind = RefusalPattern::Kind;

bool has_expired(const Input& input) {
  return input.credential.expires_at && input.now && *input.credential.expires_at <= *input.now;
}

bool is_node(const RefusalPattern* pattern) {
  return pattern != nullptr && (pattern->kind == Kind::address || pattern->kind == Kind::node);
}

// The pattern shows who or what refuses. That the software that answers is another one may come from the refusal
// itself, and what happens each minute is not known: these stay open.
void conclude_from(const RefusalPattern* pattern, bool budget_used_up, Refiner& refiner) {
  if (is_node(pattern)) return refiner.conclude(Cause::auth_service_down, Confidence::likely);
  if (pattern != nullptr && pattern->kind == Kind::budget) {
    return refiner.conclude(Cause::rate_limited, Confidence::likely);
  }
  if (budget_used_up) return refiner.conclude(Cause::rate_limited, Confidence::guess);
  refiner.conclude(Cause::unknown, Confidence::guess);
}

std::string advice_of(const RefusalPattern& pattern) {
  switch (pattern.kind) {
    case Kind::address:
    case Kind::node:
      return "Have the API's operators take " + pattern.where +
             " out of service, and compare its configuration, keys and clock with those of the others. The others "
             "accept the same secret: do not change it.";
    case Kind::budget:
      return "The refusals are a rate limit: send fewer requests, or have the quota raised. Find out who else uses the "
             "same credential or address. Do not change the secret.";
    case Kind::minute:
      return "Find out what the API does at the start of each minute: a cache of tokens or keys that ends, a limit "
             "that begins anew, a job. The same secret is accepted in between: do not change it.";
    case Kind::secret:
      return "The new secret is accepted at times only: it has not reached every node. Let the rotation come to its "
             "end, or go back to the previous secret until it has.";
    case Kind::server: break;
  }
  return "Ask the operators of " + pattern.where +
         " why it refuses what is accepted elsewhere. The same secret is accepted in between: do not change it.";
}

constexpr char kNoPattern[] =
    "The same secret is accepted in between, so do not change it. Look for what differs between the calls: one node of "
    "several, a rotation that has not reached every node, a rate limit, a firewall that samples.";

}  // namespace

std::string apply_pattern(const FleetContext& fleet, Refiner& refiner) {
  const RefusalPattern* pattern = fleet.pattern ? &*fleet.pattern : nullptr;
  if (pattern != nullptr) refiner.note(in_words(*pattern));
  const bool secret_is_good = fleet.let_in_between && !has_expired(refiner.input());
  if (!secret_is_good) return {};
  const bool doubts_secret = about_credential(refiner.cause()) || refiner.cause() == Cause::clock_skew;
  const bool guesses = refiner.confidence() == Confidence::guess;
  const bool names_node = refiner.cause() == Cause::auth_service_down && is_node(pattern);
  if (!doubts_secret && !guesses && !names_node) return {};
  if (pattern == nullptr) refiner.note("the same secret was accepted between two refusals");
  // A revocation spreads from node to node: where the answer names one, the secret is not to be kept.
  if (refiner.is_fixed() && refiner.cause() == Cause::revoked_token) return {};
  conclude_from(pattern, fleet.budget_used_up, refiner);
  if (pattern != nullptr) return advice_of(*pattern);
  return refiner.cause() == Cause::rate_limited ? std::string() : kNoPattern;
}

}  // namespace authprobe::diagnosis
