// A TOML file as a tree of plain values with their positions. toml++ stays inside document.cc.
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
struct LocalDateTime {};  // a date and time without an offset: ambiguous without a time zone, so always rejected

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

// Parses TOML. Errors go into `findings`, without any of the file's values; a table that is defined
// twice is reported and left out, so that the rest can be checked. Nothing is returned if the text is
// not TOML.
std::optional<Value> parse_document(std::string_view text, const std::string& file, Findings& findings);

}  // namespace authprobe::config
