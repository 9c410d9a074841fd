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
      config_.provider_files = files_of(*providers);
      for (const std::string& file : config_.provider_files) providers_.read_file(file, findings_, *patterns_);
    }
  }
  if (const auto defaults = root.child("defaults")) {
    read_defaults(*defaults, defaults_);
    references_.to_credential(*defaults, defaults_.target.credential);
  }
  const auto include = root.child("include");
  if (include) read_include(*include);
  read_sections(include);
}

// The targets of scoped files come last, so that they take no name from anything else.
void Loader::read_sections(const std::optional<Field>& include) {
  const auto in_all = [&](void (Loader::*read)(const Field&)) {
    for (const Document& document : documents_) {
      if (document.scope == nullptr) (this->*read)(document.root());
    }
  };
  const auto read_all_targets = [&](bool is_scoped) {
    for (const Document& document : documents_) {
      if ((document.scope != nullptr) == is_scoped) read_targets(document);
    }
  };
  in_all(&Loader::read_credentials);
  std::ranges::sort(config_.credentials, {}, &Credential::name);
  for (const auto& [place, scope] : scopes_) {
    check_grants(scope, include->elements()[place], config_);
    config_.scopes.push_back({scope.files, scope.max_in_flight});
  }
  read_all_targets(false);
  for (const ProvidedCredential& credential : provided_) make_target(credential);
  in_all(&Loader::read_lists);
  keep_names_of_lists();
  // Once all else is known: no list takes a name of another target, and their number bounds each.
  if (count_errors(findings_.sorted()) == 0) in_all(&Loader::make_listed);
  in_all(&Loader::read_inventories);
  read_all_targets(true);
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
  if (!result.lists.empty()) result.memory = {sources_, std::move(listed_), std::move(answers_), {}};
  result.memory.included = std::move(included_);
  result.watched = std::move(watched_);
  result.scoped = std::move(scoped_files_);
  return result;
}

void Loader::report_unknown(const Field& root) {
  std::vector<std::string_view> names;
  for (const Section& section : kSections) names.push_back(section.name);
  for (const Entry& entry : *root.table()) {
    if (std::find(names.begin(), names.end(), entry.key) == names.end()) root.unknown(entry, names);
  }
}

const Loader::Document* Loader::parse_file(const std::string& file, std::string_view text, const Scope* scope) {
  std::optional<Value> tree = parse_document(text, file, findings_);
  return tree ? &documents_.emplace_back(*this, file, std::move(*tree), scope) : nullptr;
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

void Loader::read_include(const Field& include) {
  const std::vector<Field> elements = include.elements();
  read_scopes(elements);
  std::vector<Included> all;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    if (const auto scope = scopes_.find(i); scope != scopes_.end()) {
      find_included(elements[i], scope->second, all);
    } else {
      find_included(elements[i], all);
    }
  }
  for (Included& included : all) read_text(included);
  for (const std::string& file : scoped_files_) {
    if (std::ranges::find(all, file, &Included::file) == all.end()) config_.files.push_back(file);
  }
  std::ranges::stable_sort(all, {}, [](const Included& one) { return std::pair(one.scope != nullptr, one.turn); });
  limit_scopes(all);
  for (const Included& included : all) {
    if (included.text) parse_included(included);
  }
}

void Loader::read_scopes(const std::vector<Field>& elements) {
  for (std::size_t i = 0; i < elements.size(); ++i) {
    if (!std::holds_alternative<Table>(elements[i].value().data)) continue;
    Scope scope = read_scope(elements[i]);
    for (const auto& [place, other] : scopes_) {
      if (is_inside(other, scope.folder + "/x") || is_inside(scope, other.folder + "/x")) {
        elements[i].error("has the folder of include[" + std::to_string(place) + "], or one above or below it");
      }
    }
    scopes_.emplace(i, std::move(scope));
  }
}

// Files that anybody may write who may write in a scoped folder are not read with all rights.
void Loader::find_included(const Field& pattern, std::vector<Included>& found) {
  for (const std::string& file : files_of(pattern)) {
    const auto scope = std::ranges::find_if(scopes_, [&](const auto& entry) { return is_inside(entry.second, file); });
    if (scope != scopes_.end()) {
      refuse_with_all_rights(pattern, file, scope->first);
    } else if (seen_files_.insert(canonical(file)).second) {
      found.push_back({file, nullptr, nullptr, Turn::changed});
    }
  }
}

// Whoever writes it may have brought this about, by the file's name: it is this file's error.
void Loader::refuse_with_all_rights(const Field& pattern, const std::string& file, std::size_t place) {
  scoped_files_.insert(file);
  if (stand_ins_.contains(file)) return;
  findings_.error({file, 1, 1}, "",
                  "is in the folder of the scoped include[" + std::to_string(place) + "], but " + pattern.path() +
                      " matches it too, and would read it without a scope",
                  "another name, or a pattern that leaves the folder out");
}

void Loader::find_included(const Field& table, const Scope& scope, std::vector<Included>& found) {
  watched_.push_back(scope.files);
  const std::vector<std::string> files = sources_->files_matching(scope.files, config_.files.front());
  if (files.empty()) table.warning("matches no file");
  for (const std::string& file : files) found.push_back({file, &scope, nullptr, Turn::changed});
  scoped_files_.insert(files.begin(), files.end());
}

void Loader::read_text(Included& included) {
  const std::string& file = included.file;
  config_.files.push_back(file);
  if (const auto stand_in = stand_ins_.find(file); stand_in != stand_ins_.end()) {
    included.text = stand_in->second;
    included.turn = Turn::stand_in;
    return;
  }
  included.text = included.scope == nullptr ? sources_->read(file, findings_)
                                            : sources_->read_inside(included.scope->folder, file, findings_);
  const auto before = before_.included.find(file);
  const bool was_there = included.text && before != before_.included.end();
  if (was_there && before->second->reveal() == included.text->reveal()) included.turn = Turn::known;
}

// So that the files of one folder do not take the memory of all.
void Loader::limit_scopes(std::vector<Included>& all) {
  struct Sum {
    std::size_t files = 0;
    std::size_t bytes = 0;
  };
  std::map<const Scope*, Sum> sums;
  for (Included& included : all) {
    if (included.scope == nullptr || !included.text) continue;
    Sum& sum = sums[included.scope];
    if (sum.files < kMostScopedFiles && sum.bytes + included.text->size() <= kMostScopedBytes) {
      ++sum.files;
      sum.bytes += included.text->size();
      continue;
    }
    findings_.error({included.file, 1, 1}, "", "is too much: a scoped folder may have 1000 files with 4 MiB together");
    included.text = nullptr;
  }
}

void Loader::parse_included(const Included& included) {
  included_.emplace(included.file, included.text);
  const Document* document = parse_file(included.file, included.text->reveal(), included.scope);
  if (document == nullptr) return;
  const Field root = document->root();
  if (included.scope != nullptr) {
    check_scoped_sections(*included.scope, root);
    return;
  }
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
