#include "exporter/config/quantity.h"

#include <array>
#include <charconv>
#include <limits>
#include <utility>

namespace authprobe::config {
namespace {

constexpr std::array<std::pair<std::string_view, std::int64_t>, 6> kTimeUnits{
    {{"w", 7LL * 86'400'000}, {"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};

constexpr std::array<std::pair<std::string_view, std::uint64_t>, 7> kSizeUnits{{{"GiB", 1ull << 30},
                                                                                {"MiB", 1ull << 20},
                                                                                {"KiB", 1ull << 10},
                                                                                {"GB", 1'000'000'000},
                                                                                {"MB", 1'000'000},
                                                                                {"kB", 1'000},
                                                                                {"B", 1}}};

// Takes a whole number from the front of `text`.
std::optional<std::int64_t> take_number(std::string_view& text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

std::string_view take_letters(std::string_view& text) {
  std::size_t length = 0;
  while (length < text.size() && (text[length] < '0' || text[length] > '9')) ++length;
  const std::string_view letters = text.substr(0, length);
  text.remove_prefix(length);
  return letters;
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  constexpr std::int64_t kLongest = 100LL * 366 * 86'400'000;
  std::int64_t total = 0;
  std::int64_t previous_unit = std::numeric_limits<std::int64_t>::max();
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    const auto number = take_number(text);
    if (!number) return std::nullopt;
    const std::string_view letters = take_letters(text);
    std::int64_t unit = 0;
    for (const auto& [name, milliseconds] : kTimeUnits) {
      if (name == letters) unit = milliseconds;
    }
    if (unit == 0 || unit >= previous_unit || *number > kLongest / unit) return std::nullopt;
    previous_unit = unit;
    total += *number * unit;
  }
  return Duration(total);
}

std::string format_duration(Duration duration) {
  std::string text;
  std::int64_t rest = duration.count();
  for (const auto& [name, milliseconds] : kTimeUnits) {
    if (name == "w") continue;  // "14d" reads better than "2w"
    if (rest >= milliseconds) text += std::to_string(rest / milliseconds) + std::string(name);
    rest %= milliseconds;
  }
  return text.empty() ? "0s" : text;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  const auto number = take_number(text);
  if (!number) return std::nullopt;
  for (const auto& [name, bytes] : kSizeUnits) {
    if (name != text) continue;
    if (static_cast<std::uint64_t>(*number) > std::numeric_limits<std::uint64_t>::max() / bytes) return std::nullopt;
    return static_cast<std::uint64_t>(*number) * bytes;
  }
  return std::nullopt;
}

std::string format_size(std::uint64_t bytes) {
  for (const auto& [name, unit] : kSizeUnits) {
    const bool binary = name.find('i') != std::string_view::npos || unit == 1;
    if (binary && bytes >= unit && bytes % unit == 0) return std::to_string(bytes / unit) + std::string(name);
  }
  return "0B";
}

}  // namespace authprobe::config
