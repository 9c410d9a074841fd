// Many regular expressions matched in one pass (RE2::Set): linear in the text whatever the patterns and the text are.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace authprobe::diagnosis {

class PatternSet {
 public:
  PatternSet();
  ~PatternSet();
  PatternSet(PatternSet&&) noexcept;
  PatternSet& operator=(PatternSet&&) noexcept;

  // The pattern's index, counting from 0; -1 with `error` set where RE2 refuses it. Case does not matter in matching.
  int add(std::string_view pattern, std::string& error);

  // Must be called once, after the last add().
  void compile();

  // Indexes of the patterns found anywhere in `text`, in no order. Safe from several threads at once.
  void match(std::string_view text, std::vector<int>& found) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace authprobe::diagnosis
