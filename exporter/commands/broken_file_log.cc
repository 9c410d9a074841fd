#include "exporter/commands/broken_file_log.h"

#include <utility>

namespace authprobe::commands {

void BrokenFileLog::note(const std::vector<config::BrokenFile>& files) {
  std::map<std::string, std::string> now;
  for (const config::BrokenFile& file : files) {
    const std::string in_use = file.is_kept ? "what was last good in it" : "nothing of it";
    const std::string errors = config::errors_text(file.findings);
    const std::string& said = now[file.path] = in_use + '\n' + errors;
    const auto before = said_.find(file.path);
    if (before != said_.end() && before->second == said) continue;
    log_.error("an included file has errors: all other files are used",
               {{"file", file.path}, {"in_use", in_use}, {"errors", errors}});
  }
  for (const auto& [path, said] : said_) {
    if (!now.contains(path)) log_.info("an included file has no errors any more", {{"file", path}});
  }
  said_ = std::move(now);
}

}  // namespace authprobe::commands
