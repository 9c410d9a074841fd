// The form of durations, counts and foreign text on pages.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace authprobe::web {

// A duration in its two largest units: "3 d 4 h", "12 min", "5 s".
std::string in_words(std::chrono::seconds length);

// A count with separated thousands: "10,000".
std::string with_commas(std::size_t number);

// For HTML text and quoted attributes. Control characters and invalid UTF-8 are left out; characters that change the
// direction of text around them (Unicode's bidirectional controls) become U+FFFD.
std::string html(std::string_view text);

// At most `bytes` of valid UTF-8, with an ellipsis if the text was cut.
std::string shortened(std::string_view text, std::size_t bytes);

}  // namespace authprobe::web
