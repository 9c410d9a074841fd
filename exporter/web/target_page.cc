#include "exporter/web/target_page.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iterator>

#include "exporter/config/redacted_toml.h"
#include "exporter/diagnosis/reference.h"
#include "exporter/web/api.h"
#include "exporter/web/presentation.h"
#include "exporter/web/runbooks.h"
#include "exporter/web/trouble.h"
#include "exporter/wire/encoding.h"

namespace authprobe::web {
namespace {

using prober::State;

constexpr std::size_t kEvidenceBytes = 1'000;
constexpr std::size_t kOwnChanges = 20;

std::string milliseconds(double seconds) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), seconds < 0.0995 ? "%.1f ms" : "%.0f ms", seconds * 1e3);
  return text.data();
}

// The phases one after another, as wide as they took.
std::string phases(const TargetStatus& target) {
  double sum = 0;
  for (const double phase : target.phase_seconds) sum += phase;
  if (!target.last_probe || sum <= 0) return "";
  std::string bar;
  std::string list;
  double at = 0;
  for (std::size_t i = 0; i < http::kPhaseCount; ++i) {
    const std::string word(http::to_string(static_cast<http::Phase>(i)));
    const double width = target.phase_seconds[i] / sum * 1'000;
    bar += "<rect class=\"p-" + std::to_string(i) + "\" x=\"" + std::to_string(std::lround(at)) + "\" width=\"" +
           std::to_string(std::lround(width)) + "\" height=\"10\"/>";
    at += width;
    list += "<li><i class=\"key p-" + std::to_string(i) + "\"></i>" + word + " <b>" +
            milliseconds(target.phase_seconds[i]) + "</b></li>";
  }
  return "<svg class=\"bar phases\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">" + bar +
         "</svg>\n<ul class=\"legend\">" + list + "</ul>\n";
}

// The words of an answer that is not ok.
std::string answer_text(const TargetStatus& target) {
  if (!target.answer) return "";
  std::string lines;
  for (const auto& [name, value] : target.answer->headers) {
    lines += "<b>" + html(shortened(name, 100)) + "</b>: " + html(shortened(value, kEvidenceBytes)) + "\n";
  }
  if (!target.answer->excerpt.empty()) lines += "\n" + html(target.answer->excerpt) + "\n";
  return lines.empty() ? "" : "<pre tabindex=\"0\" aria-label=\"What the server said\">" + lines + "</pre>\n";
}

std::string last_answer(const TargetStatus& target, WallTime now) {
  if (!target.last_probe) return "<p class=\"calm\">Not probed yet.</p>\n";
  std::string list = definition("Status", target.status == 0 ? "no HTTP answer" : std::to_string(target.status));
  list += definition("Probed", age(*target.last_probe, now) + " ago, in " + milliseconds(target.duration_seconds));
  list += definition("Last ok", target.last_good ? age(*target.last_good, now) + " ago" : "never since the start");
  if (target.certificate_expiry)
    list += definition("Server certificate ends", distance(*target.certificate_expiry, now));
  const prober::RateLimit& budget = target.rate_limit;
  if (budget.remaining) {
    std::string text = with_commas(static_cast<std::size_t>(std::max(*budget.remaining, 0.0)));
    if (budget.limit) text += " of " + with_commas(static_cast<std::size_t>(std::max(*budget.limit, 0.0)));
    list += definition("Requests left", text + (budget.reset ? ", renewed " + distance(*budget.reset, now) : ""));
  }
  if (target.backoff_seconds > 0) {
    list += definition("Waits longer by", in_words(std::chrono::seconds(std::lround(target.backoff_seconds))));
  }
  return "<dl>\n" + list + "</dl>\n" + phases(target) + answer_text(target);
}

// What to check, in order, where the cause is a guess.
std::string steps(const TargetStatus& target) {
  if (!target.cause || target.confidence != diagnosis::Confidence::guess) return "";
  std::string list;
  for (const std::string& step : diagnosis::steps_for(target.status)) list += "<li>" + html(step) + "</li>\n";
  return list.empty() ? "" : "<ol class=\"steps\">\n" + list + "</ol>\n";
}

std::string certificates(const TargetStatus& target, WallTime now) {
  if (!target.certificate_chain || target.certificate_chain->certificates.empty()) return "";
  std::string rows;
  for (const http::CertificateFacts& one : target.certificate_chain->certificates) {
    rows += "<tr><td>" + html(one.subject) + "</td><td>" + html(one.issuer) + "</td><td>" + wire::rfc3339(one.ends) +
            "</td><td>" + distance(one.ends, now) + "</td></tr>\n";
  }
  return "<table><thead><tr><th scope=\"col\">Certificate</th><th scope=\"col\">Issuer</th><th scope=\"col\">Ends "
         "(UTC)</th><th scope=\"col\"><span class=\"hidden\">From now</span></th></tr></thead>\n<tbody>\n" +
         rows + "</tbody></table>\n";
}

