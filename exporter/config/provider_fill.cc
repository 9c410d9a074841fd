#include "exporter/config/provider_fill.h"

#include <algorithm>
#include <array>
#include <iterator>

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

// The expiry lookup of the provider's file. Where all answers have the expiry in a header, its probe is one.
Table lookup_of(const Provider& provider) {
  const Entry* own = find(provider.credential, "expiry_lookup");
  if (own != nullptr && std::holds_alternative<Table>(own->value.data)) {
    Table lookup = std::get<Table>(own->value.data);
    // How often to ask depends on who asks.
    std::erase_if(lookup, [](const Entry& entry) { return entry.key == "interval"; });
    return lookup;
  }
  const Entry* header = find(provider.credential, "expiry_header");
  const Entry* url = find(provider.target, "url");
  if (header == nullptr || url == nullptr || find(provider.target, "method") != nullptr) return {};
  Table lookup{*url};
  if (const auto* keys = std::get_if<Table>(&header->value.data)) {
    std::ranges::copy(*keys, std::back_inserter(lookup));
  } else {
    lookup.push_back(*header);
  }
  for (Entry& entry : lookup) {
    if (entry.key == "name" || entry.key == "expiry_header") entry.key = "header";
  }
  return lookup;
}

Variables usual_values(const Provider& provider) {
  Variables values;
  for (const ProviderVariable& variable : provider.variables) {
    if (variable.usual) values.emplace_back(variable.name, *variable.usual);
  }
  return values;
}

// A URL with a variable that only the user knows is none.
bool knows_url(const Table& lookup, const Provider& provider, const Variables& values) {
  const Entry* url = find(lookup, "url");
  const auto* text = url == nullptr ? nullptr : std::get_if<std::string>(&url->value.data);
  return text != nullptr && std::ranges::none_of(provider.variables, [&](const ProviderVariable& variable) {
           const bool has_value =
               std::ranges::any_of(values, [&](const auto& it) { return it.first == variable.name; });
           return !has_value && text->find('{' + variable.name + '}') != std::string::npos;
         });
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

std::optional<Table> fill_lookup(const Field& credential, const Field& lookup, const Field& given,
                                 const Provider& provider, const FromProvider& from) {
  Table provided = lookup_of(provider);
  if (provided.empty()) {
    given.error("has no expiry lookup", "expires_at, or expiry_lookup = { url = ..., json_pointer = ... }");
    return std::nullopt;
  }
  const Variables values = from.name == provider.name ? from.variables : usual_values(provider);
  if (!knows_url(provided, provider, values)) {
    std::erase_if(provided, [](const Entry& entry) { return entry.key == "url"; });
    if (!lookup.child("url")) {
      lookup.error("must have url", "the one of your own server");
      return std::nullopt;
    }
  }
  const auto* keys = std::get_if<Table>(&lookup.value().data);
  Table own = keys == nullptr ? Table{} : *keys;
  std::erase_if(own, [](const Entry& entry) { return entry.key == "preset"; });
  Table filled = *credential.table();
  std::ranges::find(filled, "expiry_lookup", &Entry::key)->value.data =
      merged(std::move(own), provided, values, given.value());
  return filled;
}

Table fill_target(const Table& own, const Provider& provider, const FromProvider& from, const Value& place) {
  return merged(own, provider.target, from.variables, place);
}

}  // namespace authprobe::config
