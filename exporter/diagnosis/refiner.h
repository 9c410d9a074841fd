// One diagnosis that is refined by what was learned beside the answer. What is `certain` keeps its cause: then a fact
// adds to the evidence only.
#pragma once

#include <string>
#include <utility>

#include "exporter/diagnosis/diagnosis.h"
#include "exporter/diagnosis/evidence.h"

namespace authprobe::diagnosis {

class Refiner {
 public:
  Refiner(const Input& input, Diagnosis& diagnosis)
      : input_(input), diagnosis_(diagnosis), fixed_(diagnosis.confidence == Confidence::certain) {}

  void note(std::string fact) {
    if (diagnosis_.evidence.size() < kMostEvidence + kMostNotes) diagnosis_.evidence.push_back(std::move(fact));
  }

  // Something else explains as much: what is concluded from now on is a guess.
  void doubt() { doubtful_ = true; }

  void conclude(Cause cause, Confidence confidence) {
    if (fixed_) return;
    if (doubtful_) confidence = Confidence::guess;
    if (cause == diagnosis_.cause && confidence > diagnosis_.confidence) return;  // already known better
    diagnosis_.cause = cause;
    diagnosis_.confidence = confidence;
  }

  // The time of a fact that was older than a minute when the refusal came; empty: it is fresh.
  std::string when(const std::optional<WallTime>& asked) const {
    constexpr std::chrono::minutes kFresh{1};
    if (!asked || !input_.now || *input_.now - *asked < kFresh) return {};
    return " (asked at " + wire::rfc3339(*asked) + ')';
  }

  // A server failed, and nothing in its answer says that it was about who asks. Nobody has judged the credential then.
  bool unexplained_failure() const { return input_.status >= 500 && cause() == Cause::unknown; }

  const Input& input() const { return input_; }
  bool is_fixed() const { return fixed_; }  // the answer alone was certain: the cause stays
  Cause cause() const { return diagnosis_.cause; }
  Confidence confidence() const { return diagnosis_.confidence; }

  // The cause says no more than that the credential is not, or no longer, good.
  bool about_validity() const {
    switch (cause()) {
      case Cause::unknown:
      case Cause::invalid_credentials:
      case Cause::expired_token:
      case Cause::revoked_token: return true;
      default: return false;
    }
  }

  // Nothing yet tells more than that the credential was not taken.
  bool vague() const {
    return cause() == Cause::unknown || cause() == Cause::invalid_credentials ||
           (about_validity() && confidence() == Confidence::guess);
  }

 private:
  static constexpr std::size_t kMostNotes = 12;

  const Input& input_;
  Diagnosis& diagnosis_;
  const bool fixed_;
  bool doubtful_ = false;
};

}  // namespace authprobe::diagnosis
