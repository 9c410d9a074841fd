// What the keys of a document tell of what stands under them: an error, content, a life of its own, an outcome, and the
// words for an outcome or for nothing. Keys in lower case.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace authprobe::diagnosis {

template <std::size_t N>
bool is_one_of(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::ranges::find(words, word) != words.end();
}

// A value that is no content: {"data": {"isLogin": false, "list": null}}, {"error": 0}.
inline bool says_nothing(std::string_view value) {
  static constexpr std::array<std::string_view, 4> kNothing = {"", "null", "false", "0"};
  return is_one_of(value, kNothing);
}

// The number of a path's parts.
std::size_t depth_of(std::string_view path);

// The first part of a path.
std::string_view root_of(std::string_view path);

// The path without the first parts that only wrap: {"Response": {"Error": {...}}}.
std::string_view unwrapped(std::string_view path);

template <std::size_t N>
bool has_part(std::string_view text, const std::array<std::string_view, N>& parts) {
  return std::ranges::any_of(parts, [&](std::string_view part) { return text.find(part) != std::string_view::npos; });
}

// The first part of a path is that of an error: {"error": ...}.
bool is_error_root(std::string_view root);

// Content rather than outcome, whatever stands in it.
bool is_content_root(std::string_view root);

// Keys of things that have a life of their own: a job, a webhook, an account. What failed is theirs, not our call.
bool tells_of_a_life(std::string_view key);

// What was asked about a thing has been answered: {"valid": false, "reason": "expired"}.
bool is_verdict_key(std::string_view key);

// "error", "REJECTED", "E": the outcome in a word.
bool says_failure(std::string_view word);

// A key for the number of an outcome: code, errno, retCode, resultCode, infocode, ErrorNumber, Num. Not "zip_code".
bool is_outcome_key(std::string_view key);

// {"success": false}: whether the call was taken.
bool is_flag_of_success(std::string_view key);

// Keys of what a service tells people. A title or a name may be that of anything.
bool is_message_key(std::string_view key);

// When it was said, and to which request: beside a message, nothing further.
bool only_dates_or_numbers(std::string_view key);

}  // namespace authprobe::diagnosis
