#include "exporter/commands/target_log.h"

#include <string>
#include <vector>

#include "exporter/wire/text.h"

namespace authprobe::commands {

void log_record(Log& log, const config::Target& config, const prober::ProbeRecord& record) {
  if (record.state == record.previous_state && !record.transition) return;
  const std::string& target = config.name;
  const std::string from(to_string(record.previous_state));
  const std::string to(to_string(record.state));
  if (record.state == prober::State::ok) {
    // A fleet that starts well is no news.
    if (record.previous_state == prober::State::pending) {
      log.debug("target is ok", {{"target", target}});
    } else {
      log.info("target is ok again", {{"target", target}, {"from", from}, {"status", std::to_string(record.status)}});
    }
    return;
  }
  if (!record.refusal) {
    log.warn("target is not ok", {{"target", target},
                                  {"from", from},
                                  {"to", to},
                                  {"status", std::to_string(record.status)},
                                  {"detail", record.detail}});
    return;
  }
  log.warn("target refused the probe", {{"target", target},
                                        {"from", from},
                                        {"to", to},
                                        {"status", std::to_string(record.status)},
                                        {"cause", std::string(to_string(record.refusal->cause))},
                                        {"confidence", std::string(to_string(record.refusal->confidence))},
                                        {"evidence", wire::joined(record.refusal->evidence, "; ")},
                                        {"credential", config.credential}});
}

void log_update(Log& log, const config::Target& target, const prober::DiagnosisUpdate& update) {
  log.info("diagnosis updated by a control", {{"target", target.name},
                                              {"cause", std::string(to_string(update.diagnosis.cause))},
                                              {"confidence", std::string(to_string(update.diagnosis.confidence))},
                                              {"evidence", wire::joined(update.diagnosis.evidence, "; ")}});
}

}  // namespace authprobe::commands
