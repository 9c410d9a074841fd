// Looks into a JSON or YAML document that another program wrote: what is missing or of another type is nothing, and
// never an error.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "exporter/config/document.h"

namespace authprobe::importing {

// The value of a key; null: `value` is null or no table, or has no such key.
const config::Value* find(const config::Value* value, std::string_view key);
const config::Value* find(const config::Value* value, std::initializer_list<std::string_view> keys);

// Empty where it is no array, or no table.
const config::Array& elements(const config::Value* value);
const config::Table& entries(const config::Value* value);

// Puts what YAML's merge keys (<<) lead to into the tables that have them; their own keys win.
void apply_merge_keys(config::Value& value);

// A string; numbers and booleans as they are written; else empty.
std::string text_of(const config::Value* value);
bool is_text(const config::Value* value);

// A boolean, also one that is written as a word or a number.
bool truth_of(const config::Value* value, bool usual);

}  // namespace authprobe::importing
