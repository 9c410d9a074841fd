// From a provider's list of secrets and the user's variables to the list that is asked for.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/config/field.h"
#include "exporter/config/provider.h"

namespace authprobe::config {

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
