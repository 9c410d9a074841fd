#include <algorithm>

#include "exporter/config/keys.h"
#include "exporter/config/provider_fill.h"

namespace authprobe::config {
namespace {

using Variables = std::vector<std::pair<std::string, std::string>>;

bool names(const SecretList& list, const std::string& variable) {
  const std::string place = '{' + variable + '}';
  return std::ranges::any_of(list.steps, [&](const ListStep& step) {
    return step.url.find(place) != std::string::npos || step.body.find(place) != std::string::npos;
  });
}

// As the credential's provider has it, where that has one of the name.
const std::string* value_of(const Credential* credential, const std::string& variable) {
  if (credential == nullptr) return nullptr;
  const Variables& known = credential->provider.variables;
  const auto found = std::ranges::find(known, variable, &Variables::value_type::first);
  return found == known.end() ? nullptr : &found->second;
}

void fill(SecretList& list, const Variables& values) {
  for (ListStep& step : list.steps) {
    replace_variables(step.url, values);
    replace_variables(step.body, values);
  }
}

// The URL with something in the place of what answers give. Nothing, and reported, if it is no URL.
std::optional<wire::Url> sample_of(std::string url, const Field& inventory) {
  for (auto at = url.find('{'); at != std::string::npos; at = url.find('{', at)) {
    const auto end = url.find('}', at);
    if (end == std::string::npos) break;
    url.replace(at, end - at + 1, "x");
  }
  wire::UrlProblem problem;
  auto parsed = wire::Url::parse(std::move(url), problem);
  if (!parsed) inventory.error("its variables make no URL: it " + problem.rule, problem.hint);
  return parsed;
}

}  // namespace

const ProviderInventory* find_list(const Field& inventory, const Field& given, const Provider& provider) {
  if (provider.inventories.empty()) {
    given.error("has no list of its secrets", "`authprobe_exporter providers` shows which services have one");
    return nullptr;
  }
  const auto chosen = inventory.child("list");
  const auto name = chosen ? chosen->name() : std::nullopt;
  if (!chosen) return &provider.inventories.front();
  if (!name) return nullptr;
  for (const ProviderInventory& list : provider.inventories) {
    if (list.list.name == *name) return &list;
  }
  std::vector<std::string> known;
  for (const ProviderInventory& list : provider.inventories) known.push_back(list.list.name);
  chosen->error("no such list", "the provider has " + wire::joined(known, ", "));
  return nullptr;
}

std::optional<FilledInventory> fill_inventory(const Field& inventory, const Field& given, const Provider& provider,
                                              const ProviderInventory& list, const Credential* credential) {
  FilledInventory filled{list.list, {}, *inventory.table()};
  std::vector<ProviderVariable> variables = provider.variables;
  variables.insert(variables.end(), list.variables.begin(), list.variables.end());
  Variables values;
  bool complete = true;
  for (const ProviderVariable& variable : variables) {
    if (!names(list.list, variable.name)) continue;
    const auto own = inventory.child(variable.name);
    std::erase_if(filled.keys, [&](const Entry& entry) { return entry.key == variable.name; });
    if (own) {
      const auto text = own->line();
      complete = complete && text.has_value();
      if (!text) continue;
      values.emplace_back(variable.name, *text);
      filled.variables.emplace_back(variable.name, *text);
    } else if (const std::string* known = value_of(credential, variable.name)) {
      values.emplace_back(variable.name, *known);
    } else if (variable.usual) {
      values.emplace_back(variable.name, *variable.usual);
    } else {
      given.error("needs " + variable.name, variable.about);
      complete = false;
    }
  }
  if (!complete) return std::nullopt;
  fill(filled.list, values);
  for (ListStep& step : filled.list.steps) {
    auto sample = sample_of(step.url, inventory);
    if (!sample) return std::nullopt;
    step.sample = std::move(*sample);
  }
  return filled;
}

}  // namespace authprobe::config
