#include "exporter/config/loader.h"

#include <algorithm>

#include "exporter/config/checklist.h"
#include "exporter/config/hosts.h"

namespace authprobe::config {

void Loader::load() {
  if (const auto text = sources_->read(config_.files.front(), findings_)) read_main(text->reveal());
}

void Loader::read_main(std::string_view text) {
  const Document* main = parse_file(config_.files.front(), text);
  if (main == nullptr) return;
  const Field root = main->root();
  report_unknown(root);
  if (const auto settings = root.child("settings")) {
    read_table(*settings, settings_keys(), config_.settings);
    for (const std::string& file : config_.settings.signatures) watched_.push_back(as_pattern(file));
    if (const auto providers = settings->child("providers")) {
      for (const std::string& file : files_of(*providers)) providers_.read_file(file, findings_, patterns_);
    }
  }
  if (const auto defaults = root.child("defaults")) {
    read_defaults(*defaults, defaults_);
    references_.to_credential(*defaults, defaults_.target.credential);
  }
  if (const auto include = root.child("include")) read_included(files_of(*include));
  for (const Document& document : documents_) read_credentials(document.root());
  for (const Document& document : documents_) read_targets(document.root());
  for (const ProvidedCredential& credential : provided_) make_target(credential);
  std::ranges::sort(config_.credentials, {}, &Credential::name);
  for (const Document& document : documents_) read_lists(document.root());
  for (const Document& document : documents_) read_inventories(document.root());
}

LoadResult Loader::finish() {
  std::ranges::sort(config_.targets, {}, &Target::name);
  std::ranges::sort(config_.lists, {}, &TargetList::name);
  std::ranges::sort(config_.inventories, {}, &Inventory::name);
  std::ranges::sort(reports_, {}, &ListReport::name);
  references_.check(config_);
  check_hosts(config_, findings_);
  LoadResult result;
  result.findings = findings_.sorted();
  if (config_.targets.empty() && config_.lists.empty() && config_.inventories.empty() && result.ok()) {
    findings_.warning({config_.files.front(), 1, 1}, "targets", "there are no targets: nothing will be probed");
    result.findings = findings_.sorted();
  }
  leave_out_switched_off(config_.settings, result.findings);
  result.config = std::move(config_);
  result.providers = std::move(providers_);
  result.lists = std::move(reports_);
  if (!result.lists.empty()) result.memory = {sources_, std::move(listed_), {}};
  result.memory.included = std::move(included_);
  result.watched = std::move(watched_);
  return result;
}

void Loader::report_unknown(const Field& root) {
  std::vector<std::string_view> names;
  for (const Section& section : kSections) names.push_back(section.name);
  for (const Entry& entry : *root.table()) {
    if (std::find(names.begin(), names.end(), entry.key) == names.end()) root.unknown(entry, names);
  }
}

const Loader::Document* Loader::parse_file(const std::string& file, std::string_view text) {
  std::optional<Value> tree = parse_document(text, file, findings_);
  return tree ? &documents_.emplace_back(*this, file, std::move(*tree)) : nullptr;
}

std::vector<std::string> Loader::files_of(const Field& patterns) {
  std::vector<std::string> files;
  for (const Field& element : patterns.elements()) {
    const auto pattern = element.line();
    if (!pattern) continue;
    const std::vector<std::string> matching = sources_->files_matching(*pattern, config_.files.front());
    watched_.push_back(from_folder_of(config_.files.front(), *pattern));
    if (matching.empty()) element.warning("matches no file");
    files.insert(files.end(), matching.begin(), matching.end());
  }
  return files;
}

Loader::Included Loader::text_of(const std::string& file) {
  if (const auto stand_in = stand_ins_.find(file); stand_in != stand_ins_.end()) {
    return {file, stand_in->second, Turn::stand_in};
  }
  auto text = sources_->read(file, findings_);
  const auto before = before_.included.find(file);
  const bool is_known = text && before != before_.included.end() && before->second->reveal() == text->reveal();
  return {file, std::move(text), is_known ? Turn::known : Turn::changed};
}

void Loader::read_included(const std::vector<std::string>& files) {
  std::vector<Included> all;
  for (const std::string& file : files) {
    if (!seen_files_.insert(canonical(file)).second) continue;
    config_.files.push_back(file);
    all.push_back(text_of(file));
  }
  std::ranges::stable_sort(all, {}, &Included::turn);
  for (const Included& included : all) {
    if (included.text) read_included(included);
  }
}

void Loader::read_included(const Included& included) {
  included_.emplace(included.file, included.text);
  const Document* document = parse_file(included.file, included.text->reveal());
  if (document == nullptr) return;
  const Field root = document->root();
  report_unknown(root);
  for (const std::string_view key : {"settings", "defaults", "include"}) {
    if (const auto field = root.child(key)) field->error("is allowed only in the main file");
  }
}

bool LoadResult::ok() const {
  return count_errors(findings) == 0;
}

LoadResult load(const std::string& path, const LoadMemory& before) {
  const IncludedTexts no_stand_ins;
  Loader loader(path, before, no_stand_ins);
  loader.load();
  return loader.finish();
}

LoadResult parse(std::string_view text, const std::string& path) {
  const LoadMemory nothing;
  const IncludedTexts no_stand_ins;
  Loader loader(path, nothing, no_stand_ins);
  loader.read_main(text);
  return loader.finish();
}

}  // namespace authprobe::config
