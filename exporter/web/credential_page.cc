#include "exporter/web/credential_page.h"

#include <algorithm>
#include <tuple>

#include "exporter/web/api.h"
#include "exporter/web/next_ends.h"
#include "exporter/web/presentation.h"
#include "exporter/web/trouble.h"
#include "exporter/wire/encoding.h"
#include "exporter/wire/text.h"

namespace authprobe::web {
namespace {

using credential::ExpiryState;
using prober::CredentialStatus;
using prober::State;
using std::chrono::seconds;

constexpr std::size_t kListedRows = 500;
constexpr std::size_t kShownTargets = 200;
constexpr std::size_t kShownBytes = 240;

std::size_t count_of_state(const CredentialStatus& status, State state) {
  return status.targets[static_cast<std::size_t>(state)];
}

std::size_t all_targets(const CredentialStatus& status) {
  std::size_t count = 0;
  for (const std::size_t some : status.targets) count += some;
  return count;
}

std::size_t not_ok(const CredentialStatus& status) {
  return all_targets(status) - count_of_state(status, State::ok) - count_of_state(status, State::pending);
}

bool within(const CredentialStatus& status, const std::optional<seconds>& before, WallTime now) {
  const auto end = first_end(status);
  return status.expiry_state == ExpiryState::known && end && before && *end - now <= *before;
}

// Dead ones first, then ending ones, then those that only some targets refuse.
int urgency(const CredentialStatus& status, WallTime now) {
  if (is_dead(status, now)) return 0;
  if (not_ok(status) > 0 && count_of_state(status, State::ok) == 0) return 1;
  if (within(status, status.critical_before, now)) return 2;
  if (within(status, status.warn_before, now)) return 3;
  if (not_ok(status) > 0 || !status.missing_scopes.empty()) return 4;
  return 5;
}

State colour_of(const CredentialStatus& status, WallTime now) {
  switch (urgency(status, now)) {
    case 0: return status.available ? State::unauthorized : State::credential_unavailable;
    case 1:
    case 2: return State::unauthorized;
    case 3:
    case 4: return State::rate_limited;
    default: return count_of_state(status, State::ok) > 0 ? State::ok : State::pending;
  }
}

std::string expiry_cell(const CredentialStatus& status, WallTime now) {
  const auto end = first_end(status);
  if (!end || status.active == false || status.expiry_state != ExpiryState::known) return expiry_words(status, now);
  return distance(*end, now);
}

std::string scopes_note(const CredentialStatus& status) {
  std::string note;
  if (!status.missing_scopes.empty()) note += "lacks " + count_of(status.missing_scopes.size(), "scope", "scopes");
  if (!status.excess_scopes.empty()) {
    note += (note.empty() ? "has " : ", has ") + count_of(status.excess_scopes.size(), "scope", "scopes") + " too many";
  }
  return note;
}

std::string targets_cell(const CredentialStatus& status) {
  const std::size_t bad = not_ok(status);
  const std::string ok = with_commas(count_of_state(status, State::ok)) + " ok";
  return bad == 0 ? ok : "<b>" + with_commas(bad) + " not ok</b>, " + ok;
}

std::string table_row(const CredentialRow& row, WallTime now) {
  return "<tr class=\"edge " + colour_class(colour_of(row.status, now)) + "\"><td>" + credential_link(row.name, "") +
         small(row.status.problem) + "</td><td>" + html(in_plain_words(row.kind)) + "</td><td>" + html(row.owner) +
         "</td><td>" + expiry_cell(row.status, now) + small(scopes_note(row.status)) + "</td><td>" +
         targets_cell(row.status) + "</td></tr>\n";
}

std::string how_matched(inventory::MatchedBy by) {
  switch (by) {
    case inventory::MatchedBy::listed_as: return "as listed_as says";
    case inventory::MatchedBy::id: return "found by its id";
    case inventory::MatchedBy::client: return "found by its client and the beginning of its secret";
    case inventory::MatchedBy::name: return "found by its name";
  }
  return {};
}

std::string lifetime(const CredentialRow& row, WallTime now) {
  const CredentialStatus& status = row.status;
  std::string list = definition("Ends", expiry_words(status, now));
  std::string pictures;
  for (const credential::Expiry& expiry : status.expiries) {
    list +=
        definition(in_plain_words(to_string(expiry.kind)), wire::rfc3339(expiry.at) + ", " + distance(expiry.at, now) +
                                                               ", by " + in_plain_words(to_string(expiry.source)));
    if (status.expiry_state == ExpiryState::known) {
      pictures += end_picture({.at = expiry.at,
                               .name = row.name,
                               .kind = to_string(expiry.kind),
                               .source = to_string(expiry.source),
                               .warn = expiry.warn_before,
                               .critical = expiry.critical_before},
                              now);
    }
  }
  for (const credential::ExpiryClaim& claim : status.claims) {
    if (counts(claim, status)) continue;
    const std::string end = claim.at ? wire::rfc3339(*claim.at) + ", " + distance(*claim.at, now) : "never";
    list += definition("Does not count", in_plain_words(to_string(claim.kind)) + ": " + end + ", by " +
                                             in_plain_words(to_string(claim.source)));
  }
  if (status.listed) {
    const std::string& name = status.listed->name.empty() ? status.listed->id : status.listed->name;
    list += definition("Listed in", inventory_link(status.listed->inventory, "../") + " as " +
                                        html(shortened(name, kShownBytes)) + small(how_matched(status.listed->by)));
  }
  const auto length = [&](std::string_view term, const std::optional<seconds>& value) {
    return value ? definition(term, in_words(*value)) : "";
  };
  list += length("Lifetime", status.lifetime) + length("Warns before", status.warn_before) +
          length("Critical before", status.critical_before);
  if (status.active) list += definition("Its issuer says", *status.active ? "it works" : "it no longer works");
  if (status.lookup && status.lookup->observed_at) {
    list += definition("Asked", age(*status.lookup->observed_at, now) + " ago, " +
                                    count_of(status.lookup->failures, "failure", "failures"));
  }
  return "<dl>\n" + list + "</dl>\n" + pictures;
}

std::string value_in_use(const CredentialRow& row, WallTime now) {
  const CredentialStatus& status = row.status;
  std::string list = definition("Can be sent", status.available ? "yes" : "no" + small(status.problem));
  if (status.loaded_at) list += definition("In use for", age(*status.loaded_at, now));
  list += definition("Rotations", with_commas(status.rotations));
  if (status.fetches) {
    const auto& fetches = *status.fetches;
    std::size_t failures = 0;
    for (const std::uint64_t count : fetches.failures) failures += count;
    list += definition("Token fetches", with_commas(fetches.total) + ", " + count_of(failures, "failure", "failures") +
                                            (fetches.last ? ", the last " + age(*fetches.last, now) + " ago" : ""));
    list += definition("Last failure", html(shortened(fetches.failure, kShownBytes)));
    list += definition("Remark", html(shortened(fetches.remark, kShownBytes)));
  }
  if (status.next) {
    list +=
        definition("Next one", html(status.next->name) + " " + pill(status.next->state) + small(status.next->problem));
  }
  if (status.previous) {
    const prober::CredentialStatus::Previous& previous = *status.previous;
    const std::string replaced = previous.retired_at ? "replaced " + age(*previous.retired_at, now) + " ago" : "";
    const std::string due = previous.due ? ", must be refused " + distance(*previous.due, now) : "";
    list += definition("Previous value", std::string(to_string(previous.state)) +
                                             (replaced.empty() ? "" : " <small>" + replaced + due + "</small>"));
  }
  std::string refusal;
  if (status.fetches && status.fetches->refusal) {
    refusal = "<p class=\"cause\">" + in_plain_words(to_string(status.fetches->refusal->cause)) +
              " <span class=\"sure\">(" + std::string(to_string(status.fetches->refusal->confidence)) +
              ")</span></p>\n" + advice_line(status.fetches->refusal->advice) +
              evidence_list(status.fetches->refusal->evidence);
  }
  return "<dl>\n" + list + "</dl>\n" + refusal;
}

std::string scopes(const CredentialRow& row) {
  const auto words = [](const std::vector<std::string>& list) {
    return html(shortened(wire::joined(list, ", "), 4 * kShownBytes));
  };
  const CredentialStatus& status = row.status;
  const std::string list = definition("Required", words(row.required_scopes)) +
                           definition("Granted", status.granted_scopes ? words(*status.granted_scopes) : "") +
                           definition("Missing", words(status.missing_scopes)) +
                           definition("In excess", words(status.excess_scopes)) +
                           definition("Lost at the last change", words(status.lost_scopes));
  return list.empty() ? "" : "<dl>\n" + list + "</dl>\n";
}

std::string targets(const CredentialRow& row, const Snapshot& snapshot) {
  std::vector<const TargetStatus*> mine;
  for (const TargetStatus& target : snapshot.targets) {
    if (target.credential() == row.name) mine.push_back(&target);
  }
  std::ranges::stable_sort(mine, {}, [](const TargetStatus* target) { return !is_failing(*target); });
  std::string rows;
  for (std::size_t i = 0; i < std::min(mine.size(), kShownTargets); ++i) {
    const TargetStatus& target = *mine[i];
    rows += "<tr><td>" + target_link(target, "../") + small(target.url().shown()) + "</td><td>" + pill(target.state) +
            "</td><td>" + (target.cause ? cause_words(target) : "") + "</td><td class=\"recent\">" +
            strip_picture(target.recent) + "</td><td>" +
            (target.state == State::pending ? "" : age(target.since, snapshot.taken)) + "</td></tr>\n";
  }
  const std::string all = mine.size() <= kShownTargets
                              ? ""
                              : "<p class=\"more\"><a href=\"../targets?credential=" + wire::percent_encoded(row.name) +
                                    "\">all " + with_commas(mine.size()) + " targets</a></p>\n";
  return mine.empty() ? "<p class=\"calm\">No target uses it.</p>\n"
                      : "<table><thead><tr><th scope=\"col\">Target</th><th scope=\"col\">State</th><th "
                        "scope=\"col\">Cause</th><th scope=\"col\">Last 60 probes</th><th "
                        "scope=\"col\">For</th></tr></thead>\n<tbody>\n" +
                            rows + "</tbody></table>\n" + all;
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

std::string credentials_page(const Snapshot& snapshot, const About& about) {
  std::vector<const CredentialRow*> rows;
  for (const CredentialRow& row : snapshot.credentials) rows.push_back(&row);
  const WallTime now = snapshot.taken;
  std::ranges::sort(rows, {}, [now](const CredentialRow* row) {
    return std::tuple(urgency(row->status, now), first_end(row->status).value_or(WallTime::max()),
                      std::string_view(row->name));
  });
  std::string body;
  const std::size_t shown = std::min(rows.size(), kListedRows);
  for (std::size_t i = 0; i < shown; ++i) body += table_row(*rows[i], now);
  const std::string title = count_of(rows.size(), "credential", "credentials");
  const std::string more = rows.size() == shown ? ""
                                                : "<p class=\"more\">and " + with_commas(rows.size() - shown) +
                                                      " more: <a href=\"api/v1/credentials\">all as "
                                                      "JSON</a></p>\n";
  const std::string table =
      "<div class=\"card\"><table><caption class=\"hidden\">Credentials</caption><thead><tr><th "
      "scope=\"col\">Credential</th><th scope=\"col\">Kind</th><th scope=\"col\">Owner</th><th "
      "scope=\"col\">Ends</th><th scope=\"col\">Targets</th></tr></thead>\n<tbody>\n" +
      body + "</tbody></table>\n" + more + "</div>\n";
  return framed({.title = title,
                 .here = "credentials",
                 .root = "./",
                 .icon = State::pending,
                 .body = "<h1>" + title + "</h1>\n" + (rows.empty() ? "" : table)},
                about, now);
}

std::string credential_page(const CredentialRow& row, const Snapshot& snapshot, const About& about) {
  const WallTime now = snapshot.taken;
  const State colour = colour_of(row.status, now);
  const std::string facts = definition("Kind", html(in_plain_words(row.kind))) + definition("Owner", html(row.owner)) +
                            definition("Used by", html(wire::joined(row.used_by, ", "))) +
                            definition("Renewal", outside_link(row.rotation, row.rotation));
  return framed(
      {.title = shortened(row.name, 100),
       .here = "credentials",
       .root = "../",
       .icon = colour == State::ok || colour == State::pending ? colour : State::unauthorized,
       .body = "<h1 class=\"" + colour_class(colour) + "\">" + html(shortened(row.name, 200)) +
               "</h1>\n<p class=\"standing\">" + targets_cell(row.status) + "</p>\n<dl class=\"facts\">\n" + facts +
               "</dl>\n" + section("lifetime", "Lifetime", lifetime(row, now)) +
               section("value", "Value in use", value_in_use(row, now)) + section("scopes", "Scopes", scopes(row)) +
               section("targets", "Targets", targets(row, snapshot)) + "<p><a href=\"../api/v1/credentials/" +
               wire::percent_encoded(row.name) + "\">This credential as JSON</a></p>\n"},
      about, now);
}

}  // namespace authprobe::web
