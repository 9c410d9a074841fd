// Errors and warnings about the files, with their places: collected, so that all are reported at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace authprobe::config {

// A place in a file; line and column count from 1. All positions compare equal: the place of a value is not part of its
// meaning.
struct Position {
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  bool operator==(const Position&) const { return true; }
};

// "file:line:col", the form of places in findings.
std::string to_string(const Position& position);

struct Finding {
  enum class Severity { error, warning };
  Severity severity = Severity::error;
  Position position;
  std::string key;         // dotted path: targets.billing-me.expect.status
  std::string rule;        // what is wrong and what is allowed; never a secret's value
  std::string hint;        // what to do; may be empty
  std::string item = {};   // of the checklist (config/checklist.h), by which it is switched off; empty: none
  std::string other = {};  // the file that has the same name already, where that is wrong; empty: another fault
};

// "file:line:col: key: rule (hint)", with "warning: " before the key of a warning.
std::string to_string(const Finding& finding);

std::size_t count_errors(const std::vector<Finding>& findings);  // the others are warnings

class Findings {
 public:
  void error(Position position, std::string key, std::string rule, std::string hint = "");
  void warning(Position position, std::string key, std::string rule, std::string hint = "");

  // A name is taken by what stands at `first`.
  void taken(Position position, std::string key, const Position& first);

  // A question of the checklist.
  void question(std::string_view item, Position position, std::string key, std::string rule, std::string hint);

  void add(Finding finding) { findings_.push_back(std::move(finding)); }
  std::size_t size() const { return findings_.size(); }

  // All of them in order of file, line and column.
  std::vector<Finding> sorted() const;

 private:
  std::vector<Finding> findings_;
};

// A hint, `did you mean "status"?`, with the name of `names` that differs least from `written`; empty if none is
// similar enough.
std::string did_you_mean(std::string_view written, const std::vector<std::string_view>& names);

}  // namespace authprobe::config
