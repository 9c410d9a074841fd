// The forms of values: how a member of a struct is read from the value of a key, and shown again. Quantities are always
// shown, other values only if they differ from the built-in value.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/config/keys.h"

namespace authprobe::config {

template <typename T, typename Member>
T owner_of(Member T::*);
template <auto member>
using Owner = decltype(owner_of(member));

template <auto member>
bool is_usual(const Owner<member>& value) {
  static const Owner<member> kUsual{};
  return value.*member == kUsual.*member;
}

// `ask` is the function of Field that reads the value.
template <auto member, auto ask>
void read_member(const Field& field, Owner<member>& into) {
  assign((field.*ask)(), into.*member);
}

// A table of headers: name to value.
template <auto member>
void read_headers(const Field& field, Owner<member>& into) {
  const Table* entries = field.table();
  if (entries == nullptr) return;
  for (const Entry& entry : *entries) {
    const Field header = field.child(entry);
    if (!is_token(entry.key)) header.error("must be the name of a header", "letters, digits and '-'");
    if (auto value = header.line()) (into.*member).emplace_back(entry.key, std::move(*value));
  }
}

template <auto member, auto ask = &Field::text>
constexpr Form<Owner<member>> text = {read_member<member, ask>, [](const Owner<member>& value, const TomlWriter& out) {
                                        if (!is_usual<member>(value)) out.text(value.*member);
                                      }};

// A text that may hold a secret.
template <auto member>
constexpr Form<Owner<member>> hidden_text = {read_member<member, &Field::text>,
                                             [](const Owner<member>& value, const TomlWriter& out) {
                                               if (!is_usual<member>(value)) out.text(kRedacted);
                                             }};

// The values of a URL's parameters are not shown.
void show_url(const wire::Url& url, const TomlWriter& out);
template <auto member>
constexpr Form<Owner<member>> web_url = {
    read_member<member, &Field::web_url>,
    [](const Owner<member>& value, const TomlWriter& out) { show_url(value.*member, out); }};

// A key of a file that is not shown in another form.
template <typename T>
constexpr Form<T> only_read(void (*read)(const Field&, T&)) {
  return {read, nullptr};
}

// One text or an array of them.
template <auto member, auto ask>
constexpr Form<Owner<member>> texts = {[](const Field& field, Owner<member>& into) {
                                         (into.*member).clear();
                                         for (const Field& element : field.elements()) {
                                           if (auto value = (element.*ask)())
                                             (into.*member).push_back(std::move(*value));
                                         }
                                       },
                                       [](const Owner<member>& value, const TomlWriter& out) {
                                         if (!is_usual<member>(value)) out.texts(value.*member);
                                       }};

template <auto member>
constexpr Form<Owner<member>> boolean = {read_member<member, &Field::boolean>,
                                         [](const Owner<member>& value, const TomlWriter& out) {
                                           if (!is_usual<member>(value)) out.raw(value.*member ? "true" : "false");
                                         }};

// One of `words`.
template <auto member, const auto& words>
constexpr Form<Owner<member>> word = {
    [](const Field& field, Owner<member>& into) { assign(field.choice(words), into.*member); },
    [](const Owner<member>& value, const TomlWriter& out) {
      if (!is_usual<member>(value)) out.text(name_of(words, value.*member));
    }};

template <auto member, std::int64_t least, std::int64_t most>
constexpr Form<Owner<member>> integer = {
    [](const Field& field, Owner<member>& into) { assign(field.integer(least, most), into.*member); },
    [](const Owner<member>& value, const TomlWriter& out) { out.raw(std::to_string(value.*member)); }};

// The least and the most that a duration may be, in milliseconds.
struct Bounds {
  std::int64_t least = 0;
  std::int64_t most = 0;
};
constexpr Bounds between(Duration least, Duration most) {
  return {least.count(), most.count()};
}

void show_duration(const std::optional<Duration>& duration, const TomlWriter& out);
template <auto member, Bounds bounds>
constexpr Form<Owner<member>> duration = {
    [](const Field& field, Owner<member>& into) {
      assign(field.duration(Duration(bounds.least), Duration(bounds.most)), into.*member);
    },
    [](const Owner<member>& value, const TomlWriter& out) { show_duration(value.*member, out); }};

// { a = "x", b = true }
template <typename T>
std::string inline_table(const T& value, Keys<T> rows) {
  constexpr std::string_view kBetween = ", ";
  std::string entries;
  show_table(value, rows, TomlWriter(entries, kBetween));
  return "{ " + entries.substr(0, entries.size() - std::min(entries.size(), kBetween.size())) + " }";
}

template <auto member, const auto& rows>
constexpr Form<Owner<member>> table = {
    [](const Field& field, Owner<member>& into) { read_table(field, all(rows), into.*member); },
    [](const Owner<member>& value, const TomlWriter& out) { show_table(value.*member, all(rows), out); },
    [](const std::string& path, std::vector<KnownKey>& keys) { list_table(all(rows), path, keys); }};

// One table or an array of them; `check(element, value)` has the rules between their keys.
template <auto member, const auto& rows, auto check>
constexpr Form<Owner<member>> tables = {
    [](const Field& field, Owner<member>& into) {
      (into.*member).clear();
      for (const Field& element : field.elements()) {
        auto& value = (into.*member).emplace_back();
        read_table(element, all(rows), value);
        if (std::holds_alternative<Table>(element.value().data)) check(element, value);
      }
    },
    [](const Owner<member>& value, const TomlWriter& out) {
      if (is_usual<member>(value)) return;
      out.raw(array_text(value.*member, [](const auto& one) { return inline_table(one, all(rows)); }));
    },
    [](const std::string& path, std::vector<KnownKey>& keys) { list_table(all(rows), path, keys); }};

// Where a secret is read from: { file }, { env } or { value }; the last is warned about and not shown.
void read_secret(const Field& field, SecretSource& into, SecretForm form = SecretForm::line);
void show_secret(const SecretSource& source, const TomlWriter& out);
void list_secret(const std::string& path, std::vector<KnownKey>& keys);
template <auto member, SecretForm form>
void add_source(const Owner<member>& value, const std::string& key, std::vector<NamedSource>& sources) {
  if ((value.*member).kind != SecretSource::Kind::none) sources.push_back({key, &(value.*member), form});
}
template <auto member, SecretForm form = SecretForm::line>
constexpr Form<Owner<member>> secret = {
    [](const Field& field, Owner<member>& into) { read_secret(field, into.*member, form); },
    [](const Owner<member>& value, const TomlWriter& out) { show_secret(value.*member, out); }, list_secret,
    add_source<member, form>};

// The same for values that are not secret, such as a user name: a plain string is allowed, and shown.
void read_plain_or_secret(const Field& field, SecretSource& into);
void show_plain_or_secret(const SecretSource& source, const TomlWriter& out);

std::string number_text(double number);

// A TOML string, number, boolean, or an array of them, as JSON text; nothing, and reported, where it is none.
std::optional<std::string> json_of(const Field& field);

// Texts that mean hosts, one or an array.
void read_host_patterns(const Field& field, std::vector<std::string>& into);

// A table of names and such values.
void read_json_values(const Field& field, std::vector<std::pair<std::string, std::string>>& into);
template <auto member>
constexpr Form<Owner<member>> claims = {
    [](const Field& field, Owner<member>& into) { read_json_values(field, into.*member); },
    [](const Owner<member>& value, const TomlWriter& out) {
      for (const auto& [name, json] : value.*member) out.at(name).raw(json);  // a TOML value too
    }};

// A table of names and secrets.
using NamedSecrets = std::vector<std::pair<std::string, SecretSource>>;
void read_secrets(const Field& field, NamedSecrets& into, bool (*is_good_name)(std::string_view),
                  std::string_view rule);
void show_secrets(const NamedSecrets& secrets, const TomlWriter& out);
void add_secrets(const NamedSecrets& secrets, const std::string& key, std::vector<NamedSource>& sources);

template <auto member, auto is_good_name, const std::string_view& rule>
constexpr Form<Owner<member>> named_secrets = {
    [](const Field& field, Owner<member>& into) { read_secrets(field, into.*member, is_good_name, rule); },
    [](const Owner<member>& value, const TomlWriter& out) { show_secrets(value.*member, out); }, nullptr,
    [](const Owner<member>& value, const std::string& key, std::vector<NamedSource>& sources) {
      add_secrets(value.*member, key, sources);
    }};

using Pairs = std::vector<std::pair<std::string, std::string>>;
bool is_plain_header(std::string_view name);  // its value cannot be a secret

// A scope or an array of them (RFC 6749, section 3.3).
void read_scopes(const Field& field, std::vector<std::string>& into);
template <auto member>
constexpr Form<Owner<member>> scopes = {
    [](const Field& field, Owner<member>& into) { read_scopes(field, into.*member); },
    texts<member, &Field::text>.show};

}  // namespace authprobe::config
