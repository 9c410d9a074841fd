#include "exporter/commands/credential_log.h"

#include "exporter/wire/text.h"

namespace authprobe::commands {

using prober::CredentialStatus;

namespace {

const std::vector<std::string> kNoScopes;

bool first_fetch_is_under_way(const CredentialStatus& status) {
  return status.fetches && status.fetches->total == 0;
}

bool has_logged_problem(const CredentialStatus& status) {
  return !status.problem.empty() && !first_fetch_is_under_way(status);
}

bool same_cause(const std::optional<diagnosis::Diagnosis>& a, const std::optional<diagnosis::Diagnosis>& b) {
  return a && b && a->cause == b->cause && a->confidence == b->confidence;
}

}  // namespace

void CredentialLog::note(const std::vector<CredentialStatus>& statuses) {
  std::unordered_map<std::string, CredentialStatus> last;
  for (const CredentialStatus& status : statuses) {
    const auto before = last_.find(status.name);
    note(before != last_.end() ? before->second : CredentialStatus{}, status);
    last.emplace(status.name, status);
  }
  last_ = std::move(last);
}

void CredentialLog::note(const CredentialStatus& before, const CredentialStatus& now) {
  if (now.rotations > before.rotations) {
    log_.info("credential rotated", {{"credential", now.name}, {"fingerprint", now.fingerprint}});
  }
  if (has_logged_problem(now) && now.problem != before.problem) {
    log_.warn("credential cannot be used", {{"credential", now.name}, {"problem", now.problem}});
  } else if (now.available && has_logged_problem(before)) {
    log_.info("credential can be used again", {{"credential", now.name}, {"fingerprint", now.fingerprint}});
  }
  if (now.fetches) note_fetches(before, now);
  const double rest = now.lockout_backoff_seconds;
  if (rest > before.lockout_backoff_seconds) {
    log_.warn("password refused repeatedly: not sent for a while, so that the account is not locked",
              {{"credential", now.name}, {"seconds", std::to_string(static_cast<int>(rest))}});
  } else if (rest == 0 && before.lockout_backoff_seconds > 0) {
    log_.info("password is sent again", {{"credential", now.name}});
  }
  // What an earlier process counted is no change of now.
  if (now.scope_changes > before.scope_changes && before.granted_scopes) {
    log_.warn("granted scopes changed", {{"credential", now.name},
                                         {"granted", wire::joined(now.granted_scopes.value_or(kNoScopes), " ")},
                                         {"lost", wire::joined(now.lost_scopes, " ")}});
  }
  if (now.previous && before.previous && now.previous->state != before.previous->state) {
    log_.info("previous value of the credential",
              {{"credential", now.name}, {"state", std::string(to_string(now.previous->state))}});
  }
  if (now.next && now.next->last && (!before.next || before.next->state != now.next->state)) {
    log_.info("next credential tried", {{"credential", now.name},
                                        {"next", now.next->name},
                                        {"state", std::string(to_string(now.next->state))},
                                        {"detail", now.next->problem}});
  }
}

// Only while there is still a token; without one, the credential's problem is logged.
void CredentialLog::note_fetches(const CredentialStatus& before, const CredentialStatus& now) {
  if (now.fetches->refusal && (!before.fetches || !same_cause(before.fetches->refusal, now.fetches->refusal))) {
    const diagnosis::Diagnosis& refusal = *now.fetches->refusal;
    log_.warn("token refused", {{"credential", now.name},
                                {"cause", std::string(to_string(refusal.cause))},
                                {"confidence", std::string(to_string(refusal.confidence))},
                                {"evidence", refusal.evidence.empty() ? "" : refusal.evidence.front()},
                                {"advice", refusal.advice}});
  }
  const std::string& remark = now.fetches->remark;
  if (!remark.empty() && (!before.fetches || before.fetches->remark != remark)) {
    log_.info("token fetched", {{"credential", now.name}, {"remark", remark}});
  }
  const std::string failed_before = before.fetches ? before.fetches->failure : "";
  const std::string& failed_now = now.fetches->failure;
  if (now.available && !failed_now.empty() && failed_before.empty()) {
    log_.warn("token refresh failed: keeping the old token", {{"credential", now.name}, {"problem", failed_now}});
  } else if (failed_now.empty() && !failed_before.empty()) {
    log_.info("token fetched again", {{"credential", now.name}});
  }
}

}  // namespace authprobe::commands
