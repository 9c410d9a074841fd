// The regular expressions of a configuration: compiled while it is loaded, so that the prober only uses them.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace re2 {
class RE2;
}

namespace authprobe::config {

// Two patterns are equal if their texts are. Copies share what was compiled.
class Pattern {
 public:
  // RE2's own default, 8 MiB, is much for each pattern of ten thousand targets; half of this is room for ten thousand
  // steps, far more than anybody writes.
  static constexpr std::int64_t kMemory = 1 << 20;

  Pattern() = default;  // no pattern: it is in every text
  explicit Pattern(std::string text, std::int64_t memory = kMemory);

  const std::string& text() const { return text_; }
  bool empty() const { return text_.empty(); }

  // What is wrong with it; empty: nothing.
  std::string problem() const;

  // The steps of the compiled program. A search takes at most this, times the bytes of the text, times about 1 ns.
  std::size_t steps() const;

  bool is_in(std::string_view text) const;

  bool operator==(const Pattern& other) const { return text_ == other.text_; }
  std::strong_ordering operator<=>(const Pattern& other) const { return text_ <=> other.text_; }

 private:
  std::string text_;
  std::shared_ptr<const re2::RE2> compiled_;  // null: no pattern
};

// All patterns of a load, each distinct one compiled once: ten thousand targets often share a few.
class Patterns {
 public:
  const Pattern& get(const std::string& text, std::int64_t memory = Pattern::kMemory);

 private:
  std::map<std::pair<std::string, std::int64_t>, Pattern> known_;  // by text and memory
};

// The patterns of one scoped include, whose writers are not trusted: bounded before one is compiled.
class ScopedPatterns {
 public:
  static constexpr std::size_t kMost = 500;         // different ones
  static constexpr std::size_t kLongest = 1'000;    // bytes of one
  static constexpr std::size_t kMostSteps = 250;    // of all patterns of a target
  static constexpr std::int64_t kMemory = 1 << 16;  // of each

  // Why the pattern is not to be compiled; empty: it is, and counts.
  std::string admit(const std::string& text);

 private:
  std::set<std::string> admitted_;
};

}  // namespace authprobe::config
