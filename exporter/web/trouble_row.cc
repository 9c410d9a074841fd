#include <algorithm>

#include "exporter/web/frame.h"
#include "exporter/web/presentation.h"
#include "exporter/web/runbooks.h"
#include "exporter/web/trouble.h"
#include "exporter/wire/encoding.h"
#include "exporter/wire/text.h"

namespace authprobe::web {
namespace {

using prober::State;

constexpr std::size_t kTextBytes = 400;
constexpr std::size_t kEvidence = 6;
constexpr std::size_t kTargets = 15;  // the link behind them leads to all

const diagnosis::Diagnosis* fetch_refusal(const Trouble& trouble) {
  if (trouble.credential == nullptr || !trouble.credential->status.fetches) return nullptr;
  const auto& refusal = trouble.credential->status.fetches->refusal;
  return refusal ? &*refusal : nullptr;
}

// What is wrong, in words.
std::string headline(const Trouble& trouble, WallTime now) {
  if (trouble.credential != nullptr) {
    const prober::CredentialStatus& status = trouble.credential->status;
    if (const auto* refusal = fetch_refusal(trouble); refusal != nullptr && !status.available) {
      return "no token: " + in_plain_words(to_string(refusal->cause)) + " <span class=\"sure\">(" +
             std::string(to_string(refusal->confidence)) + ")</span>";
    }
    if (!status.available) return "cannot be sent" + small(status.problem);
    if (trouble.lead == nullptr) {
      return status.active == false ? "no longer works, says its issuer"
                                    : "past its end, " + distance(*first_end(status), now) + ", and still accepted";
    }
  }
  if (trouble.kind == Trouble::Kind::host && trouble.total && trouble.lead->state != State::unreachable) {
    return "accepts nobody: " + cause_words(*trouble.lead);
  }
  return cause_words(*trouble.lead);
}

State colour_of(const Trouble& trouble) {
  if (trouble.credential != nullptr && !trouble.credential->status.available) return State::credential_unavailable;
  return trouble.lead == nullptr ? State::unauthorized : trouble.lead->state;
}

std::string extent(const Trouble& trouble) {
  if (trouble.failing.empty()) return "no target fails";
  const std::string all = count_of(trouble.targets, "target", "targets");
  if (trouble.failing.size() == trouble.targets) return trouble.targets == 1 ? "its only target" : "all " + all;
  return with_commas(trouble.failing.size()) + " of " + all;
}

// Labels that lead to somebody's instructions.
std::string runbook(const Trouble& trouble) {
  for (const TargetStatus* target : trouble.failing) {
    for (const auto& [label, value] : target->labels()) {
      if (label == "runbook" || label == "runbook_url") return outside_link(value, value);
    }
  }
  return "";
}

std::string facts(const Trouble& trouble, const Snapshot& snapshot) {
  std::string list;
  if (const CredentialRow* row = trouble.credential; row != nullptr) {
    list += definition("Owner", html(row->owner));
    list += definition("Used by", html(wire::joined(row->used_by, ", ")));
    list += definition("Renewal", outside_link(row->rotation, "how to renew it"));
    if (const auto end = first_end(row->status)) list += definition("Ends", distance(*end, snapshot.taken));
    if (row->status.next) {
      list += definition("Next one", html(row->status.next->name) + " " + pill(row->status.next->state));
    }
  }
  list += definition("Runbook", runbook(trouble));
  list += definition("Alert", runbook_link(snapshot.config->settings.runbooks.shown(), alert_of(trouble)));
  return list.empty() ? "" : "<dl>\n" + list + "</dl>\n";
}

std::string targets_list(const Trouble& trouble, WallTime now) {
  if (trouble.failing.empty()) return "";
  std::string list;
  const std::size_t shown = std::min(trouble.failing.size(), kTargets);
  for (std::size_t i = 0; i < shown; ++i) {
    const TargetStatus& target = *trouble.failing[i];
    const std::string other_cause = target.cause != trouble.lead->cause && target.cause
                                        ? " <span class=\"sure\">" + cause_words(target) + "</span>"
                                        : "";
    list += "<li>" + target_link(target, "") + " " + pill(target.state) + stale_mark(target, now) + other_cause +
            " <span class=\"sure\">" + (target.status == 0 ? "" : std::to_string(target.status) + ", ") + "for " +
            age(target.since, now) + "</span></li>\n";
  }
  if (trouble.failing.size() > shown) {
    const std::string key = trouble.kind == Trouble::Kind::credential ? "credential" : "host";
    list += "<li class=\"more\"><a href=\"targets?state=failing&amp;" + key + "=" +
            wire::percent_encoded(trouble.name) + "\">all " + with_commas(trouble.failing.size()) +
            " of them</a></li>\n";
  }
  return "<ul class=\"names\">\n" + list + "</ul>\n";
}

// What to do, then the evidence with the facts beside it.
std::string diagnosis_of(const Trouble& trouble, const Snapshot& snapshot) {
  std::string advice;
  std::string evidence;
  const auto* refusal = fetch_refusal(trouble);
  if (refusal != nullptr && !trouble.credential->status.available) {
    advice = advice_line(refusal->advice);
    evidence = evidence_list(refusal->evidence);
  } else if (trouble.lead != nullptr) {
    const TargetStatus& lead = *trouble.lead;
    const Explanation& why = lead.explained();
    advice = advice_line(why.advice);
    if (!why.detail.empty()) evidence = "<p class=\"detail\">" + html(shortened(why.detail, kTextBytes)) + "</p>\n";
    evidence += evidence_list(why.evidence);
  }
  if (!evidence.empty()) evidence = "<div>" + evidence + "</div>\n";
  return advice + "<div class=\"sides\">\n" + evidence + facts(trouble, snapshot) + "</div>\n";
}

}  // namespace

std::string evidence_list(const std::vector<std::string>& evidence) {
  std::string list;
  for (std::size_t i = 0; i < std::min(evidence.size(), kEvidence); ++i) {
    list += "<li>" + html(shortened(evidence[i], kTextBytes)) + "</li>\n";
  }
  return list.empty() ? "" : "<ul class=\"evidence\" aria-label=\"Evidence\">\n" + list + "</ul>\n";
}

std::string advice_line(std::string_view advice) {
  return advice.empty() ? "" : "<p class=\"do\"><b>Do now</b> " + html(shortened(advice, 2 * kTextBytes)) + "</p>\n";
}

std::string trouble_row(const Trouble& trouble, const Snapshot& snapshot, bool open) {
  const WallTime now = snapshot.taken;
  const bool is_credential = trouble.kind == Trouble::Kind::credential;
  const std::string kind =
      is_credential ? (trouble.credential != nullptr ? html(in_plain_words(trouble.credential->kind)) : "credential")
                    : "host";
  const std::string owner = trouble.credential != nullptr ? html(trouble.credential->owner) : "";
  const std::string since = trouble.failing.empty() ? "" : "for " + age(trouble.failing.front()->since, now);
  const std::string page = is_credential ? "<p><a href=\"credentials/" + wire::percent_encoded(trouble.name) +
                                               "\">Lifetime, scopes and all targets</a></p>\n"
                                         : "";
  return "<details class=\"trouble " + colour_class(colour_of(trouble)) + "\" id=\"trouble-" +
         (is_credential ? "c-" : "h-") + wire::percent_encoded(trouble.name) + "\"" + (open ? " open" : "") +
         ">\n<summary><span class=\"what\"><b>" + html(shortened(trouble.name, 120)) + "</b> <small>" + kind +
         "</small></span><span class=\"why\">" + headline(trouble, now) + "</span><span class=\"extent\">" +
         extent(trouble) + "</span><span class=\"since\">" + since + "</span><span class=\"owner\">" + owner +
         "</span></summary>\n<div class=\"fold\">\n" + diagnosis_of(trouble, snapshot) + targets_list(trouble, now) +
         page + "</div>\n</details>\n";
}

}  // namespace authprobe::web
