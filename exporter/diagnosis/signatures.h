// Vendors' refusals as data: each signature says by which status, headers, fields and words of the body an answer is
// known, and what it means. All patterns are matched in one pass.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/diagnosis/body_fields.h"
#include "exporter/diagnosis/clue.h"
#include "exporter/diagnosis/pattern_set.h"
#include "exporter/diagnosis/rules.h"

namespace authprobe::diagnosis {

struct SignatureEntry;

class Signatures {
 public:
  // Adds the signatures of one TOML text; throws std::runtime_error that names the signature and the rule it breaks.
  void add(std::string_view toml);
  // The same for the [[signatures]] of the text of a provider's file.
  void add_of_provider(std::string_view provider, std::string_view toml);
  // Leaves out whatever `unwanted` says yes to.
  void leave_out(const std::function<bool(const Signature&)>& unwanted);
  // Must be called once, after the last add().
  void compile() { patterns_.compile(); }

  // `listed_only`: only signatures that list the status, for statuses that do not refuse by themselves.
  void read(int status, std::span<const Header> headers, const Body& body, std::string_view raw, Clues& clues,
            bool listed_only) const;

  const std::vector<Signature>& all() const { return signatures_; }

 private:
  void add(std::vector<SignatureEntry> entries);

  PatternSet patterns_;
  std::size_t pattern_count_ = 0;
  std::vector<Signature> signatures_;
};

// The built-in ones, to which more can be added; not compiled yet.
Signatures built_in_signatures();

}  // namespace authprobe::diagnosis
