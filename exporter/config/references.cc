#include "exporter/config/references.h"

#include <algorithm>
#include <string_view>

namespace authprobe::config {

const Credential* find_credential(const Config& config, std::string_view name) {
  const auto found = std::ranges::lower_bound(config.credentials, name, {}, &Credential::name);
  return found != config.credentials.end() && found->name == name ? &*found : nullptr;
}

std::string secret_place_problem(const Target& target, const Credential* credential) {
  const bool is_in_url = credential != nullptr && traits_of(credential->kind).is_in_url;
  if (target.url.has_secret_place() && !is_in_url)
    return "has {key} in its path, but no credential that replaces {key}";
  if (is_in_url && !target.url.has_secret_place()) return "has a credential for its path, but no {key} in that path";
  if (is_in_url && target.expect->is_protected) return "cannot be requested without its credential: expect.protected";
  return "";
}

bool References::give_name(const Field& field, const Entry& entry, Places& places) {
  const Position position{field.context().file, entry.line, entry.column};
  if (!is_name(entry.key)) {
    findings_.error(position, field.path(), "the name " + std::string(kNameRule));
    return false;
  }
  const auto [first, is_new] = places.emplace(entry.key, position);
  if (!is_new) findings_.taken(position, field.path(), first->second);
  return is_new;
}

std::optional<Position> References::place_of_target(const std::string& name) const {
  const auto found = targets_.find(name);
  return found == targets_.end() ? std::nullopt : std::optional(found->second);
}

void References::add(const Field& key, const std::string& credential) {
  references_.push_back({credential, key.position(), key.path()});
}

void References::to_credential(const Field& target, const std::string& name) {
  const auto reference = target.child("credential");
  if (reference && !name.empty()) add(*reference, name);
}

void References::to_url_credential(const Field& list, const std::string& name) {
  if (name.empty()) return;
  add(*list.child("url_credential"), name);
  list_with(name);
}

void References::to_next(const Field& credential, const std::string& name) {
  if (name.empty()) return;
  const Field reference = *credential.child("next");
  add(reference, name);
  use(name);
  if (name == credential.key()) reference.error("cannot be the credential itself");
}

void References::to_introspector(const Field& credential, const std::string& name) {
  if (name.empty()) return;
  const Field table = *credential.child("introspection");
  const Field reference = *table.child("credential");
  add(reference, name);
  use(name);
  if (name == credential.key()) reference.error("cannot be the credential itself", "leave it out");
}

const References::Reference* References::at_key(const std::string& key) const {
  const auto found = std::ranges::find(references_, key, &Reference::key);
  return found == references_.end() ? nullptr : &*found;
}

void References::check(const Config& config) const {
  check_names(config);
  for (const Target& target : config.targets) {
    if (!target.list.empty()) continue;  // was left out where it does not fit
    const Credential* const credential = find_credential(config, target.credential);
    check_secret_place(target, credential);
    if (credential != nullptr) check_certificate_required("targets." + target.name, target, *credential);
  }
  for (const TargetList& list : config.lists) {
    const Credential* const credential = find_credential(config, list.target.credential);
    if (credential != nullptr) check_certificate_required("targets_from." + list.name, list.target, *credential);
    check_url_credential(config, list);
  }
  for (const Credential& credential : config.credentials) check_next(config, credential);
  for (const Credential& credential : config.credentials) {
    const std::string& inventory = credential.listed_as.inventory;
    if (inventory.empty() || inventories_.contains(inventory)) continue;
    findings_.error(credential.position, "credentials." + credential.name + ".listed_as.inventory",
                    "no such inventory");
  }
  for (const Inventory& inventory : config.inventories) {
    const Credential* const credential = find_credential(config, inventory.credential);
    if (credential == nullptr || !traits_of(credential->kind).is_in_url) continue;
    const std::string key = "inventories." + inventory.name + ".credential";
    findings_.error(at_key(key)->position, key, "is sent in the path of a url, which the list has no place for");
  }
}

void References::check_names(const Config& config) const {
  std::vector<std::string_view> names;
  for (const Credential& credential : config.credentials) names.push_back(credential.name);
  for (const Reference& reference : references_) {
    if (credentials_.contains(reference.credential)) continue;
    findings_.error(reference.position, reference.key, "no such credential", did_you_mean(reference.credential, names));
  }
  for (const Credential& credential : config.credentials) {
    if (uses(credential.name) || listed_with_.contains(credential.name)) continue;
    findings_.warning(credential.position, "credentials." + credential.name, "no target uses it");
  }
}

void References::check_url_credential(const Config& config, const TargetList& list) const {
  const Credential* const credential = find_credential(config, list.url_credential);
  if (credential == nullptr || !traits_of(credential->kind).is_in_url) return;
  const std::string key = "targets_from." + list.name + ".url_credential";
  findings_.error(at_key(key)->position, key, "is sent in the path of a url, which a list has no place for");
}

// The next credential is sent to the same URLs.
void References::check_next(const Config& config, const Credential& credential) const {
  const Credential* const next = find_credential(config, credential.next);
  if (next == nullptr || traits_of(next->kind).is_in_url == traits_of(credential.kind).is_in_url) return;
  const std::string key = "credentials." + credential.name + ".next";
  findings_.error(at_key(key)->position, key, "cannot be tried: only one of the two is sent in the path of the url",
                  "both or none must be of kind \"url_path\"");
}

void References::check_certificate_required(const std::string& key, const Target& target,
                                            const Credential& credential) const {
  if (!target.expect->certificate_required) return;
  if (credential.certificate.certificate.kind == SecretSource::Kind::none) return;
  findings_.error(target.position, key + ".expect.certificate_required",
                  "has no effect: its credential has a client certificate");
}

// The path of a target's URL has a place for a secret, and its credential one that goes there; or neither.
void References::check_secret_place(const Target& target, const Credential* credential) const {
  const bool is_known = credential != nullptr;
  const bool is_in_url = is_known && traits_of(credential->kind).is_in_url;
  const std::string key = "targets." + target.name;
  if (target.url.has_secret_place() && !is_in_url && (is_known || target.credential.empty())) {
    findings_.error(secret_places_.at(target.name), key + ".url",
                    "has {key} in its path, but no credential that replaces {key}",
                    "use a credential of kind \"url_path\"");
  } else if (is_in_url && !target.url.empty() && !target.url.has_secret_place()) {
    const Reference* const reference = at_key(key + ".credential");
    findings_.error(reference != nullptr ? reference->position : target.position, key + ".credential",
                    "is sent in the path of the url, but that path has no {key}",
                    "such as https://api.example.com/bot{key}/me");
  } else if (is_in_url && target.expect->is_protected) {
    findings_.error(target.position, key + ".expect.protected",
                    "has no effect: the url cannot be requested without its credential");
  }
}

}  // namespace authprobe::config
