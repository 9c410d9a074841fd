// Durations ("1m30s") and sizes ("10MiB") as people write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "exporter/config/config.h"

namespace authprobe::config {

// One or more whole numbers with a unit, the largest unit first: ms s m h d w. Nothing for any other text.
std::optional<Duration> parse_duration(std::string_view text);

// The shortest text that parse_duration() reads as `duration`; "0s" for zero.
std::string format_duration(Duration duration);

// A whole number with B, kB, MB, GB (powers of 1000), KiB, MiB or GiB (powers of 1024). Nothing for any other text.
std::optional<std::uint64_t> parse_size(std::string_view text);

// In the largest unit (a power of 1024) that gives a whole number.
std::string format_size(std::uint64_t bytes);

}  // namespace authprobe::config
