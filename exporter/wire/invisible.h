// Characters of Unicode that nobody sees: spaces beyond ASCII's, characters without a width, and marks that turn the
// direction of the text behind them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace authprobe::wire {

struct Invisible {
  char32_t point = 0;
  std::uint8_t size = 0;  // bytes of its UTF-8
  bool is_blank = false;  // White_Space of Unicode, as Go's strings.TrimSpace() cuts it off
  std::string_view name;  // "a no-break space"
};

// The invisible character that `text` begins with.
std::optional<Invisible> invisible_at_start(std::string_view text);

// Without the blanks of Unicode, ASCII's included, at either end.
std::string_view trimmed_of_unicode_blanks(std::string_view text);

// Each blank as a space; the other invisible characters are left out.
std::string without_invisible(std::string_view text);

}  // namespace authprobe::wire
