#include "exporter/commands/credential_report.h"

#include <nlohmann/json.hpp>

#include "exporter/commands/report_words.h"
#include "exporter/credential/expiry.h"
#include "exporter/diagnosis/evidence.h"
#include "exporter/diagnosis/telling_headers.h"
#include "exporter/wire/time.h"

namespace authprobe::commands {
namespace {

using credential::ExpiryKind;
using credential::ExpiryState;
using prober::CredentialInquiry;
using prober::DiagnoseReport;
using Purpose = CredentialInquiry::Purpose;

std::string_view what_was_asked(Purpose purpose) {
  switch (purpose) {
    case Purpose::token: return "for a token";
    case Purpose::introspection: return "about the token";
    case Purpose::expiry_lookup: return "for the expiry";
  }
  return {};
}

std::string_view label_of(ExpiryKind kind) {
  switch (kind) {
    case ExpiryKind::access: return "Token";
    case ExpiryKind::refresh: return "Refresh";
    case ExpiryKind::certificate: return "Certificate";
    case ExpiryKind::secret: return "Secret";
  }
  return {};
}

// Names of scopes are no secrets, but foreign.
std::string names(const std::vector<std::string>& scopes) {
  std::string text;
  for (const std::string& scope : scopes) text += (text.empty() ? "" : " ") + diagnosis::redact(scope);
  return text;
}

}  // namespace

ReportLines inquiry_lines(const DiagnoseReport& e) {
  ReportLines lines;
  for (const CredentialInquiry& inquiry : e.inquiries) {
    lines.emplace_back("Asked", inquiry.url.shown() + ' ' + std::string(what_was_asked(inquiry.purpose)) + ": " +
                                    outcome(inquiry.answer));
    if (inquiry.answer.status >= 200 && inquiry.answer.status < 300) continue;
    for (const auto& [name, value] : diagnosis::telling_headers(inquiry.answer.headers))
      lines.emplace_back("Asked", name + ": " + value);
  }
  return lines;
}

ReportLines expiry_lines(const DiagnoseReport& e) {
  ReportLines lines;
  if (!e.known) return lines;
  for (const credential::Expiry& end : e.known->expiries) {
    const std::string word = end.at > e.started ? "expires " : "EXPIRED ";
    lines.emplace_back(label_of(end.kind),
                       word + moment(end.at, e.started) + ", source " + std::string(to_string(end.source)));
  }
  if (e.known->expiry_state == ExpiryState::never) lines.emplace_back("Token", "never expires");
  if (e.known->expiry_state == ExpiryState::sliding) lines.emplace_back("Token", "each use extends its expiry");
  if (const auto& listed = e.known->listed) {
    lines.emplace_back("Listed", "in the inventory " + listed->inventory + " as " +
                                     diagnosis::redact(listed->name.empty() ? listed->id : listed->name));
  }
  if (e.known->active)
    lines.emplace_back(
        "Token", *e.known->active ? "its issuer says that it is active" : "its issuer says that it is NOT ACTIVE");
  return lines;
}

ReportLines scope_lines(const DiagnoseReport& e) {
  ReportLines lines;
  if (!e.known || !e.known->granted_scopes) return lines;
  const auto& granted = *e.known->granted_scopes;
  lines.emplace_back("Token", "scopes " + (granted.empty() ? "none" : names(granted)));
  if (!e.known->missing_scopes.empty()) lines.emplace_back("Token", "lacks required " + names(e.known->missing_scopes));
  if (!e.known->excess_scopes.empty()) {
    lines.emplace_back("Token", "beyond allowed_scopes: " + names(e.known->excess_scopes));
  }
  return lines;
}

void add_credential_knowledge(const DiagnoseReport& e, nlohmann::json& credential) {
  credential["ends"] = nlohmann::json::array();
  credential["expiry_state"] = nullptr;
  credential["active"] = nullptr;
  credential["listed"] = nullptr;
  credential["scopes"] = nlohmann::json::array();
  credential["missing_scopes"] = nlohmann::json::array();
  credential["excess_scopes"] = nlohmann::json::array();
  credential["requests"] = nlohmann::json::array();
  if (!e.known) return;
  for (const credential::Expiry& end : e.known->expiries) {
    credential["ends"].push_back(
        {{"kind", to_string(end.kind)}, {"source", to_string(end.source)}, {"at", wire::rfc3339(end.at)}});
  }
  credential["expiry_state"] = to_string(e.known->expiry_state);
  if (e.known->active) credential["active"] = *e.known->active;
  if (const auto& listed = e.known->listed) {
    credential["listed"] = {{"inventory", listed->inventory},
                            {"id", listed->id},
                            {"name", listed->name},
                            {"by", inventory::to_string(listed->by)}};
  }
  if (e.known->granted_scopes) credential["scopes"] = *e.known->granted_scopes;
  credential["missing_scopes"] = e.known->missing_scopes;
  credential["excess_scopes"] = e.known->excess_scopes;
  for (const CredentialInquiry& inquiry : e.inquiries) {
    credential["requests"].push_back({{"purpose", to_string(inquiry.purpose)},
                                      {"url", inquiry.url.shown()},
                                      {"status", inquiry.answer.status},
                                      {"error_detail", inquiry.answer.error_detail},
                                      {"duration_seconds", wire::in_microseconds(inquiry.answer.total_seconds)}});
  }
}

}  // namespace authprobe::commands
