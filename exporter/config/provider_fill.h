// Puts what a provider knows under the keys that the user wrote, before they are read: so it is read, checked and shown
// like keys of the user's own, each of which goes before the provider's.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/config/provider.h"

namespace authprobe::config {

// {section: {name: table}}, all at one place of the user's file.
Value in_section(std::string_view section, const std::string& name, Table table, const Value& place);

// The credential's keys, filled in. Nothing, and reported at `provider`, if a secret or a variable is missing.
std::optional<Table> fill_credential(const Field& credential, const Field& given, const Provider& provider,
                                     FromProvider& into);

// Each "{name}" of a text becomes the variable's value; other texts in braces stay.
void replace_variables(std::string& text, const std::vector<std::pair<std::string, std::string>>& variables);

// The credential's keys, with `lookup`, its expiry_lookup, filled in: `given` names the provider. Nothing, and
// reported, if the provider's file does not say where its answers have the expiry. `from`: the credential's own
// provider.
std::optional<Table> fill_lookup(const Field& credential, const Field& lookup, const Field& given,
                                 const Provider& provider, const FromProvider& from);

// A target's keys, filled in; `own` may be empty. `place`: of what is filled in.
Table fill_target(const Table& own, const Provider& provider, const FromProvider& from, const Value& place);

// The list that `inventory` names, or the provider's first. Null, and reported, if there is none.
const ProviderInventory* find_list(const Field& inventory, const Field& given, const Provider& provider);

// What a user's inventory gives: the values of variables, and its keys without them.
struct FilledInventory {
  SecretList list;
  std::vector<std::pair<std::string, std::string>> variables;  // the user's own
  Table keys;
};

// `credential`: that the list is read with, whose provider may have the same variables; null: there is none of the
// name. Nothing, and reported, if a variable is missing.
std::optional<FilledInventory> fill_inventory(const Field& inventory, const Field& given, const Provider& provider,
                                              const ProviderInventory& list, const Credential* credential);

}  // namespace authprobe::config
