#include "exporter/web/pages.h"

#include <algorithm>
#include <map>

#include "exporter/web/credential_table.h"
#include "exporter/web/landing_style.h"
#include "exporter/web/presentation.h"
#include "exporter/wire/encoding.h"
#include "exporter/wire/time.h"

namespace authprobe::web {
namespace {

using prober::State;

constexpr std::size_t kRows = 100;       // of the table; the API has the rest
constexpr std::size_t kNames = 200;      // of the list of targets that are ok
constexpr std::size_t kCredentials = 5;  // named in the first lines
constexpr std::size_t kDetailBytes = 240;

constexpr std::array<State, prober::kStateCount> kStates{
    State::ok,           State::unauthorized, State::forbidden,  State::credential_unavailable,
    State::rate_limited, State::exposed,      State::unexpected, State::unreachable,
    State::pending};

using Counts = std::array<std::size_t, prober::kStateCount>;

std::size_t count_of(const Counts& counts, State state) {
  return counts[static_cast<std::size_t>(state)];
}

bool needs_attention(const TargetStatus& target) {
  return target.state != State::ok && target.state != State::pending;
}

// A state's name for readers.
std::string state_text(State state) {
  std::string text(prober::to_string(state));
  std::ranges::replace(text, '_', ' ');
  return text;
}

// The colour of an element's content.
std::string colour_of(State state) {
  return " style=\"--state:var(--" + std::string(prober::to_string(state)) + ")\"";
}

std::string targets_text(std::size_t count) {
  return with_commas(count) + (count == 1 ? " target" : " targets");
}

std::string api_link(const TargetStatus& target, std::string_view attributes = "") {
  return "<a" + std::string(attributes) + " href=\"/api/v1/targets/" + wire::percent_encoded(target.name) + "\">" +
         html(target.name) + "</a>";
}

std::string time_element(WallTime time, WallTime now) {
  const auto age = std::chrono::duration_cast<std::chrono::seconds>(now - time);
  const std::string exact = wire::rfc3339(time);
  return "<time datetime=\"" + exact + "\" title=\"" + exact + "\">" + in_words(age) + "</time>";
}

// The headline of the page.
struct Verdict {
  std::string text;
  State colour;
};

Verdict verdict_of(const Counts& counts, std::size_t all, std::size_t attention) {
  if (all == 0) return {"No targets are configured", State::pending};
  if (attention > 0) {
    const std::string verb = attention == 1 ? " needs attention" : " need attention";
    return {attention == all ? (all == 1 ? "The only target" + verb : "All " + targets_text(all) + verb)
                             : with_commas(attention) + " of " + targets_text(all) + verb,
            State::unauthorized};
  }
  const std::size_t pending = count_of(counts, State::pending);
  if (pending == all) return {"Waiting for the first probes of " + targets_text(all), State::pending};
  if (pending > 0) return {with_commas(all - pending) + " of " + targets_text(all) + " probed, all ok", State::ok};
  return {all == 1 ? "The only target is ok" : "All " + targets_text(all) + " are ok", State::ok};
}

// A circle in the verdict's colour, for the tab; a data URL, since the page has no other requests.
std::string icon_link(State colour) {
  const std::string_view fill = colour == State::ok        ? "%2326a269"
                                : colour == State::pending ? "%23778292"
                                                           : "%23d6363e";
  return "<link rel=\"icon\" href=\"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
         "%3Ccircle cx='8' cy='8' r='7' fill='" +
         std::string(fill) + "'/%3E%3C/svg%3E\">\n";
}

std::string head(const Verdict& verdict) {
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
         verdict.text + " · authprobe</title>\n" + icon_link(verdict.colour) + "<style>" + std::string(kLandingStyle) +
         ":root { --verdict: var(--" + std::string(prober::to_string(verdict.colour)) + "); }\n</style>\n</head>\n";
}

std::string header(const Overview& overview) {
  constexpr std::string_view kKey =
      "<svg width=\"22\" height=\"22\" viewBox=\"0 0 24 24\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\" "
      "stroke-linecap=\"round\" stroke-linejoin=\"round\" aria-hidden=\"true\"><circle cx=\"7.5\" cy=\"15.5\" "
      "r=\"4.5\"/><path d=\"M10.7 12.3 20 3m-4 4 3 3m-6 0 2 2\"/></svg>";
  const auto up = std::chrono::duration_cast<std::chrono::seconds>(overview.now - overview.started);
  const std::string revision = overview.revision.empty() ? "" : " (" + html(overview.revision) + ")";
  return "<header>" + std::string(kKey) + "<span class=\"name\">authprobe</span> <span class=\"about\">" +
         html(overview.version) + revision + "</span> <span class=\"about\">up " + in_words(up) + ", as of <time>" +
         wire::rfc3339(overview.now) + "</time></span></header>\n";
}

// The credentials of the targets that need attention: often one of them must be renewed.
std::string credentials_line(const std::vector<TargetStatus>& targets) {
  struct Use {
    std::size_t all = 0;
    std::size_t attention = 0;
  };
  std::map<std::string_view, Use> uses;
  for (const TargetStatus& target : targets) {
    if (target.credential.empty()) continue;
    ++uses[target.credential].all;
    if (needs_attention(target)) ++uses[target.credential].attention;
  }
  std::erase_if(uses, [](const auto& use) { return use.second.attention == 0; });
  if (uses.empty()) return "";
  std::vector<std::pair<std::string_view, Use>> hit(uses.begin(), uses.end());
  std::ranges::stable_sort(hit, std::greater{}, [](const auto& use) { return use.second.attention; });
  std::string line = "<p class=\"credentials\">By credential: ";
  for (std::size_t i = 0; i < std::min(hit.size(), kCredentials); ++i) {
    const auto& [name, use] = hit[i];
    line += std::string(i == 0 ? "" : ", ") + "<b>" + html(name) + "</b> " + with_commas(use.attention) + " of " +
            with_commas(use.all);
  }
  if (hit.size() > kCredentials) line += " and " + with_commas(hit.size() - kCredentials) + " more";
  return line + "</p>\n";
}

std::string state_counts(const Counts& counts, std::size_t all) {
  std::string bar;
  std::string list;
  for (const State state : kStates) {
    const std::size_t count = count_of(counts, state);
    if (count > 0) {
      bar += "<span style=\"flex:" + std::to_string(count) + ";--state:var(--" + std::string(prober::to_string(state)) +
             ")\"></span>";
    }
    list += "<li" + colour_of(state) + (count == 0 ? " class=\"none\"" : "") + "><b>" + with_commas(count) +
            "</b><span>" + state_text(state) + "</span></li>\n";
  }
  return (all == 0 ? "" : "<div class=\"bar\" aria-hidden=\"true\">" + bar + "</div>\n") +
         "<ul class=\"states\" aria-label=\"Targets by state\">\n" + list + "</ul>\n";
}

// The cause with its evidence below; without a known cause, the detail.
std::string cause_cell(const TargetStatus& target) {
  std::string_view detail = target.detail;
  if (detail.empty() && !target.evidence.empty()) detail = target.evidence.front();
  const std::string words = html(shortened(detail, kDetailBytes));
  if (!target.cause) return words;
  std::string cause(diagnosis::to_string(*target.cause));
  std::ranges::replace(cause, '_', ' ');
  return cause + " <span class=\"sure\">(" + std::string(diagnosis::to_string(target.confidence)) + ")</span>" +
         (words.empty() ? "" : "<small>" + words + "</small>");
}

std::string row(const TargetStatus& target, WallTime now) {
  const std::string credential =
      target.credential.empty() ? "" : "<small>credential " + html(target.credential) + "</small>";
  const std::string maintenance = target.maintenance ? "<small>in maintenance</small>" : "";
  return "<tr role=\"row\"" + colour_of(target.state) + "><td role=\"cell\">" + api_link(target, " class=\"name\"") +
         "<small>" + html(shortened(target.url.shown(), kDetailBytes)) + "</small>" + credential +
         "</td><td role=\"cell\" class=\"state\"><span class=\"pill\">" + state_text(target.state) + "</span>" +
         maintenance + "</td><td role=\"cell\" class=\"status\">" +
         (target.status == 0 ? "<span class=\"muted\">none</span>" : std::to_string(target.status)) +
         "</td><td role=\"cell\" class=\"cause\">" + cause_cell(target) + "</td><td role=\"cell\" class=\"time\">" +
         time_element(target.since, now) + "</td></tr>\n";
}

// The targets that need attention, the latest change first.
std::string attention_table(std::vector<const TargetStatus*> targets, WallTime now) {
  if (targets.empty()) return "";
  std::ranges::sort(targets, [](const TargetStatus* a, const TargetStatus* b) {
    return a->since != b->since ? a->since > b->since : a->name < b->name;
  });
  std::string rows;
  const std::size_t shown = std::min(targets.size(), kRows);
  for (std::size_t i = 0; i < shown; ++i) rows += row(*targets[i], now);
  std::string table =
      "<h2 id=\"attention\">Need attention, latest change first</h2>\n<div class=\"card\"><table role=\"table\" "
      "aria-labelledby=\"attention\"><thead role=\"rowgroup\"><tr role=\"row\"><th role=\"columnheader\" "
      "scope=\"col\">Target</th><th role=\"columnheader\" scope=\"col\">State</th><th role=\"columnheader\" "
      "scope=\"col\">Status</th><th role=\"columnheader\" scope=\"col\">Cause</th><th role=\"columnheader\" "
      "scope=\"col\">For</th></tr></thead>\n<tbody role=\"rowgroup\">\n" +
      rows + "</tbody></table>";
  if (targets.size() > shown) {
    table += "<p class=\"more\">and " + with_commas(targets.size() - shown) +
             " more: <a href=\"/api/v1/targets\">all targets as JSON</a></p>";
  }
  return table + "</div>\n";
}

std::string names_list(std::vector<const TargetStatus*> targets, const std::string& title, bool open) {
  if (targets.empty()) return "";
  std::ranges::sort(targets, {}, &TargetStatus::name);
  std::string list;
  const std::size_t shown = std::min(targets.size(), kNames);
  for (std::size_t i = 0; i < shown; ++i) list += "<li>" + api_link(*targets[i]) + "</li>\n";
  std::string more;
  if (targets.size() > shown) {
    more = "<p class=\"more\">and " + with_commas(targets.size() - shown) +
           " more: <a href=\"/api/v1/targets\">all targets as JSON</a></p>";
  }
  return "<details class=\"card\"" + std::string(open ? " open" : "") + "><summary>" + targets_text(targets.size()) +
         " " + title + "</summary>\n<ul>\n" + list + "</ul>\n" + more + "</details>\n";
}

std::string links(const Overview& overview) {
  const auto link = [](std::string_view path, std::string_view what) {
    return "<li><a href=\"" + html(path) + "\">" + html(path) + "<small>" + std::string(what) + "</small></a></li>\n";
  };
  return "<nav aria-label=\"Pages\">\n<h2>Pages</h2>\n<ul>\n" + link(overview.metrics_path, "for Prometheus") +
         link("/api/v1/targets", "every target, as JSON") + link("/api/v1/credentials", "every credential, as JSON") +
         link("/config", "the configuration in force, redacted") + link("/-/healthy", "the exporter runs") +
         link("/-/ready", "every target has been probed") + "</ul>\n</nav>\n";
}

}  // namespace

std::string landing_page(const Overview& overview) {
  Counts counts{};
  std::vector<const TargetStatus*> attention;
  std::vector<const TargetStatus*> fine;
  std::vector<const TargetStatus*> pending;
  for (const TargetStatus& target : overview.targets) {
    ++counts[static_cast<std::size_t>(target.state)];
    (needs_attention(target) ? attention : target.state == State::ok ? fine : pending).push_back(&target);
  }
  const std::size_t all = overview.targets.size();
  const Verdict verdict = verdict_of(counts, all, attention.size());
  const bool few = fine.size() <= 12;  // then the list is open from the start
  return head(verdict) + "<body>\n" + header(overview) + "<main>\n<h1>" + verdict.text + "</h1>\n" +
         credentials_line(overview.targets) + state_counts(counts, all) + attention_table(attention, overview.now) +
         credential_table(overview.credentials, overview.now) + "<section aria-label=\"Other targets\">\n" +
         names_list(fine, "ok", few) + names_list(pending, "not probed yet", false) + "</section>\n" + links(overview) +
         "</main>\n</body>\n</html>\n";
}

}  // namespace authprobe::web
