#include "exporter/config/pattern.h"

#include <re2/re2.h>

namespace authprobe::config {

Pattern::Pattern(std::string text, std::int64_t memory) : text_(std::move(text)) {
  if (text_.empty()) return;
  re2::RE2::Options options(re2::RE2::Quiet);
  options.set_max_mem(memory);
  compiled_ = std::make_shared<const re2::RE2>(text_, options);
  if (compiled_->ok()) is_in("");  // the first search may compile a second program, for the other direction
}

std::string Pattern::problem() const {
  if (!compiled_ || compiled_->ok()) return "";
  // RE2 names the fault, and behind it quotes the faulty part of the pattern, which may contain anything.
  std::string fault = compiled_->error();
  const std::string faulty = ": " + compiled_->error_arg();
  if (fault.ends_with(faulty)) fault.erase(fault.size() - faulty.size());
  return fault;
}

std::size_t Pattern::steps() const {
  return compiled_ && compiled_->ok() ? static_cast<std::size_t>(compiled_->ProgramSize()) : 0;
}

bool Pattern::is_in(std::string_view text) const {
  return !compiled_ || re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *compiled_);
}

const Pattern& Patterns::get(const std::string& text, std::int64_t memory) {
  const auto [known, is_new] = known_.try_emplace({text, memory});
  if (is_new) known->second = Pattern(text, memory);
  return known->second;
}

std::string ScopedPatterns::admit(const std::string& text) {
  if (text.size() > kLongest) {
    return "is too long: a pattern of a scoped file has up to " + std::to_string(kLongest) + " bytes";
  }
  if (admitted_.contains(text)) return "";
  if (admitted_.size() >= kMost) {
    return "is one pattern too many: the files of a scoped include have up to " + std::to_string(kMost) + " together";
  }
  admitted_.insert(text);
  return "";
}

}  // namespace authprobe::config
