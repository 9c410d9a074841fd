#include "exporter/web/next_ends.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "exporter/web/frame.h"
#include "exporter/web/presentation.h"

namespace authprobe::web {
namespace {

using prober::State;
using std::chrono::hours;
using std::chrono::seconds;

constexpr std::size_t kShown = 12;
constexpr double kScale = 1'000;
constexpr seconds kServerWarn = hours(14 * 24);
constexpr seconds kServerCritical = hours(2 * 24);

void add_credential(std::vector<End>& ends, const CredentialRow& row, WallTime now) {
  if (row.status.expiry_state != credential::ExpiryState::known) return;
  for (const credential::Expiry& expiry : row.status.expiries) {
    if (expiry.at <= now || expiry.at - now > kEndsHorizon) continue;
    ends.push_back({.at = expiry.at,
                    .name = row.name,
                    .kind = to_string(expiry.kind),
                    .source = to_string(expiry.source),
                    .warn = expiry.warn_before,
                    .critical = expiry.critical_before});
  }
}

// What was replaced has to be dead by then.
void add_retired(std::vector<End>& ends, const CredentialRow& row, WallTime now) {
  using prober::RetiredState;
  const auto& previous = row.status.previous;
  if (!previous || !previous->due || *previous->due <= now || *previous->due - now > kEndsHorizon) return;
  if (previous->state != RetiredState::untried && previous->state != RetiredState::accepted) return;
  ends.push_back({.at = *previous->due, .name = row.name, .kind = "replaced value", .source = "retire"});
}

// A long list does not hide what else ends.
void add_inventory(std::vector<End>& ends, const InventoryRow& row, WallTime now) {
  int left = 3;
  if (!row.status.list) return;
  for (const inventory::Entry& entry : row.status.list->entries) {
    if (left == 0 || !entry.ends || *entry.ends - now > kEndsHorizon) break;
    if (*entry.ends <= now || entry.is_disabled) continue;
    const inventory::Thresholds thresholds = inventory::thresholds_of(entry, row.config);
    ends.push_back({.at = *entry.ends,
                    .name = entry.name.empty() ? entry.id : entry.name,
                    .inventory = row.config.name,
                    .kind = "secret",
                    .source = "inventory",
                    .warn = thresholds.warn,
                    .critical = thresholds.critical});
    --left;
  }
}

// A square root: the next days are wide, the last month is narrow.
int place(seconds from_now) {
  const double share =
      std::clamp(static_cast<double>(from_now.count()) / static_cast<double>(seconds(kEndsHorizon).count()), 0.0, 1.0);
  return static_cast<int>(std::lround(std::sqrt(share) * kScale));
}

State colour_of(const End& end, WallTime now) {
  const auto left = end.at - now;
  if (left <= seconds(0) || (end.critical && left <= *end.critical)) return State::unauthorized;
  return end.warn && left <= *end.warn ? State::rate_limited : State::ok;
}

std::string rect(State state, int from, int to, int height) {
  const std::string y = std::to_string((16 - height) / 2);
  return "<rect class=\"" + colour_class(state) + "\" x=\"" + std::to_string(from) + "\" y=\"" + y + "\" width=\"" +
         std::to_string(std::max(to - from, 3)) + "\" height=\"" + std::to_string(height) + "\"/>";
}

// The places of the words are in page.css: the square roots of their shares of 90 days.
constexpr std::string_view kAxis =
    "<span class=\"axis\" aria-hidden=\"true\"><i class=\"at-0\">now</i><i class=\"at-1\">1 d</i><i "
    "class=\"at-7\">7 d</i><i class=\"at-30\">30 d</i><i class=\"at-60\">60 d</i></span>";

}  // namespace

std::vector<End> next_ends(const Snapshot& snapshot) {
  std::vector<End> ends;
  for (const CredentialRow& row : snapshot.credentials) {
    add_credential(ends, row, snapshot.taken);
    add_retired(ends, row, snapshot.taken);
  }
  for (const InventoryRow& row : snapshot.inventories) add_inventory(ends, row, snapshot.taken);
  std::map<std::string_view, std::chrono::sys_seconds> servers;  // the first end of a host
  for (const TargetStatus& target : snapshot.targets) {
    if (!target.certificate_expiry || *target.certificate_expiry - snapshot.taken > kEndsHorizon) continue;
    const auto [at, added] = servers.emplace(target.url().authority(), *target.certificate_expiry);
    if (!added) at->second = std::min(at->second, *target.certificate_expiry);
  }
  for (const auto& [host, at] : servers) {
    ends.push_back({.at = at,
                    .name = std::string(host),
                    .is_host = true,
                    .kind = "server certificate",
                    .source = "tls",
                    .warn = kServerWarn,
                    .critical = kServerCritical});
  }
  std::ranges::stable_sort(ends, {}, &End::at);
  return ends;
}

std::string end_picture(const End& end, WallTime now) {
  const auto left = std::chrono::duration_cast<seconds>(end.at - now);
  const int at = place(left);
  const int warn = end.warn ? std::min(place(left - *end.warn), at) : at;
  const int critical = end.critical ? std::min(place(left - *end.critical), at) : at;
  return "<svg class=\"line\" viewBox=\"0 0 1000 16\" preserveAspectRatio=\"none\" aria-hidden=\"true\">" +
         (warn > 0 ? rect(State::ok, 0, warn, 4) : "") +
         (critical > warn ? rect(State::rate_limited, warn, critical, 6) : "") +
         (at > critical ? rect(State::unauthorized, critical, at, 8) : "") + rect(colour_of(end, now), at - 3, at, 16) +
         "</svg>";
}

std::string next_section(const Snapshot& snapshot) {
  const std::vector<End> ends = next_ends(snapshot);
  std::string rows;
  const std::size_t shown = std::min(ends.size(), kShown);
  for (std::size_t i = 0; i < shown; ++i) {
    const End& end = ends[i];
    const std::string name = end.is_host || !end.inventory.empty() ? html(end.name) : credential_link(end.name, "");
    const std::string source = end.is_host             ? ""
                               : end.inventory.empty() ? ", by " + html(in_plain_words(end.source))
                                                       : " in " + inventory_link(end.inventory, "");
    rows += "<tr><td class=\"" + colour_class(colour_of(end, snapshot.taken)) + " when\">" +
            distance(end.at, snapshot.taken) + "</td><td>" + name + " <small>" + html(in_plain_words(end.kind)) +
            source + "</small></td><td class=\"span\">" + end_picture(end, snapshot.taken) + "</td></tr>\n";
  }
  const std::string more = ends.size() == shown ? ""
                                                : "<p class=\"more\">and " + with_commas(ends.size() - shown) +
                                                      " more within 90 days: <a href=\"credentials\">all "
                                                      "credentials</a></p>\n";
  const std::string table =
      "<table class=\"ends\"><thead><tr><th scope=\"col\">Ends</th><th scope=\"col\">What</th><th "
      "scope=\"col\" class=\"span\"><span class=\"hidden\">Time line</span>" +
      std::string(kAxis) + "</th></tr></thead>\n<tbody>\n" + rows + "</tbody></table>\n" + more;
  return "<section id=\"next\" aria-labelledby=\"next-title\">\n<h2 id=\"next-title\">Next</h2>\n<div "
         "class=\"card\">\n" +
         (shown == 0 ? "<p class=\"calm\">Nothing is known to end within 90 days.</p>\n" : table) +
         "</div>\n</section>\n";
}

}  // namespace authprobe::web
