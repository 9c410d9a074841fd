#include "exporter/diagnosis/ruleset.h"

#include <utility>

#include "exporter/diagnosis/embedded.h"

namespace authprobe::diagnosis {

std::shared_ptr<const Ruleset> ruleset_with(Signatures signatures) {
  return std::make_shared<const Ruleset>(
      Ruleset{Wording(embedded_wording(), embedded_phrases()), std::move(signatures)});
}

std::shared_ptr<const Ruleset> built_in_ruleset() {
  Signatures signatures = built_in_signatures();
  signatures.compile();
  return ruleset_with(std::move(signatures));
}

}  // namespace authprobe::diagnosis
