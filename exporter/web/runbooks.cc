#include "exporter/web/runbooks.h"

#include "exporter/web/frame.h"

namespace authprobe::web {

using diagnosis::Cause;
using prober::State;

std::string_view alert_of(const TargetStatus& target) {
  const bool blocked =
      target.cause == Cause::waf_blocked || target.cause == Cause::ip_blocked || target.cause == Cause::geo_blocked;
  switch (target.state) {
    case State::unauthorized: return "AuthprobeUnauthorized";
    case State::forbidden: return blocked ? "AuthprobeBlocked" : "AuthprobeForbidden";
    case State::rate_limited: return "AuthprobeRateLimited";
    case State::exposed: return "AuthprobeExposed";
    case State::unexpected: return target.cause ? "AuthprobeSoftRefusal" : "AuthprobeUnexpectedAnswer";
    case State::unreachable: return "AuthprobeUnreachable";
    case State::credential_unavailable: return "AuthprobeCredentialUnavailable";
    case State::pending:
    case State::ok: break;
  }
  return "";
}

std::string_view alert_of(const Trouble& trouble) {
  if (const CredentialRow* row = trouble.credential; row != nullptr) {
    if (!row->status.available) return "AuthprobeCredentialUnavailable";
    if (row->status.active == false) return "AuthprobeCredentialInactive";
    if (trouble.lead == nullptr) return "AuthprobeCredentialStillAccepted";
    if (trouble.total && trouble.lead->state == State::unauthorized) return "AuthprobeCredentialRefused";
  }
  return trouble.lead == nullptr ? "" : alert_of(*trouble.lead);
}

std::string runbook_link(std::string_view base, std::string_view alert) {
  if (base.empty() || alert.empty()) return "";
  std::string url(base);
  if (!url.ends_with('/')) url += '/';
  url.append(alert).append(".md");
  return outside_link(url, alert);
}

}  // namespace authprobe::web
