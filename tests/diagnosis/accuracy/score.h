// How often a set of diagnoses was right, counted and printed.
#pragma once

#include <array>
#include <iosfwd>
#include <map>
#include <string>

#include "exporter/diagnosis/diagnosis.h"
#include "tests/diagnosis/accuracy/corpus.h"

namespace authprobe::accuracy {

// As the prober does: of a success only what may hide a refusal is diagnosed at all.
diagnosis::Diagnosis diagnosed(const Line& line, const diagnosis::Ruleset& rules);

struct Count {
  int lines = 0;
  int right = 0;
  void add(bool is_right);
};

class Score {
 public:
  // True where the diagnosis is right: it names a cause that the label allows or, of a healthy answer, no refusal.
  bool add(const Line& line, const diagnosis::Diagnosis& diagnosis);
  void print(std::ostream& out) const;

 private:
  void print_calibration(std::ostream& out) const;
  void print_confusion(std::ostream& out) const;

  Count refusals_;
  std::map<std::string, Count> by_cause_;                         // as labelled
  std::array<Count, diagnosis::kConfidenceCount> by_confidence_;  // of refusals
  std::map<std::string, Count> by_claim_;                         // "certain expired_token": what was said
  std::map<std::string, std::map<std::string, int>> confusion_;   // labelled -> named
  int healthy_ = 0;
  std::array<int, diagnosis::kConfidenceCount> false_refusals_{};  // healthy answers called a refusal
};

}  // namespace authprobe::accuracy
