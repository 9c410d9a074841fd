#include "exporter/config/provider_fill.h"

#include <algorithm>
#include <array>

#include "exporter/config/keys.h"

namespace authprobe::config {
namespace {

using Variables = std::vector<std::pair<std::string, std::string>>;

// Keys of which a table has one: the user's goes before the provider's.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kEither{{
    {"header", "query"},
    {"header", "json_pointer"},
    {"expires_at", "max_age"},
    {"expires_at", "sliding"},
}};

const Entry* find(const Table& table, std::string_view key) {
  const auto found = std::ranges::find(table, key, &Entry::key);
  return found == table.end() ? nullptr : &*found;
}

bool is_excluded(const Table& own, std::string_view key) {
  return std::any_of(kEither.begin(), kEither.end(), [&](const auto& pair) {
    return (pair.first == key && find(own, pair.second) != nullptr) ||
           (pair.second == key && find(own, pair.first) != nullptr);
  });
}

// `value` of the provider's file, at `place` of the user's.
Value settled(Value value, const Variables& variables, const Value& place) {
  value.line = place.line;
  value.column = place.column;
  if (auto* text = std::get_if<std::string>(&value.data)) replace_variables(*text, variables);
  if (auto* array = std::get_if<Array>(&value.data)) {
    for (Value& element : *array) element = settled(std::move(element), variables, place);
  }
  if (auto* table = std::get_if<Table>(&value.data)) {
    for (Entry& entry : *table) {
      entry.line = place.line;
      entry.column = place.column;
      entry.value = settled(std::move(entry.value), variables, place);
    }
  }
  return value;
}

// The entries of both, the user's before the provider's. Tables are merged where they are keys of `own` themselves.
Table merged(Table own, const Table& provided, const Variables& variables, const Value& place, bool is_inner = false) {
  for (const Entry& entry : provided) {
    const auto mine = std::ranges::find(own, entry.key, &Entry::key);
    if (mine == own.end()) {
      if (is_excluded(own, entry.key)) continue;
      own.push_back({entry.key, place.line, place.column, settled(entry.value, variables, place)});
    } else if (auto* inner = std::get_if<Table>(&mine->value.data); inner != nullptr && !is_inner) {
      const auto* theirs = std::get_if<Table>(&entry.value.data);
      if (theirs != nullptr) *inner = merged(std::move(*inner), *theirs, variables, place, true);
    }
  }
  std::ranges::sort(own, {}, &Entry::key);
  return own;
}

// The values of the variables, which are taken out of `table`. False, and reported, if one is missing.
bool take_variables(const Field& credential, const Field& given, const Provider& provider, Table& table,
                    Variables& values) {
  bool complete = true;
  for (const ProviderVariable& variable : provider.variables) {
    const auto own = credential.child(variable.name);
    if (!is_credential_key(variable.name)) {
      std::erase_if(table, [&](const Entry& entry) { return entry.key == variable.name; });
    }
    if (own) {
      const auto text = own->line();
      if (text && text->empty() && !variable.usual) own->error("must not be empty");
      if (text) values.emplace_back(variable.name, *text);
      complete = complete && text.has_value();
    } else if (variable.usual) {
      values.emplace_back(variable.name, *variable.usual);
    } else {
      given.error("needs " + variable.name, variable.about);
      complete = false;
    }
  }
  return complete;
}

// `key` may be in a table: "secrets.password".
bool has_key(const Field& credential, std::string_view key) {
  const auto dot = key.find('.');
  const auto child = credential.child(key.substr(0, dot));
  if (!child || dot == std::string_view::npos) return child.has_value();
  return child->table() != nullptr && has_key(*child, key.substr(dot + 1));
}

bool has_secrets(const Field& credential, const Field& given, const Provider& provider) {
  bool complete = true;
  for (const std::string& secret : provider.secrets) {
    if (has_key(credential, secret)) continue;
    given.error("needs " + secret, secret + " = { file = \"...\" }: " + provider.covers);
    complete = false;
  }
  return complete;
}

}  // namespace

void replace_variables(std::string& text, const Variables& variables) {
  for (const auto& [name, value] : variables) {
    const std::string place = '{' + name + '}';
    for (auto at = text.find(place); at != std::string::npos; at = text.find(place, at + value.size())) {
      text.replace(at, place.size(), value);
    }
  }
}

Value in_section(std::string_view section, const std::string& name, Table table, const Value& place) {
  const auto at_place = [&](std::string key, Table entries) {
    Value value{place.line, place.column, std::move(entries)};
    Table outer;
    outer.push_back({std::move(key), place.line, place.column, std::move(value)});
    return outer;
  };
  return {place.line, place.column, at_place(std::string(section), at_place(name, std::move(table)))};
}

std::optional<Table> fill_credential(const Field& credential, const Field& given, const Provider& provider,
                                     FromProvider& into) {
  Table own = *credential.table();
  into.name = provider.name;
  into.title = provider.title;
  const bool has_variables = take_variables(credential, given, provider, own, into.variables);
  const auto kind = credential.child("kind");
  const Entry* usual = find(provider.credential, "kind");
  const auto word_of = [](const Value& value) { return std::get_if<std::string>(&value.data); };
  const bool is_usual_kind = !kind || usual == nullptr || word_of(kind->value()) == nullptr ||
                             *word_of(kind->value()) == *word_of(usual->value);
  if (is_usual_kind && (!has_secrets(credential, given, provider) || !has_variables)) return std::nullopt;
  if (!has_variables) return std::nullopt;
  Table provided = provider.credential;
  if (!is_usual_kind) std::erase_if(provided, [](const Entry& entry) { return is_kind_key(entry.key); });
  Table filled = merged(own, provided, into.variables, given.value());
  for (const Entry& entry : filled) {
    if (find(own, entry.key) == nullptr) into.keys.push_back(entry.key);
  }
  return filled;
}

Table fill_target(const Table& own, const Provider& provider, const FromProvider& from, const Value& place) {
  return merged(own, provider.target, from.variables, place);
}

}  // namespace authprobe::config
