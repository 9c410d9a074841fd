// The names that a configuration gives to credentials and targets, and the places that refer to a credential by its
// name: looked up once all files are read.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/config/document.h"
#include "exporter/config/field.h"
#include "exporter/config/findings.h"

namespace authprobe::config {

// Of a loaded configuration, whose credentials are in order of name. Null if there is none of this name.
const Credential* find_credential(const Config& config, std::string_view name);

// Why a target and its credential do not go together: only one of the two has a place for a secret in the URL's path.
// Empty: they do. Null: the target has no credential.
std::string secret_place_problem(const Target& target, const Credential* credential);

class References {
 public:
  explicit References(Findings& findings) : findings_(findings) {}

  // Gives an entry of `credentials` or `targets` its name. False, and reported, if it cannot be a name or is taken.
  bool name_credential(const Field& field, const Entry& entry) { return give_name(field, entry, credentials_); }
  bool name_target(const Field& field, const Entry& entry) { return give_name(field, entry, targets_); }
  bool name_list(const Field& field, const Entry& entry) { return give_name(field, entry, lists_); }

  bool name_inventory(const Field& field, const Entry& entry) { return give_name(field, entry, inventories_); }

  // The place of the target that has this name; nothing: it is free. And gives a target a name that is free.
  std::optional<Position> place_of_target(const std::string& name) const;
  void name_target(const std::string& name, const Position& position) { targets_.emplace(name, position); }

  // The key of a target, an inventory or of [defaults] that names its credential; `name` as it was read, empty without
  // one.
  void to_credential(const Field& target, const std::string& name);

  // The credential of a list's URL.
  void to_url_credential(const Field& list, const std::string& name);

  // The keys of a credential that name another.
  void to_next(const Field& credential, const std::string& name);
  void to_introspector(const Field& credential, const std::string& name);

  // A target sends this credential, by its own key or an inherited one.
  void use(const std::string& credential) { used_.insert(credential); }
  bool uses(const std::string& credential) const { return used_.contains(credential); }

  // An inventory is read with this credential. It may still have a target of its own.
  void list_with(const std::string& credential) { listed_with_.insert(credential); }

  // The place of a target's url, where that has a place for a secret.
  void note_secret_place(const std::string& target, const Position& url) { secret_places_.emplace(target, url); }

  // Reports names that nothing has, credentials that nothing uses, and pairs that do not go together. The credentials
  // of `config` are in order of name.
  void check(const Config& config) const;

 private:
  using Places = std::map<std::string, Position>;

  struct Reference {
    std::string credential;
    Position position;
    std::string key;
  };

  bool give_name(const Field& field, const Entry& entry, Places& places);
  void add(const Field& key, const std::string& credential);
  const Reference* at_key(const std::string& key) const;
  void check_names(const Config& config) const;
  void check_url_credential(const Config& config, const TargetList& list) const;
  void check_next(const Config& config, const Credential& credential) const;
  void check_certificate_required(const std::string& key, const Target& target, const Credential& credential) const;
  void check_secret_place(const Target& target, const Credential* credential) const;

  Findings& findings_;
  Places credentials_;
  Places targets_;
  Places lists_;
  Places inventories_;
  Places secret_places_;
  std::vector<Reference> references_;
  std::set<std::string> used_;
  std::set<std::string> listed_with_;
};

}  // namespace authprobe::config
