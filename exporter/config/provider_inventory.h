// The lists of secrets that a service keeps, as a provider's file describes them. docs/inventories.md has the format.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/config/field.h"
#include "exporter/config/provider_parts.h"

namespace authprobe::config {

// A list of secrets that the service keeps.
struct ProviderInventory {
  SecretList list;                          // with "{name}" for variables
  std::vector<std::string> examples;        // an answer to each of its steps, as the service's documents show it
  std::vector<ProviderVariable> variables;  // beside those of the provider
  ProviderFact source;
};

// An array of tables, each a list.
void read_provider_inventories(const Field& field, std::vector<ProviderInventory>& into);

// The rules between the keys of each list. `variables`: those of the provider.
void check_provider_inventories(const Field& field, std::span<const ProviderVariable> variables,
                                std::span<const ProviderInventory> inventories);

}  // namespace authprobe::config
