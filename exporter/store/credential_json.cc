#include "exporter/store/credential_json.h"

#include <algorithm>
#include <utility>

#include "exporter/store/json_words.h"

namespace authprobe::store {
namespace {

using credential::ExpiryClaim;
using credential::ExpiryKind;
using credential::ExpirySource;
using credential::FetchFailure;
using prober::CredentialStatus;
using prober::LockoutGuard;

Json claims_json(const std::vector<ExpiryClaim>& claims) {
  Json json = Json::array();
  for (const ExpiryClaim& claim : claims) {
    Json one{{"kind", to_string(claim.kind)}, {"source", to_string(claim.source)}};
    put(one, "at", claim.at);
    put(one, "issued_at", claim.issued_at);
    json.push_back(std::move(one));
  }
  return json;
}

std::vector<ExpiryClaim> read_claims(const Json& record) {
  std::vector<ExpiryClaim> claims;
  const auto found = record.find("observed");
  if (found == record.end() || !found->is_array()) return claims;
  for (const Json& one : *found) {
    if (!one.is_object()) continue;
    const auto kind = word_at<ExpiryKind, credential::kExpiryKindCount>(one, "kind");
    const auto source = word_at<ExpirySource, credential::kExpirySourceCount>(one, "source");
    if (!kind || !source) continue;
    if (one.contains("at") && !time_at(one, "at")) continue;  // an end that cannot be read is not "never"
    claims.push_back({*kind, *source, time_at(one, "at"), time_at(one, "issued_at")});
  }
  return claims;
}

Json fetches_json(const CredentialStatus::TokenFetches& fetches) {
  Json json = Json::object();
  put(json, "total", fetches.total);
  put(json, "renewals", fetches.renewals);
  put(json, "last", fetches.last);
  for (std::size_t i = 0; i < fetches.failures.size(); ++i) {
    if (fetches.failures[i] != 0)
      json["failures"][std::string(to_string(static_cast<FetchFailure>(i)))] = fetches.failures[i];
  }
  return json;
}

std::optional<CredentialStatus::TokenFetches> read_fetches(const Json& record) {
  const auto found = record.find("fetches");
  if (found == record.end() || !found->is_object()) return std::nullopt;
  CredentialStatus::TokenFetches fetches;
  fetches.total = count_at(*found, "total");
  fetches.renewals = count_at(*found, "renewals");
  fetches.last = time_at(*found, "last");
  const auto failures = found->find("failures");
  if (failures == found->end() || !failures->is_object()) return fetches;
  for (const auto& [word, count] : failures->items()) {
    const auto failure = from_word<FetchFailure, credential::kFetchFailureCount>(word);
    if (failure) fetches.failures[static_cast<std::size_t>(*failure)] = count_of(count).value_or(0);
  }
  return fetches;
}

std::optional<CredentialStatus::Lookup> read_lookup(const Json& record) {
  const auto found = record.find("lookup");
  if (found == record.end() || !found->is_object()) return std::nullopt;
  CredentialStatus::Lookup lookup;
  lookup.failures = count_at(*found, "failures");
  lookup.observed_at = time_at(*found, "observed_at");
  return lookup;
}

std::optional<LockoutGuard::Memory> read_lockout(const Json& record, WallTime now) {
  const auto found = record.find("lockout");
  if (found == record.end() || !found->is_object()) return std::nullopt;
  LockoutGuard::Memory lockout;
  lockout.refusals = static_cast<int>(std::min<std::uint64_t>(count_at(*found, "refusals"), 1000));
  const std::chrono::milliseconds rest(millis_at(*found, "rest_ms").value_or(0));
  lockout.rest = std::clamp<std::chrono::milliseconds>(rest, std::chrono::milliseconds{0}, LockoutGuard::kLongestRest);
  const WallTime latest = now + LockoutGuard::kLongestRest;
  lockout.next_trial = prober::SlotClock::from(std::min(time_at(*found, "next_trial").value_or(now), latest));
  return lockout;
}

}  // namespace

std::string credential_json(const CredentialStatus& status) {
  Json record = Json::object();
  put(record, "rotations", status.rotations);
  put(record, "scope_changes", status.scope_changes);
  put(record, "loaded_at", status.loaded_at);
  put(record, "changed_at", status.changed_at);
  if (!status.observed.empty()) record["observed"] = claims_json(status.observed);
  if (status.fetches) record["fetches"] = fetches_json(*status.fetches);
  if (status.lookup) {
    Json& lookup = record["lookup"] = Json::object();
    put(lookup, "failures", status.lookup->failures);
    put(lookup, "observed_at", status.lookup->observed_at);
  }
  if (status.lockout && status.lockout->refusals > 0) {
    Json& lockout = record["lockout"] = Json::object();
    put(lockout, "refusals", static_cast<std::uint64_t>(status.lockout->refusals));
    put(lockout, "rest_ms", static_cast<std::uint64_t>(status.lockout->rest.count()));
    put(lockout, "next_trial", std::optional(prober::SlotClock::to_wall(status.lockout->next_trial)));
  }
  return record_text(record);
}

std::optional<CredentialStatus> read_credential_json(std::string name, std::string_view text, WallTime now) {
  const Json record = read_record(text);
  if (record.is_null()) return std::nullopt;
  CredentialStatus status;
  status.name = std::move(name);
  status.rotations = count_at(record, "rotations");
  status.scope_changes = count_at(record, "scope_changes");
  status.loaded_at = time_at(record, "loaded_at");
  status.changed_at = time_at(record, "changed_at");
  status.observed = read_claims(record);
  status.fetches = read_fetches(record);
  status.lookup = read_lookup(record);
  status.lockout = read_lockout(record, now);
  return status;
}

}  // namespace authprobe::store
