#include "exporter/commands/target_log.h"

#include <vector>

#include "exporter/wire/text.h"

namespace authprobe::commands {
namespace {

constexpr std::string_view kOkAgain = "target is ok again";
constexpr std::string_view kNotOk = "target is not ok";
constexpr std::string_view kRefused = "target refused the probe";
constexpr std::string_view kUpdated = "diagnosis updated by a control";

}  // namespace

bool TargetLog::has_room(std::string_view message, const std::string& credential, Clock::time_point now) {
  Window& window = windows_[{message, credential}];
  if (now - window.begun >= kWindow && window.left_out == 0) window = {now, {}, 0, 0};
  if (window.lines < (credential.empty() ? kLinesAlone : kLines)) {
    ++window.lines;
    return true;
  }
  if (window.left_out++ == 0) window.left_out_since = now;
  return false;
}

void TargetLog::note(Clock::time_point now) {
  for (auto& [key, window] : windows_) {
    if (window.left_out == 0 || now - window.left_out_since < kSummaryAfter) continue;
    const auto& [message, credential] = key;
    log_.warn(std::string(message) + ": more targets",
              {{"targets", std::to_string(window.left_out)}, {"credential", credential}});
    window.left_out = 0;
  }
  std::erase_if(windows_, [now](const auto& window) {
    return window.second.left_out == 0 && now - window.second.begun >= kWindow;
  });
}

void TargetLog::record(const config::Target& config, const prober::ProbeRecord& record, Clock::time_point now) {
  if (record.state == record.previous_state && !record.transition) return;
  const std::string& target = config.name;
  const std::string from(to_string(record.previous_state));
  const std::string to(to_string(record.state));
  if (record.state == prober::State::ok) {
    // A first probe that is ok is logged only at level debug.
    if (record.previous_state == prober::State::pending) {
      log_.debug("target is ok", {{"target", target}});
    } else if (has_room(kOkAgain, config.credential, now)) {
      log_.info(kOkAgain, {{"target", target}, {"from", from}, {"status", std::to_string(record.status)}});
    }
    return;
  }
  if (!record.refusal) {
    if (!has_room(kNotOk, config.credential, now)) return;
    log_.warn(kNotOk, {{"target", target},
                       {"from", from},
                       {"to", to},
                       {"status", std::to_string(record.status)},
                       {"detail", record.detail}});
    return;
  }
  if (!has_room(kRefused, config.credential, now)) return;
  log_.warn(kRefused, {{"target", target},
                       {"from", from},
                       {"to", to},
                       {"status", std::to_string(record.status)},
                       {"cause", std::string(to_string(record.refusal->cause))},
                       {"confidence", std::string(to_string(record.refusal->confidence))},
                       {"evidence", wire::joined(record.refusal->evidence, "; ")},
                       {"credential", config.credential}});
}

void TargetLog::record(const config::Target& target, const prober::DiagnosisUpdate& update, Clock::time_point now) {
  if (!has_room(kUpdated, target.credential, now)) return;
  log_.info(kUpdated, {{"target", target.name},
                       {"cause", std::string(to_string(update.diagnosis.cause))},
                       {"confidence", std::string(to_string(update.diagnosis.confidence))},
                       {"evidence", wire::joined(update.diagnosis.evidence, "; ")}});
}

}  // namespace authprobe::commands
