// The JSON of targets, credentials and changes.
#include "exporter/web/api_json.h"

#include <nlohmann/json.hpp>

#include "exporter/wire/time.h"

namespace authprobe::web {
namespace {

using Json = nlohmann::ordered_json;  // keeps the order of the fields

Json time_or_null(const std::optional<WallTime>& time) {
  return time ? Json(wire::rfc3339(*time)) : Json(nullptr);
}

Json text_or_null(std::string_view text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json summary_of(const TargetStatus& target) {
  const bool probed = target.state != prober::State::pending;
  Json json;
  json["name"] = target.name();
  json["url"] = target.url().shown();
  json["state"] = prober::to_string(target.state);
  json["status"] = target.status == 0 ? Json(nullptr) : Json(target.status);
  json["since"] = probed ? Json(wire::rfc3339(target.since)) : Json(nullptr);
  json["cause"] = target.cause ? Json(diagnosis::to_string(*target.cause)) : Json(nullptr);
  json["confidence"] = target.cause ? Json(diagnosis::to_string(target.confidence)) : Json(nullptr);
  json["last_probe"] = time_or_null(target.last_probe);
  json["credential"] = text_or_null(target.credential());
  json["maintenance"] = target.maintenance;
  json["owner"] = text_or_null(target.owner);
  json["host"] = target.url().authority();
  Json labels = Json::object();
  for (const auto& [label, value] : target.labels()) labels[label] = value;
  json["labels"] = labels;
  json["recent"] = letters(target.recent);
  json["stale"] = target.stale;
  return json;
}

Json phases_of(const TargetStatus& target) {
  Json json = Json::object();
  for (std::size_t i = 0; i < http::kPhaseCount; ++i) {
    json[std::string(http::to_string(static_cast<http::Phase>(i)))] = wire::in_microseconds(target.phase_seconds[i]);
  }
  return json;
}

Json transitions_of(const TargetStatus& target) {
  Json json = Json::array();
  for (const StatusChange& change : target.transitions) {
    json.push_back({{"at", wire::rfc3339(change.at)},
                    {"from", prober::to_string(change.transition.from)},
                    {"to", prober::to_string(change.transition.to)}});
  }
  return json;
}

Json seconds_or_null(const std::optional<std::chrono::seconds>& length) {
  return length ? Json(length->count()) : Json(nullptr);
}

// What each source says of an end, and whether that counts.
Json claims_of(const prober::CredentialStatus& status) {
  Json claims = Json::array();
  for (const credential::ExpiryClaim& claim : status.claims) {
    claims.push_back({{"kind", to_string(claim.kind)},
                      {"source", to_string(claim.source)},
                      {"at", time_or_null(claim.at)},
                      {"counts", counts(claim, status)}});
  }
  return claims;
}

Json expiry_of(const prober::CredentialStatus& status) {
  Json ends = Json::array();
  for (const credential::Expiry& end : status.expiries) {
    ends.push_back({{"kind", to_string(end.kind)}, {"source", to_string(end.source)}, {"at", wire::rfc3339(end.at)}});
  }
  return {{"state", to_string(status.expiry_state)},
          {"ends", ends},
          {"claims", claims_of(status)},
          {"lifetime_seconds", seconds_or_null(status.lifetime)},
          {"warn_before_seconds", seconds_or_null(status.warn_before)},
          {"critical_before_seconds", seconds_or_null(status.critical_before)},
          {"active", status.active ? Json(*status.active) : Json(nullptr)},
          {"observed", status.lookup ? time_or_null(status.lookup->observed_at) : Json(nullptr)}};
}

Json scopes_of(const CredentialRow& row) {
  const auto& granted = row.status.granted_scopes;
  return {{"granted", granted ? Json(*granted) : Json(nullptr)},
          {"required", row.required_scopes},
          {"missing", row.status.missing_scopes},
          {"excess", row.status.excess_scopes},
          {"lost", row.status.lost_scopes},
          {"changes", row.status.scope_changes}};
}

// Why the last token fetch was refused; null if it was not.
Json fetch_refusal_of(const prober::CredentialStatus& status) {
  if (!status.fetches || !status.fetches->refusal) return nullptr;
  const diagnosis::Diagnosis& refusal = *status.fetches->refusal;
  return {{"cause", to_string(refusal.cause)},
          {"confidence", to_string(refusal.confidence)},
          {"evidence", refusal.evidence},
          {"advice", text_or_null(refusal.advice)}};
}

// What became of the value before the one in use; null where nobody is to find out.
Json previous_of(const prober::CredentialStatus& status) {
  if (!status.previous) return nullptr;
  return {{"state", prober::to_string(status.previous->state)},
          {"retired", time_or_null(status.previous->retired_at)},
          {"due", time_or_null(status.previous->due)},
          {"last_probe", time_or_null(status.previous->last)},
          {"problem", text_or_null(status.previous->problem)}};
}

// The entry of an issuer's list that is the credential; null: no list has it.
Json listed_of(const prober::CredentialStatus& status) {
  if (!status.listed) return nullptr;
  return {{"inventory", status.listed->inventory},
          {"id", status.listed->id},
          {"name", status.listed->name},
          {"by", inventory::to_string(status.listed->by)}};
}

Json rate_limit_of(const TargetStatus& target) {
  const prober::RateLimit& budget = target.rate_limit;
  return {{"limit", budget.limit ? Json(*budget.limit) : Json(nullptr)},
          {"remaining", budget.remaining ? Json(*budget.remaining) : Json(nullptr)},
          {"reset", time_or_null(budget.reset)}};
}

// The server's own certificate first; null: none was seen.
Json chain_of(const TargetStatus& target) {
  if (!target.certificate_chain) return nullptr;
  Json chain = Json::array();
  for (const http::CertificateFacts& one : target.certificate_chain->certificates) {
    chain.push_back({{"subject", one.subject},
                     {"issuer", one.issuer},
                     {"not_before", wire::rfc3339(one.begins)},
                     {"not_after", wire::rfc3339(one.ends)}});
  }
  return chain;
}

// Of the last probe that was not ok.
Json answer_of(const TargetStatus& target) {
  if (!target.answer) return nullptr;
  Json headers = Json::array();
  for (const auto& [name, value] : target.answer->headers) headers.push_back({{"name", name}, {"value", value}});
  return {{"headers", headers}, {"excerpt", text_or_null(target.answer->excerpt)}};
}

Json json_of(const CredentialRow& row) {
  const prober::CredentialStatus& status = row.status;
  Json targets = Json::object();
  for (std::size_t i = 0; i < prober::kStateCount; ++i) {
    targets[std::string(prober::to_string(static_cast<prober::State>(i)))] = status.targets[i];
  }
  Json json;
  json["name"] = row.name;
  json["kind"] = row.kind;
  json["owner"] = text_or_null(row.owner);
  json["used_by"] = row.used_by;
  json["rotation"] = text_or_null(row.rotation);
  json["available"] = status.available;
  json["problem"] = text_or_null(status.problem);
  json["fetch_refusal"] = fetch_refusal_of(status);
  json["remark"] = text_or_null(status.fetches ? status.fetches->remark : "");
  json["loaded"] = time_or_null(status.loaded_at);
  json["rotations"] = status.rotations;
  json["expiry"] = expiry_of(status);
  json["scopes"] = scopes_of(row);
  if (status.next) {
    json["next"] = {{"name", status.next->name},
                    {"state", prober::to_string(status.next->state)},
                    {"problem", text_or_null(status.next->problem)},
                    {"last_probe", time_or_null(status.next->last)}};
  } else {
    json["next"] = nullptr;
  }
  json["previous"] = previous_of(status);
  json["listed"] = listed_of(status);
  json["targets"] = targets;
  json["not_ok"] = row.not_ok;
  return json;
}

template <typename Row>
std::string list_of(const std::vector<const Row*>& rows, Json (*json_of_row)(const Row&)) {
  std::string text = "[";
  for (const Row* row : rows) {
    if (text.size() > 1) text += ",\n";
    text += json_of_row(*row).dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  return text + "]\n";
}

Json change_json(const StateChange& change) {
  return {{"at", wire::rfc3339(change.at)},
          {"target", change.target},
          {"credential", text_or_null(change.credential)},
          {"from", prober::to_string(change.from)},
          {"to", prober::to_string(change.to)},
          {"cause", change.cause ? Json(diagnosis::to_string(*change.cause)) : Json(nullptr)}};
}

}  // namespace

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string targets_json(const std::vector<const TargetStatus*>& targets) {
  return list_of(targets, summary_of);
}

std::string target_json(const TargetStatus& target) {
  Json json = summary_of(target);
  json["last_good"] = time_or_null(target.last_good);
  json["detail"] = text_or_null(target.explained().detail);
  json["evidence"] = target.explained().evidence;
  json["advice"] = text_or_null(target.explained().advice);
  json["duration_seconds"] = wire::in_microseconds(target.duration_seconds);
  json["phases"] = phases_of(target);
  json["transitions"] = transitions_of(target);
  json["certificate_expiry"] =
      target.certificate_expiry ? Json(wire::rfc3339(*target.certificate_expiry)) : Json(nullptr);
  json["certificate_chain"] = chain_of(target);
  json["rate_limit"] = rate_limit_of(target);
  json["answer"] = answer_of(target);
  json["backoff_seconds"] = target.backoff_seconds;
  return dump(json);
}

std::string credentials_json(const std::vector<const CredentialRow*>& credentials) {
  return list_of(credentials, json_of);
}

std::string credential_json(const CredentialRow& credential) {
  return dump(json_of(credential));
}

std::string changes_json(const std::vector<const StateChange*>& changes) {
  return list_of(changes, change_json);
}

std::string error_json(std::string_view message) {
  return dump({{"error", message}});
}

}  // namespace authprobe::web
