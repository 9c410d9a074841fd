#include "exporter/diagnosis/pattern_set.h"

#include <re2/re2.h>
#include <re2/set.h>

#include <stdexcept>

namespace authprobe::diagnosis {
namespace {

// Latin-1: bytes that are no UTF-8 must not end the match. Non-ASCII patterns match byte by byte, which is what UTF-8
// needs as long as they stand outside of character classes.
re2::RE2::Options options() {
  re2::RE2::Options result(re2::RE2::Latin1);
  result.set_case_sensitive(false);
  result.set_log_errors(false);
  result.set_max_mem(std::int64_t{64} << 20);  // of automaton states; less, and RE2 falls back to a slower search
  return result;
}

}  // namespace

class PatternSet::Impl {
 public:
  Impl() : set(options(), re2::RE2::UNANCHORED) {}
  re2::RE2::Set set;
  int size = 0;
  bool compiled = false;
};

PatternSet::PatternSet() : impl_(std::make_unique<Impl>()) {}
PatternSet::~PatternSet() = default;
PatternSet::PatternSet(PatternSet&&) noexcept = default;
PatternSet& PatternSet::operator=(PatternSet&&) noexcept = default;

int PatternSet::add(std::string_view pattern, std::string& error) {
  const int index = impl_->set.Add(re2::StringPiece(pattern.data(), pattern.size()), &error);
  if (index >= 0) impl_->size = index + 1;
  return index;
}

void PatternSet::compile() {
  impl_->compiled = impl_->set.Compile();
  if (!impl_->compiled) throw std::runtime_error("the patterns need more memory than is allowed for them");
}

void PatternSet::match(std::string_view text, std::vector<int>& found) const {
  found.clear();
  if (impl_->size > 0) impl_->set.Match(re2::StringPiece(text.data(), text.size()), &found);
}

}  // namespace authprobe::diagnosis
