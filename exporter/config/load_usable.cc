// A load that goes on without the included files that have errors.
#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "exporter/config/loader.h"

namespace authprobe::config {
namespace {

// Each round finds what the one before has uncovered, such as a target whose credential was in a broken file. After so
// many, whole folders are left out: nobody who may write in one makes a load last.
constexpr int kMostRounds = 10;

using ErrorsByFile = std::map<std::string, std::vector<Finding>>;

ErrorsByFile errors_of(const LoadResult& result) {
  ErrorsByFile errors;
  for (const Finding& finding : result.findings) {
    if (finding.severity == Finding::Severity::error) errors[finding.position.file].push_back(finding);
  }
  return errors;
}

// Files whose only fault is a name that another file has, which is about to be set aside.
std::set<std::string> waiting(const ErrorsByFile& errors) {
  std::set<std::string> files;
  for (const auto& of_file : errors) {
    const std::string& file = of_file.first;
    const auto taken = [&](const Finding& finding) { return finding.other != file && errors.contains(finding.other); };
    if (std::ranges::all_of(of_file.second, taken)) files.insert(file);
  }
  return files;
}

class UsableLoad {
 public:
  UsableLoad(const std::string& path, const LoadMemory& before) : path_(path), before_(before) {
    if (!before_.sources) before_.sources = std::make_shared<Sources>();
    before_.patterns = std::make_shared<Patterns>();
  }

  LoadResult run() {
    for (int round = 1;; ++round) {
      Loader loader(path_, before_, stand_ins_);
      loader.load();
      LoadResult result = loader.finish();
      if (result.ok()) return finished(std::move(result));
      const ErrorsByFile errors = errors_of(result);
      const std::set<std::string> included(std::next(result.config.files.begin()), result.config.files.end());
      const auto may_go = [&](const auto& of_file) {
        const std::string& file = of_file.first;
        return included.contains(file) && (result.scoped.contains(file) || !was_good(file));
      };
      if (!std::ranges::all_of(errors, may_go)) return finished(std::move(result));
      std::set<std::string> kept = waiting(errors);
      if (kept.size() == errors.size() || round >= kMostRounds) kept.clear();
      for (const auto& [file, findings] : errors) {
        if (kept.contains(file)) continue;
        set_aside(file, findings);
        if (round >= kMostRounds) leave_out_folder_of(file, included);
      }
    }
  }

 private:
  // As it is now.
  bool was_good(const std::string& file) {
    const auto good = before_.included.find(file);
    if (good == before_.included.end() || stand_ins_.contains(file)) return false;
    const auto text = before_.sources->known(file);
    return text && text->reveal() == good->second->reveal();
  }

  void set_aside(const std::string& file, const std::vector<Finding>& errors) {
    const auto good = before_.included.find(file);
    const auto [stand_in, is_new] = stand_ins_.try_emplace(file);
    stand_in->second = is_new && good != before_.included.end() ? good->second : nullptr;
    if (is_new) broken_[file] = {file, false, errors};
    broken_[file].is_kept = stand_in->second != nullptr;
  }

  void leave_out_folder_of(const std::string& file, const std::set<std::string>& included) {
    const auto folder = std::filesystem::path(file).parent_path();
    for (const std::string& other : included) {
      if (std::filesystem::path(other).parent_path() != folder) continue;
      const Finding why{Finding::Severity::error, {other, 1, 1}, "", "is left out with the rest of its folder", ""};
      broken_.try_emplace(other, BrokenFile{other, false, {why}}).first->second.is_kept = false;
      stand_ins_[other] = nullptr;
    }
  }

  LoadResult finished(LoadResult result) {
    for (auto& [file, broken] : broken_) {
      if (!result.ok()) std::ranges::copy(broken.findings, std::back_inserter(result.findings));
      result.broken.push_back(std::move(broken));
    }
    return result;
  }

  const std::string& path_;
  LoadMemory before_;
  IncludedTexts stand_ins_;
  std::map<std::string, BrokenFile> broken_;
};

}  // namespace

std::string errors_text(const std::vector<Finding>& findings) {
  std::string text;
  std::map<std::string, std::size_t> seen;  // by file
  for (const Finding& finding : findings) {
    if (finding.severity != Finding::Severity::error || ++seen[finding.position.file] > kMostErrorsShown) continue;
    text += (text.empty() ? "" : "\n") + to_string(finding);
  }
  for (const auto& [file, count] : seen) {
    if (count > kMostErrorsShown) text += '\n' + file + ": and " + std::to_string(count - kMostErrorsShown) + " more";
  }
  return text;
}

std::vector<std::optional<wire::FileStamp>> stamps_of(const std::vector<std::string>& patterns) {
  std::vector<std::optional<wire::FileStamp>> stamps;
  for (const std::string& pattern : patterns) {
    for (const std::string& file : list_files_matching(pattern)) stamps.push_back(wire::stamp_of(file));
    stamps.push_back(std::nullopt);  // where the next pattern begins
  }
  return stamps;
}

bool is_same(const Config& a, const Config& b) {
  return a.settings == b.settings && a.credentials == b.credentials && a.targets == b.targets && a.lists == b.lists &&
         a.inventories == b.inventories && a.scopes == b.scopes;
}

LoadResult load_usable(const std::string& path, const LoadMemory& before) {
  return UsableLoad(path, before).run();
}

}  // namespace authprobe::config
