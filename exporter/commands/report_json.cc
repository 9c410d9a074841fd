#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/commands/credential_report.h"
#include "exporter/commands/next_file.h"
#include "exporter/commands/report.h"
#include "exporter/commands/report_words.h"
#include "exporter/commands/unreachable_advice.h"
#include "exporter/diagnosis/evidence.h"
#include "exporter/diagnosis/telling_headers.h"
#include "exporter/wire/time.h"
#include "exporter/wire/wall_time.h"

namespace authprobe::commands {
namespace {

using diagnosis::redact;
using prober::DiagnoseReport;
using prober::State;
using wire::rfc3339;

// What the credential that is to follow got; null where it was not tried.
nlohmann::json next_json(const DiagnoseReport& e) {
  if (!e.next) return nullptr;
  return {{"state", to_string(e.next->state)},
          {"detail", text_or_null(e.next->detail)},
          {"status", e.next->response.status},
          {"conclusion", text_or_null(next_conclusion(e))}};
}

nlohmann::json time_json(const std::optional<WallTime>& time) {
  return time ? nlohmann::json(rfc3339(*time)) : nlohmann::json(nullptr);
}

nlohmann::json redirects_json(const std::vector<http::Redirect>& redirects) {
  nlohmann::json list = nlohmann::json::array();
  for (const auto& [status, to, with_credential] : redirects) {
    list.push_back({{"status", status}, {"to", redact(to)}, {"credential_sent", with_credential}});
  }
  return list;
}

nlohmann::json answer_json(const http::Response& r) {
  nlohmann::json phases;
  for (std::size_t i = 0; i < http::kPhaseCount; ++i) {
    phases[std::string(to_string(static_cast<http::Phase>(i)))] = wire::in_microseconds(r.phase_seconds[i]);
  }
  nlohmann::json answer{
      {"status", r.status},
      {"error", r.error == http::TransportError::none ? nlohmann::json(nullptr) : nlohmann::json(to_string(r.error))},
      {"error_detail", r.error_detail},
      {"address", r.address},
      {"local_address", r.local_address},
      {"from_proxy", r.from_proxy},
      {"other_addresses", r.other_addresses},
      {"unanswered_addresses", r.unanswered_addresses},
      {"http_version", r.http_version},
      {"redirects", redirects_json(r.redirects)},
      {"body_bytes", r.body_bytes},
      {"undecoded", r.undecoded},
      {"phases_seconds", phases},
      {"duration_seconds", wire::in_microseconds(r.total_seconds)}};
  answer["headers"] = nlohmann::json::array();
  for (const auto& [name, value] : diagnosis::telling_headers(r.headers))
    answer["headers"].push_back({{"name", name}, {"value", value}});
  if (r.certificate_expiry) answer["certificate_expires_at"] = time_json(wire::end_time(*r.certificate_expiry));
  return answer;
}

nlohmann::json token_json(const std::optional<credential::JwtClaims>& claims) {
  if (!claims) return nullptr;
  return {{"issuer", claims->issuer},
          {"audiences", claims->audiences},
          {"algorithm", claims->algorithm},
          {"key_id", claims->key_id}};
}

std::string_view word_for(diagnosis::IssuerAnswer::State state) {
  using Answer = diagnosis::IssuerAnswer::State;
  switch (state) {
    case Answer::keys_read: return "keys_read";
    case Answer::no_metadata: return "no_metadata";
    case Answer::unreadable: return "unreadable";
    case Answer::another_issuer: return "another_issuer";
    case Answer::keys_elsewhere: return "keys_elsewhere";
    case Answer::failing: return "failing";
    case Answer::silent: return "silent";
  }
  return "";
}

std::string_view word_for(diagnosis::KeyFit fit) {
  using diagnosis::KeyFit;
  switch (fit) {
    case KeyFit::unknown: return "unknown";
    case KeyFit::verifies: return "verifies";
    case KeyFit::fails: return "fails";
    case KeyFit::absent: return "no_key";
    case KeyFit::wrong_type: return "wrong_type";
  }
  return "";
}

// What the token's issuer answered; null where it was not asked.
nlohmann::json issuer_json(const diagnosis::TokenReport* token) {
  if (token == nullptr || !token->answer) return nullptr;
  const diagnosis::IssuerAnswer& answer = *token->answer;
  nlohmann::json clock;
  if (answer.ahead) clock = answer.ahead->count();
  return {{"state", word_for(answer.state)},
          {"detail", answer.detail},
          {"keys", answer.keys},
          {"clock_ahead_seconds", clock},
          {"signature", word_for(token->key)}};
}

// What the health page of the auth service answered; null where there is none, or it was not asked.
nlohmann::json auth_health_json(const Subject& subject, const diagnosis::TokenReport* token) {
  if (token == nullptr || !token->health) return nullptr;
  const diagnosis::HealthAnswer& answer = *token->health;
  return {{"url", subject.credential->auth_health_url.shown()},
          {"status", answer.status == 0 ? nlohmann::json() : nlohmann::json(answer.status)},
          {"error", text_or_null(answer.error)}};
}

nlohmann::json credential_json(const Subject& subject, const DiagnoseReport& e) {
  if (subject.credential == nullptr) return nullptr;
  const config::Credential& credential = *subject.credential;
  nlohmann::json report{{"name", credential.name},
                        {"kind", to_string(credential.kind)},
                        {"owner", credential.owner},
                        {"used_by", credential.used_by},
                        {"rotation", credential.rotation},
                        {"expires_at", time_json(e.facts.expires_at)},
                        {"issued_at", time_json(e.facts.issued_at)},
                        {"not_before", time_json(e.facts.not_before)},
                        {"token", token_json(e.claims)},
                        {"shape_problem", e.facts.shape_problem},
                        {"hint", e.facts.hint}};
  add_credential_knowledge(e, report);
  return report;
}

}  // namespace

std::string report_json(const Subject& subject, const DiagnoseReport& e) {
  nlohmann::json report{{"target", subject.target.name},
                        {"url", subject.target.url.shown()},
                        {"method", subject.target.method},
                        {"time", rfc3339(e.started)},
                        {"state", to_string(e.state)},
                        {"detail", e.detail},
                        {"credential", credential_json(subject, e)},
                        {"answer", answer_json(e.response)}};
  report["sent"] = nlohmann::json::object();
  for (const auto& [name, value] : e.sent) report["sent"][name] = value;
  report["controls"] = nlohmann::json::array();
  for (const auto& [control, answer] : e.controls) {
    report["controls"].push_back(
        {{"asked", asked(control, subject.target)}, {"status", answer.status}, {"error_detail", answer.error_detail}});
  }
  if (e.next) {
    report["controls"].push_back({{"asked", "the same with the credential " + subject.credential->next},
                                  {"status", e.next->response.status},
                                  {"error_detail", e.next->response.error_detail}});
  }
  report["addresses"] = e.nodes.empty() ? nlohmann::json(nullptr) : nlohmann::json(e.nodes);
  report["next"] = next_json(e);
  report["views"] = views_json(subject.views);
  report["views_conclusion"] = text_or_null(comparison_of(e.state, subject.views));
  report["user_agent"] = text_or_null(e.user_agent);
  report["proxy"] = text_or_null(subject.target.connection->proxy.shown());
  report["issuer"] = issuer_json(e.token.get());
  report["auth_health"] = auth_health_json(subject, e.token.get());
  report["diagnosis"] = nullptr;
  report["advice"] = nullptr;
  if (!e.nodes.empty()) report["advice"] = e.nodes_advice;
  if (e.state == State::unreachable) report["advice"] = unreachable_advice(e.response, subject.target.url);
  const std::string failing = failing_server_advice(e.response.status, subject.credential != nullptr);
  if (e.state == State::unexpected && !failing.empty()) report["advice"] = failing;
  if (e.refusal) {
    report["diagnosis"] = {{"cause", to_string(e.refusal->cause)},
                           {"confidence", to_string(e.refusal->confidence)},
                           {"evidence", e.refusal->evidence},
                           {"advice", e.refusal->advice},
                           {"steps", steps_of(e)}};
  }
  return report.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
}

}  // namespace authprobe::commands
