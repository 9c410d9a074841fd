#include "exporter/config/list_files.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "exporter/config/load.h"
#include "exporter/config/source_files.h"
#include "exporter/wire/digest.h"

namespace authprobe::config {
namespace {

// Null, and reported, where the file cannot be used. Adds its size to `text`.
std::shared_ptr<const std::vector<ListedGroup>> read_list_file(const std::string& path, std::size_t& text,
                                                               Findings& findings) {
  const wire::FileText file = wire::read_file(path, kLargestListFile);
  if (!file.problem.empty()) {
    findings.error({path, 1, 1}, "", file.problem);
    return nullptr;
  }
  text += file.text.size();
  auto groups = read_target_list(file.text.reveal(), path, findings);
  return groups ? std::make_shared<const std::vector<ListedGroup>>(std::move(*groups)) : nullptr;
}

std::size_t count_addresses(const ListFiles& files) {
  std::size_t count = 0;
  for (const auto& [path, groups] : files) {
    for (const ListedGroup& group : *groups) count += group.addresses.size();
  }
  return count;
}

std::set<std::string> paths_of(const TargetList& list, Findings& findings, bool& is_good) {
  std::set<std::string> paths;
  for (const std::string& pattern : list.files) {
    const std::vector<std::string> matching = list_files_matching(pattern);
    if (matching.empty()) {
      findings.warning(list.position, "targets_from." + list.name + ".files", "matches no file: " + pattern);
    }
    paths.insert(matching.begin(), matching.end());
  }
  if (paths.size() > kMostListFiles) {
    findings.error(list.position, "targets_from." + list.name + ".files",
                   "match more than " + std::to_string(kMostListFiles) + " files: the rest is not read");
    is_good = false;
    paths.erase(std::next(paths.begin(), kMostListFiles), paths.end());
  }
  return paths;
}

bool are_too_large(const TargetList& list, const ListFiles& files, std::size_t text, Findings& findings) {
  if (text > kMostListText) {
    report_too_large(list, "its files have more than 16 MiB together", findings);
  } else if (count_addresses(files) > kMostListed) {
    report_too_large(list, "it has more than " + std::to_string(kMostListed) + " addresses", findings);
  } else {
    return false;
  }
  return true;
}

}  // namespace

void report_too_large(const TargetList& list, const std::string& rule, Findings& findings) {
  findings.error(list.position, "targets_from." + list.name, "is too large: " + rule,
                 "what it listed last stays; divide it into several lists");
}

ListFiles read_list_files(const TargetList& list, const ListFiles& before, const UrlAnswer* answer, Findings& findings,
                          bool& is_good) {
  ListFiles files;
  std::size_t text = 0;
  for (const std::string& path : paths_of(list, findings, is_good)) {
    auto groups = read_list_file(path, text, findings);
    if (groups == nullptr) is_good = false;
    const auto last = before.find(path);
    if (groups == nullptr && last != before.end()) groups = last->second;
    if (groups != nullptr) files.emplace(path, std::move(groups));
    if (text > kMostListText) break;
  }
  if (!list.url.empty()) {
    const auto last = before.find(list.url.text());
    if (answer != nullptr && answer->groups != nullptr) {
      files.emplace(list.url.text(), answer->groups);
    } else if (last != before.end()) {
      files.insert(*last);
    }
    is_good = is_good && answer != nullptr && answer->findings.empty();
    if (answer != nullptr) std::ranges::for_each(answer->findings, [&](const Finding& found) { findings.add(found); });
  }
  if (are_too_large(list, files, text, findings)) {
    is_good = false;
    return before;
  }
  if (count_addresses(files) > 0) return files;
  is_good = false;
  if (!list.url.empty() && answer == nullptr) return files;
  const bool had_some = count_addresses(before) > 0;
  findings.warning(list.position, "targets_from." + list.name,
                   had_some ? "lists no targets: those that it listed last stay" : "lists no targets");
  return had_some ? before : files;
}

std::vector<std::optional<wire::FileStamp>> list_stamps(const std::vector<TargetList>& lists) {
  std::vector<std::optional<wire::FileStamp>> stamps;
  for (const TargetList& list : lists) {
    for (const std::string& pattern : list.files) {
      for (const std::string& path : list_files_matching(pattern)) stamps.push_back(wire::stamp_of(path));
      stamps.push_back(std::nullopt);  // where the next pattern begins
    }
  }
  return stamps;
}

std::string answer_key(const TargetList& list) {
  return list.name + ' ' + list.url.text();
}

bool take_answer(const TargetList& list, std::string_view text, const std::string& problem, LoadMemory& memory) {
  UrlAnswer& answer = memory.answers[answer_key(list)];
  std::string digest = wire::digest(wire::DigestAlgorithm::sha256, problem.empty() ? text : "!" + problem);
  if (std::exchange(answer.digest, digest) == digest) return false;
  const std::string from = list.url.shown();
  Findings findings;
  std::optional<std::vector<ListedGroup>> groups;
  if (problem.empty()) {
    groups = read_url_list(text, from, findings);
  } else {
    findings.error({from, 1, 1}, "targets_from." + list.name + ".url", problem);
  }
  answer.findings = findings.sorted();
  if (!groups) return true;
  auto read = std::make_shared<const std::vector<ListedGroup>>(std::move(*groups));
  if (count_addresses({{from, read}}) > 0) {
    answer.groups = std::move(read);
  } else {
    answer.findings.push_back({Finding::Severity::error,
                               {from, 1, 1},
                               "targets_from." + list.name + ".url",
                               "lists no targets: those that it listed last stay",
                               ""});
  }
  return true;
}

}  // namespace authprobe::config
