#include "exporter/web/credential_table.h"

#include <algorithm>
#include <tuple>

#include "exporter/web/presentation.h"
#include "exporter/wire/time.h"

namespace authprobe::web {
namespace {

using credential::ExpiryState;
using prober::CredentialStatus;
using prober::State;
using std::chrono::seconds;

constexpr std::size_t kRows = 50;  // the API has the rest
constexpr std::size_t kTextBytes = 160;

std::optional<WallTime> first_end(const CredentialStatus& status) {
  std::optional<WallTime> first;
  for (const credential::Expiry& end : status.expiries) {
    if (!first || end.at < *first) first = end.at;
  }
  return first;
}

std::size_t count_of(const CredentialStatus& status, State state) {
  return status.targets[static_cast<std::size_t>(state)];
}

std::size_t not_ok(const CredentialStatus& status) {
  std::size_t count = 0;
  for (const std::size_t some : status.targets) count += some;
  return count - count_of(status, State::ok) - count_of(status, State::pending);
}

bool within(const CredentialStatus& status, const std::optional<seconds>& before, WallTime now) {
  const auto end = first_end(status);
  return status.expiry_state == ExpiryState::known && end && before && *end - now <= *before;
}

// The worst condition of the credential, as a colour of the states.
State colour_of(const CredentialStatus& status, WallTime now) {
  if (!status.available) return State::credential_unavailable;
  if (status.active == false || not_ok(status) > 0 || within(status, status.critical_before, now)) {
    return State::unauthorized;
  }
  if (within(status, status.warn_before, now) || !status.missing_scopes.empty()) return State::rate_limited;
  return count_of(status, State::ok) > 0 ? State::ok : State::pending;
}

int urgency(State colour) {
  switch (colour) {
    case State::credential_unavailable: return 0;
    case State::unauthorized: return 1;
    case State::rate_limited: return 2;
    default: return 3;
  }
}

std::string small(std::string_view text) {
  return text.empty() ? "" : "<small>" + html(shortened(text, kTextBytes)) + "</small>";
}

// The cause of a refused token fetch, and its first evidence.
std::string refusal_note(const CredentialStatus& status) {
  if (!status.fetches || !status.fetches->refusal) return "";
  const diagnosis::Diagnosis& refusal = *status.fetches->refusal;
  std::string note = std::string(to_string(refusal.cause)) + " (" + std::string(to_string(refusal.confidence)) + ")";
  if (!refusal.evidence.empty()) note += ": " + refusal.evidence.front();
  return note;
}

std::string name_cell(const CredentialRow& row) {
  const bool linked = row.rotation.starts_with("https://") || row.rotation.starts_with("http://");
  const std::string rotation =
      linked ? "<small><a href=\"" + html(row.rotation) + "\" rel=\"noreferrer\">how to renew it</a></small>" : "";
  return "<span class=\"name\">" + html(row.name) + "</span>" + small(row.status.problem) +
         small(refusal_note(row.status)) + rotation;
}

std::string expiry_cell(const CredentialStatus& status, WallTime now) {
  const auto end = first_end(status);
  const std::string words = expiry_words(status, now);
  if (!end) return words;
  const std::string exact = wire::rfc3339(*end);
  return "<time datetime=\"" + exact + "\" title=\"" + exact + "\">" + words + "</time>";
}

std::string scopes_note(const CredentialStatus& status) {
  std::string note;
  if (!status.missing_scopes.empty()) note += "lacks " + std::to_string(status.missing_scopes.size()) + " scopes";
  if (!status.excess_scopes.empty()) {
    note += (note.empty() ? "has " : ", has ") + std::to_string(status.excess_scopes.size()) + " scopes too many";
  }
  return note;
}

std::string targets_cell(const CredentialStatus& status) {
  const std::size_t bad = not_ok(status);
  const std::string ok = with_commas(count_of(status, State::ok)) + " ok";
  return bad == 0 ? ok : "<b>" + with_commas(bad) + " not ok</b>, " + ok;
}

std::string table_row(const CredentialRow& row, WallTime now) {
  const std::string colour(prober::to_string(colour_of(row.status, now)));
  return "<tr role=\"row\" style=\"--state:var(--" + colour + ")\"><td role=\"cell\">" + name_cell(row) +
         "</td><td role=\"cell\">" + html(row.kind) + "</td><td role=\"cell\">" + html(row.owner) +
         "</td><td role=\"cell\" class=\"expiry\">" + expiry_cell(row.status, now) + small(scopes_note(row.status)) +
         "</td><td role=\"cell\">" + targets_cell(row.status) + "</td></tr>\n";
}

}  // namespace

std::string expiry_words(const CredentialStatus& status, WallTime now) {
  if (status.active == false) return "no longer works";
  if (status.expiry_state == ExpiryState::sliding) return "slides";
  if (status.expiry_state == ExpiryState::never) return "never";
  const auto end = first_end(status);
  if (!end) return "not known";
  const auto left = std::chrono::duration_cast<seconds>(*end - now);
  return left.count() > 0 ? "in " + in_words(left) : "expired " + in_words(-left) + " ago";
}

std::string credential_table(const std::vector<CredentialRow>& credentials, WallTime now) {
  if (credentials.empty()) return "";
  std::vector<const CredentialRow*> rows;
  for (const CredentialRow& row : credentials) rows.push_back(&row);
  std::ranges::sort(rows, {}, [&](const CredentialRow* row) {
    const int rank = urgency(colour_of(row->status, now));
    return std::tuple(rank, first_end(row->status).value_or(WallTime::max()), std::string_view(row->name));
  });
  const std::size_t shown = std::min(rows.size(), kRows);
  std::string body;
  for (std::size_t i = 0; i < shown; ++i) body += table_row(*rows[i], now);
  std::string head;
  for (const std::string_view title : {"Credential", "Kind", "Owner", "Ends", "Targets"}) {
    head += "<th role=\"columnheader\" scope=\"col\">" + std::string(title) + "</th>";
  }
  const std::string more = rows.size() == shown ? ""
                                                : "<p class=\"more\">and " + with_commas(rows.size() - shown) +
                                                      " more: <a href=\"/api/v1/credentials\">all as JSON</a></p>";
  return "<h2 id=\"credentials\">Credentials</h2>\n<div class=\"card\"><table role=\"table\" "
         "aria-labelledby=\"credentials\"><thead role=\"rowgroup\"><tr role=\"row\">" +
         head + "</tr></thead>\n<tbody role=\"rowgroup\">\n" + body + "</tbody></table>" + more + "</div>\n";
}

}  // namespace authprobe::web
