#include "exporter/commands/list_log.h"

#include <utility>

namespace authprobe::commands {
namespace {

std::string findings_text(const config::ListReport& report) {
  std::string text;
  for (const config::Finding& finding : report.findings) text += (text.empty() ? "" : "\n") + to_string(finding);
  return text;
}

}  // namespace

void ListLog::note(const std::vector<config::ListReport>& reports) {
  std::map<std::string, std::string> now;
  for (const config::ListReport& report : reports) {
    const std::string text = findings_text(report);
    const auto before = said_.find(report.name);
    const bool is_same = before == said_.end() ? text.empty() : before->second == text;
    if (!text.empty()) now.emplace(report.name, text);
    if (is_same) continue;
    const std::string targets = std::to_string(report.targets);
    if (text.empty()) {
      log_.info("list of targets is good again", {{"list", report.name}, {"targets", targets}});
    } else if (!report.is_good) {
      log_.error("list of targets cannot be used: keeping what was last good",
                 {{"list", report.name}, {"targets", targets}, {"findings", text}});
    } else {
      log_.warn("list of targets has faults", {{"list", report.name},
                                               {"targets", targets},
                                               {"left_out", std::to_string(report.left_out)},
                                               {"findings", text}});
    }
  }
  said_ = std::move(now);
}

}  // namespace authprobe::commands
