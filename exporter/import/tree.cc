#include "exporter/import/tree.h"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace authprobe::importing {

using config::Value;

const Value* find(const Value* value, std::string_view key) {
  const config::Table& table = entries(value);
  const auto found = std::ranges::lower_bound(table, key, {}, &config::Entry::key);
  return found != table.end() && found->key == key ? &found->value : nullptr;
}

const Value* find(const Value* value, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) value = find(value, key);
  return value;
}

const config::Array& elements(const Value* value) {
  static const config::Array kNone;
  const auto* array = value == nullptr ? nullptr : std::get_if<config::Array>(&value->data);
  return array == nullptr ? kNone : *array;
}

const config::Table& entries(const Value* value) {
  static const config::Table kNone;
  const auto* table = value == nullptr ? nullptr : std::get_if<config::Table>(&value->data);
  return table == nullptr ? kNone : *table;
}

namespace {

void add_missing(config::Table& table, const config::Table& merged) {
  for (const config::Entry& entry : merged) {
    const auto place = std::ranges::lower_bound(table, entry.key, {}, &config::Entry::key);
    if (place == table.end() || place->key != entry.key) table.insert(place, entry);
  }
}

}  // namespace

void apply_merge_keys(Value& value) {
  if (auto* array = std::get_if<config::Array>(&value.data)) {
    for (Value& element : *array) apply_merge_keys(element);
  }
  auto* table = std::get_if<config::Table>(&value.data);
  if (table == nullptr) return;
  for (config::Entry& entry : *table) apply_merge_keys(entry.value);
  const auto merge = std::ranges::find(*table, "<<", &config::Entry::key);
  if (merge == table->end()) return;
  const Value merged = std::move(merge->value);
  table->erase(merge);
  add_missing(*table, entries(&merged));
  for (const Value& one : elements(&merged)) add_missing(*table, entries(&one));
}

std::string text_of(const Value* value) {
  if (value == nullptr) return {};
  if (const auto* text = std::get_if<std::string>(&value->data)) return *text;
  if (const auto* number = std::get_if<std::int64_t>(&value->data)) return std::to_string(*number);
  if (const auto* truth = std::get_if<bool>(&value->data)) return *truth ? "true" : "false";
  if (const auto* number = std::get_if<double>(&value->data)) {
    char text[32];
    std::snprintf(text, sizeof text, "%.15g", *number);
    return text;
  }
  return {};
}

bool is_text(const Value* value) {
  return value != nullptr && std::holds_alternative<std::string>(value->data);
}

bool truth_of(const Value* value, bool usual) {
  const std::string text = text_of(value);
  return text.empty() ? usual : text == "true" || text == "1";
}

}  // namespace authprobe::importing
