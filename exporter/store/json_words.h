// Enums, times and counts in the records of the state file. Enums are stored as their words and not as numbers, so that
// another version of the exporter reads them rightly. What cannot be read is taken as absent: the file may be foreign.
#pragma once

#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "exporter/wire/time.h"

namespace authprobe::store {

using Json = nlohmann::json;

// The value of that word among the `kCount` of the enum.
template <typename Enum, std::size_t kCount>
std::optional<Enum> from_word(std::string_view word) {
  for (std::size_t i = 0; i < kCount; ++i) {
    if (to_string(static_cast<Enum>(i)) == word) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

template <typename Enum, std::size_t kCount>
std::optional<Enum> word_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return from_word<Enum, kCount>(found->get_ref<const std::string&>());
}

inline std::optional<std::uint64_t> count_of(const Json& value) {
  // Beyond 2^53 a counter of Prometheus is not exact either.
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > (std::uint64_t{1} << 53)) return std::nullopt;
  return value.get<std::uint64_t>();
}

inline std::uint64_t count_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() ? 0 : count_of(*found).value_or(0);
}

inline std::optional<double> number_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() || !found->is_number() ? std::nullopt : std::optional(found->get<double>());
}

inline bool flag_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

// Milliseconds since 1970, within what our clock can say.
inline std::optional<std::int64_t> millis_at(const Json& object, const char* key) {
  constexpr std::int64_t kLast = 9'200'000'000'000;
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_integer()) return std::nullopt;
  const auto millis = found->get<std::int64_t>();
  return -kLast <= millis && millis <= kLast ? std::optional(millis) : std::nullopt;
}

// Nanoseconds are kept, since a file's time is compared.
inline std::optional<WallTime> time_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_integer()) return std::nullopt;
  return WallTime(std::chrono::nanoseconds(found->get<std::int64_t>()));
}

inline void put(Json& object, const char* key, std::uint64_t count) {
  if (count != 0) object[key] = count;
}

inline void put(Json& object, const char* key, const std::optional<WallTime>& time) {
  if (time) object[key] = std::chrono::nanoseconds(time->time_since_epoch()).count();
}

// A record; a null value where the text is no JSON object.
inline Json read_record(std::string_view text) {
  Json record = Json::parse(text.begin(), text.end(), nullptr, false);
  return record.is_object() ? record : Json();
}

inline std::string record_text(const Json& record) {
  return record.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace authprobe::store