std::string diagnosis_of(const TargetStatus& target, std::string_view runbooks) {
  if (!is_failing(target)) return "";
  const Explanation& why = target.explained();
  const std::string detail =
      why.detail.empty() ? "" : "<p class=\"detail\">" + html(shortened(why.detail, kEvidenceBytes)) + "</p>\n";
  const std::string runbook = runbook_link(runbooks, alert_of(target));
  return "<p class=\"cause\">" + cause_words(target) + "</p>\n" + advice_line(why.advice) + detail +
         evidence_list(why.evidence) + steps(target) +
         (runbook.empty() ? "" : "<p class=\"more\">Runbook: " + runbook + "</p>\n");
}

// The state's intervals, the current one first.
std::string history(const TargetStatus& target, const Snapshot& snapshot) {
  std::string rows;
  std::size_t shown = 0;
  WallTime until = snapshot.taken;
  State before = State::pending;
  for (const StateChange& change : snapshot.changes) {
    if (change.target != target.name() || shown == kOwnChanges) continue;
    const bool current = shown++ == 0;
    rows += "<tr><td>" + pill(change.to) + "</td><td>" + (current ? "since " : "") + "<time datetime=\"" +
            wire::rfc3339(change.at) + "\">" + wire::rfc3339(change.at).replace(10, 1, " ") + "</time></td><td>" +
            (current ? age(change.at, snapshot.taken)
                     : in_words(std::chrono::duration_cast<std::chrono::seconds>(until - change.at))) +
            "</td><td>" +
            (change.cause && change.to != State::ok ? in_plain_words(diagnosis::to_string(*change.cause)) : "") +
            "</td></tr>\n";
    until = change.at;
    before = change.from;
  }
  if (before != State::pending) rows += "<tr><td>" + pill(before) + "</td><td>before</td><td></td><td></td></tr>\n";
  const std::string table =
      "<table><thead><tr><th scope=\"col\">State</th><th scope=\"col\">From (UTC)</th><th "
      "scope=\"col\">For</th><th scope=\"col\">Cause</th></tr></thead>\n<tbody>\n" +
      rows + "</tbody></table>\n";
  return "<p class=\"strip-line\">" + strip_picture(target.recent) + "<small>the last " +
         std::to_string(target.recent.size()) + " probes, the latest at the right</small></p>\n" +
         (shown == 0 ? "<p class=\"calm\">The state has not changed since the exporter started.</p>\n" : table);
}

// The target and its credential, as they are in force.
std::string configuration(const config::Target& target) {
  config::Config one;
  one.targets.push_back(target);
  std::string toml = config::redacted_toml(one);
  const std::size_t table = toml.find("[targets.");
  if (table != std::string::npos) toml.erase(0, table);
  return "<pre tabindex=\"0\" aria-label=\"Configuration in force\">" + html(shortened(toml, 16'000)) + "</pre>\n";
}

std::string facts(const TargetStatus& target) {
  std::string list = definition("URL", html(shortened(target.url().shown(), kEvidenceBytes)));
  list += definition("Credential", target.credential().empty() ? "none" : credential_link(target.credential(), "../"));
  list += definition("Owner", html(target.owner));
  for (const auto& [label, value] : target.labels()) {
    const std::string link = outside_link(value, value);
    list += definition("Label " + html(label), link.empty() ? html(value) : link);
  }
  return "<dl class=\"facts\">\n" + list + "</dl>\n";
}

}  // namespace

std::string target_page(const TargetStatus& target, const Snapshot& snapshot, const About& about) {
  const bool probed = target.state != State::pending;
  const std::string since = probed ? "<span class=\"sure\">for " + age(target.since, snapshot.taken) + "</span>" : "";
  const std::string maintenance = target.maintenance ? " <span class=\"sure\">in maintenance</span>" : "";
  const std::string standing = pill(target.state) + " " + since + maintenance + stale_mark(target, snapshot.taken);
  const std::string probe =
      "<form class=\"probe\" method=\"post\"><button type=\"submit\">Probe now</button> <output "
      "aria-live=\"polite\"></output></form>\n";
  return framed({.title = in_plain_words(prober::to_string(target.state)) + ": " + shortened(target.name(), 100),
                 .here = "targets",
                 .root = "../",
                 .icon = is_failing(target) ? State::unauthorized : target.state,
                 .body = "<h1>" + html(shortened(target.name(), 200)) + "</h1>\n<p class=\"standing\">" + standing +
                         "</p>\n" + probe + facts(target) +
                         section("diagnosis", "Why", diagnosis_of(target, snapshot.config->settings.runbooks.shown())) +
                         section("answer", "Last answer", last_answer(target, snapshot.taken)) +
                         section("certificates", "Certificates", certificates(target, snapshot.taken)) +
                         section("history", "History", history(target, snapshot)) +
                         section("configuration", "Configuration", configuration(*target.config)) +
                         "<p><a href=\"../api/v1/targets/" + wire::percent_encoded(target.name()) +
                         "\">This target as JSON</a></p>\n"},
                about, snapshot.taken);
}

}  // namespace authprobe::web
