// A TOML file as a tree of plain values that know where they stand. toml++ stays inside document.cc.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "exporter/config/findings.h"

namespace authprobe::config {

struct Entry;
struct Value;
using Array = std::vector<Value>;
using Table = std::vector<Entry>;  // in order of key

struct TimeOfDay {
  std::chrono::seconds since_midnight{0};
};
struct LocalDateTime {};  // a date and time without an offset: means another moment everywhere, so nothing takes it

struct Value {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
  std::variant<std::string, std::int64_t, double, bool, std::chrono::sys_days, TimeOfDay, std::chrono::sys_seconds,
               LocalDateTime, Array, Table>
      data;
};

struct Entry {
  std::string key;
  std::uint32_t line = 1;
  std::uint32_t column = 1;
  Value value;
};

// Parses TOML. What is wrong with it goes into `findings`, without any of the file's values; a table that is defined
// twice is reported and left out, so that the rest can be checked. Nothing is returned where the text is not TOML at
// all.
std::optional<Value> parse_document(std::string_view text, const std::string& file, Findings& findings);

}  // namespace authprobe::config
