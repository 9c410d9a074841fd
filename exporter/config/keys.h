// The keys of the file, as tables of rows. A row reads a key's value, shows it again, and has its meaning: a key that
// can be read cannot be missing from /config, from the hints for unknown keys, or from docs/configuration.md.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/config/field.h"
#include "exporter/config/toml_writer.h"

namespace authprobe::config {

// A key as a dotted path, with NAME for a name that the user chooses: "targets.NAME.expect.status".
struct KnownKey {
  std::string path;
  std::string_view help;  // its meaning, as docs/configuration.md has it
  bool is_shown;          // false: /config shows its effect under other keys
};

// Every key that a file may have.
std::vector<KnownKey> known_keys();

struct Section {
  std::string_view name;
  std::string_view help;
};
inline constexpr std::array kSections{
    Section{"include",
            "more files, as glob patterns relative to the main file's folder; a table [limits what they may "
            "do](#scoped-includes)"},
    Section{"settings", "limits of the process, [below](#settings)"},
    Section{"defaults", "values that every target inherits, [below](#defaults)"},
    Section{"credentials", "`[credentials.NAME]`, [below](#credentials)"},
    Section{"targets", "`[targets.NAME]`, [below](#targets)"},
    Section{"targets_from", "`[targets_from.NAME]`, [lists of targets](#lists-of-targets) that other systems write"},
    Section{"inventories", "`[inventories.NAME]`, [below](#inventories)"},
};

// How the value of a key is written in the file.
template <typename T>
struct Form {
  void (*read)(const Field& field, T& into);
  void (*show)(const T& value, const TomlWriter& out);                           // null: under other keys
  void (*list)(const std::string& path, std::vector<KnownKey>& keys) = nullptr;  // the keys of the table that it is
  // The secrets whose places it names; null: none.
  void (*secrets)(const T& value, const std::string& key, std::vector<NamedSource>& sources) = nullptr;
};

template <typename T>
struct Key {
  std::string_view name;
  Form<T> form;
  std::string_view help;
};

template <typename T>
using Keys = std::span<const Key<T>>;

template <typename T, std::size_t count>
constexpr Keys<T> all(const Key<T> (&rows)[count]) {
  return rows;
}

// A table of the file may have the rows of several C++ tables, each for a struct of its own. Functions called `tables`
// below call `use(rows, object, applies)` for each; where `applies` is false, the rows are known but not allowed.

template <typename Tables>
std::vector<std::string_view> names_of(Tables tables) {
  std::vector<std::string_view> names;
  tables([&](const auto& rows, const auto&, bool) {
    for (const auto& key : rows) names.push_back(key.name);
  });
  return names;
}

// Reads each entry of a table by the row of its name. An unknown one is reported; `refuse(child)` reports one that is
// not allowed.
template <typename Tables, typename Refuse>
void read_tables(const Field& field, Tables tables, Refuse refuse) {
  const Table* entries = field.table();
  if (entries == nullptr) return;
  for (const Entry& entry : *entries) {
    const Field child = field.child(entry);
    bool is_known = false;
    bool is_read = false;
    tables([&](const auto& rows, auto& into, bool applies) {
      for (const auto& key : rows) {
        if (key.name != entry.key) continue;
        is_known = true;
        if (applies && !std::exchange(is_read, true)) key.form.read(child, into);
      }
    });
    if (!is_known) {
      field.unknown(entry, names_of(tables));
    } else if (!is_read) {
      refuse(child);
    }
  }
}

template <typename Tables>
void show_tables(Tables tables, const TomlWriter& out) {
  tables([&](const auto& rows, const auto& value, bool applies) {
    for (const auto& key : rows) {
      if (applies && key.form.show != nullptr) key.form.show(value, out.at(key.name));
    }
  });
}

template <typename Tables>
void list_tables(Tables tables, const std::string& path, std::vector<KnownKey>& keys) {
  tables([&](const auto& rows, const auto&, bool applies) {
    for (const auto& key : rows) {
      if (!applies) continue;
      const std::string full = path + '.' + std::string(key.name);
      keys.push_back({full, key.help, key.form.show != nullptr});
      if (key.form.list != nullptr) key.form.list(full, keys);
    }
  });
}

template <typename Tables>
std::vector<NamedSource> sources_in(Tables tables) {
  std::vector<NamedSource> sources;
  tables([&](const auto& rows, const auto& value, bool applies) {
    for (const auto& key : rows) {
      if (applies && key.form.secrets != nullptr) key.form.secrets(value, std::string(key.name), sources);
    }
  });
  return sources;
}

// The same for a table with the rows of one.
template <typename T>
void read_table(const Field& field, Keys<T> rows, T& into) {
  read_tables(
      field, [&](auto use) { use(rows, into, true); }, [](const Field&) {});
}

template <typename T>
void show_table(const T& value, Keys<T> rows, const TomlWriter& out) {
  show_tables([&](auto use) { use(rows, value, true); }, out);
}

template <typename T>
void list_table(Keys<T> rows, const std::string& path, std::vector<KnownKey>& keys) {
  list_tables([&](auto use) { use(rows, T{}, true); }, path, keys);
}

// Reports a key that is there and can do nothing.
void refuse_idle(const Field& table, std::string_view key, const std::string& rule, const std::string& hint = "");

// Its name, or a table with its name and format.
void read_expiry_header(const Field& field, ExpiryHeader& into);

// The sections. One that has rules between its keys has functions of its own.

Keys<Settings> settings_keys();

// How a server is reached: keys of targets, and of credentials for the requests about them.
Keys<Connection> connection_keys();
Keys<Connection> probe_keys();  // only of targets

Keys<MoreSecrets> more_secrets_keys();
void check_more_secrets(const Field& field, const Credential& credential);

Keys<Expectation> expect_keys();  // the one key `expect`

void read_maintenance(const Field& field, Target& into);
void show_maintenance(const Target& target, const TomlWriter& out);
void list_maintenance(const std::string& path, std::vector<KnownKey>& keys);

// A target before its connection and expectation are shared with those of others.
struct TargetDraft {
  Target target;
  Connection connection;
  Expectation expect;
};

// `into` holds the built-in values.
void read_defaults(const Field& field, TargetDraft& into);
// `into` holds the defaults, and the target's name.
void read_target(const Field& field, TargetDraft& into);
void show_target(const Target& target, const TomlWriter& out);
void list_target(const std::string& path, bool is_default, std::vector<KnownKey>& keys);

// Into `into.target`, `connection` and `expect`, which hold the defaults, the keys of `[targets_from.NAME]` that its
// targets have; the others into the list.
struct TargetListDraft {
  TargetList list;
  TargetDraft target;
};
void read_target_list_keys(const Field& field, TargetListDraft& into);
void show_target_list(const TargetList& list, const TomlWriter& out);
void list_target_list(const std::string& path, std::vector<KnownKey>& keys);
Keys<TargetList> target_list_keys();
void check_target_list(const Field& field, const TargetList& list);

// Why a target cannot have a label of this name; empty: it can.
std::string label_problem(std::string_view name);

void check_proxy_login(const Field& field, const Connection& connection);
// Rules between the keys of a target or of [defaults], and what is doubtful about a target.
void check_target(const Field& field, const TargetDraft& draft);
void lint_target(const Field& field, const TargetDraft& draft);

// `into` holds the name, and the defaults' connection.
void read_credential(const Field& field, Credential& into);
void show_credential(const Credential& credential, const TomlWriter& out);
void list_credential(const std::string& path, std::vector<KnownKey>& keys);

// `into` holds the name, the list, and the defaults' connection.
void read_inventory(const Field& field, Inventory& into);
void show_inventory(const Inventory& inventory, const TomlWriter& out);
void list_inventory(const std::string& path, std::vector<KnownKey>& keys);
bool is_inventory_key(std::string_view word);

// The word is a key of credentials, of some kind: no name of a variable.
bool is_credential_key(std::string_view word);
bool is_kind_key(std::string_view word);  // a key that only credentials of some kinds have

// What credentials have for one purpose. What only one kind has stands in kinds/.
Keys<ExpiryRules> expiry_keys();
Keys<ExpiryRules> declared_age_keys();   // not of kinds with a max_age of their own
Keys<ExpiryRules> introspection_keys();  // of tokens
Keys<ScopeRules> scope_keys();
Keys<Credential> issuer_keys();  // of kinds that send a bearer token
Keys<Credential> auth_health_keys();
void check_expiry(const Field& field, const Credential& credential);
bool tells_expiry(const Credential& credential);  // the configuration says when it ends, or whom to ask

}  // namespace authprobe::config
