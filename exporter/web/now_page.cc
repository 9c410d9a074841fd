#include "exporter/web/now_page.h"

#include <algorithm>
#include <array>

#include "exporter/web/api.h"
#include "exporter/web/next_ends.h"
#include "exporter/web/presentation.h"
#include "exporter/web/trouble.h"
#include "exporter/wire/encoding.h"

namespace authprobe::web {
namespace {

using prober::State;

constexpr std::size_t kTroubles = 60;               // with their details; the page of all targets has the rest
constexpr std::size_t kTroubleBytes = 200 * 1'024;  // of all of them
constexpr std::size_t kChanges = 25;
constexpr std::size_t kMaintained = 50;

constexpr std::array<State, prober::kStateCount> kStates{
    State::ok,           State::unauthorized, State::forbidden,  State::credential_unavailable,
    State::rate_limited, State::exposed,      State::unexpected, State::unreachable,
    State::pending};

struct Counts {
  std::array<std::size_t, prober::kStateCount> of{};
  std::size_t all = 0;
  std::size_t attention = 0;
  std::size_t maintained = 0;  // failing, in a maintenance window

  std::size_t at(State state) const { return of[static_cast<std::size_t>(state)]; }
};

Counts counts_of(const std::vector<TargetStatus>& targets) {
  Counts counts;
  counts.all = targets.size();
  for (const TargetStatus& target : targets) {
    ++counts.of[static_cast<std::size_t>(target.state)];
    if (needs_attention(target)) ++counts.attention;
    if (is_failing(target) && target.maintenance) ++counts.maintained;
  }
  return counts;
}

// The headline of the page.
struct Verdict {
  std::string text;
  State colour;
};

Verdict verdict_of(const Counts& counts, const std::vector<Trouble>& troubles) {
  const std::string targets = count_of(counts.all, "target", "targets");
  if (counts.all == 0) return {"No targets are configured", State::pending};
  if (counts.attention > 0) {
    const std::string verb = counts.attention == 1 ? " needs attention" : " need attention";
    if (counts.all == 1) return {"The only target" + verb, State::unauthorized};
    if (counts.attention == counts.all) return {"All " + targets + verb, State::unauthorized};
    return {with_commas(counts.attention) + " of " + targets + verb, State::unauthorized};
  }
  if (!troubles.empty()) {
    return {count_of(troubles.size(), "credential needs attention", "credentials need attention"), State::unauthorized};
  }
  const std::size_t pending = counts.at(State::pending);
  if (pending == counts.all) return {"Waiting for the first probes of " + targets, State::pending};
  if (pending > 0) return {with_commas(counts.all - pending) + " of " + targets + " probed, all ok", State::ok};
  if (counts.maintained > 0) return {"All is well outside of maintenance", State::ok};
  return {counts.all == 1 ? "The only target is ok" : "All " + targets + " are ok", State::ok};
}

// The states as one bar, and as links to their targets.
std::string state_counts(const Counts& counts) {
  if (counts.all == 0) return "";
  constexpr double kWide = 1'000;
  std::string bar;
  std::string list;
  double at = 0;
  for (const State state : kStates) {
    const std::size_t count = counts.at(state);
    if (count == 0) continue;
    const double width = kWide * static_cast<double>(count) / static_cast<double>(counts.all);
    bar += "<rect class=\"" + colour_class(state) + "\" x=\"" + std::to_string(static_cast<int>(at)) + "\" width=\"" +
           std::to_string(static_cast<int>(width) + 1) + "\" height=\"8\"/>";
    at += width;
    const std::string word(prober::to_string(state));
    list += "<li class=\"" + colour_class(state) + "\"><a href=\"targets?state=" + word + "\"><b>" +
            with_commas(count) + "</b> " + in_plain_words(word) + "</a></li>\n";
  }
  return "<svg class=\"bar\" viewBox=\"0 0 1000 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\">" + bar +
         "</svg>\n<ul class=\"states\" aria-label=\"Targets by state\">\n" + list + "</ul>\n";
}

std::string now_section(const Snapshot& snapshot, const std::vector<Trouble>& troubles, const Counts& counts) {
  std::string rows;
  std::size_t shown = 0;
  while (shown < std::min(troubles.size(), kTroubles) && rows.size() < kTroubleBytes) {
    rows += trouble_row(troubles[shown++], snapshot, troubles.size() == 1);
  }
  if (troubles.empty()) rows = "<p class=\"calm\">Nothing needs attention.</p>\n";
  std::string more;
  if (troubles.size() > shown) {
    more = "<p class=\"more\">and " + with_commas(troubles.size() - shown) +
           " more: <a href=\"targets?state=failing\">all " + with_commas(counts.attention + counts.maintained) +
           " failing targets</a></p>\n";
  } else if (counts.attention > 0) {
    more = "<p class=\"more\"><a href=\"targets?state=failing\">All " +
           count_of(counts.attention + counts.maintained, "failing target", "failing targets") + "</a></p>\n";
  }
  return "<section id=\"now\" aria-labelledby=\"now-title\">\n<h2 id=\"now-title\">Now</h2>\n<div class=\"card\">\n" +
         rows + more + "</div>\n</section>\n";
}

std::string maintenance_section(const Snapshot& snapshot, const Counts& counts) {
  if (counts.maintained == 0) return "";
  std::string names;
  std::size_t shown = 0;
  for (const TargetStatus& target : snapshot.targets) {
    if (!is_failing(target) || !target.maintenance || shown == kMaintained) continue;
    ++shown;
    names += "<li>" + target_link(target, "") + " " + pill(target.state) + "</li>\n";
  }
  return "<details id=\"maintenance\" class=\"card plain\"><summary>" +
         count_of(counts.maintained, "target fails", "targets fail") +
         " in maintenance</summary>\n<ul class=\"names\">" + names + "</ul></details>\n";
}

std::string changes_section(const Snapshot& snapshot) {
  std::string rows;
  const std::size_t shown = std::min(snapshot.changes.size(), kChanges);
  for (std::size_t i = 0; i < shown; ++i) {
    const StateChange& change = snapshot.changes[i];
    const TargetStatus* target = find_target(snapshot, change.target);
    const std::string cause =
        change.cause && change.to != State::ok ? in_plain_words(diagnosis::to_string(*change.cause)) : "";
    rows += "<tr><td>" + age(change.at, snapshot.taken) + " ago</td><td>" +
            (target != nullptr ? target_link(*target, "") : html(change.target)) + "</td><td>" + pill(change.from) +
            " <span aria-label=\"to\">→</span> " + pill(change.to) + "</td><td>" + cause + "</td></tr>\n";
  }
  const std::string table =
      "<table><thead><tr><th scope=\"col\">When</th><th scope=\"col\">Target</th><th "
      "scope=\"col\">Change</th><th scope=\"col\">Cause</th></tr></thead>\n<tbody>\n" +
      rows + "</tbody></table>\n";
  return "<section id=\"changes\" aria-labelledby=\"changes-title\">\n<h2 id=\"changes-title\">Changes</h2>\n<div "
         "class=\"card\">\n" +
         (shown == 0 ? "<p class=\"calm\">No state has changed since the exporter started.</p>\n" : table) +
         "</div>\n</section>\n";
}

}  // namespace

std::string now_page(const Snapshot& snapshot, const About& about) {
  const Counts counts = counts_of(snapshot.targets);
  const std::vector<Trouble> found = troubles(snapshot);
  const Verdict verdict = verdict_of(counts, found);
  return framed({.title = verdict.text,
                 .here = "",
                 .root = "./",
                 .icon = verdict.colour,
                 .body = "<h1 class=\"" + colour_class(verdict.colour) + "\">" + verdict.text + "</h1>\n" +
                         state_counts(counts) + now_section(snapshot, found, counts) +
                         maintenance_section(snapshot, counts) + next_section(snapshot) + changes_section(snapshot)},
                about, snapshot.taken);
}

}  // namespace authprobe::web
