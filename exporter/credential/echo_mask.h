// Takes our own secrets out of what servers send back: some repeat in errors, headers and pages what they were sent.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exporter/wire/secret.h"

namespace authprobe::credential {

class EchoMask {
 public:
  // Another value is in use. The one before it is still looked for: answers to it may be under way.
  void take(std::vector<std::string_view> values);

  // Replaces each secret by asterisks, whether it stands there as it is, percent-encoded, as base64 or escaped as in
  // JSON. Costs a search for each form.
  void hide_in(std::string& text) const;

 private:
  std::vector<wire::Secret> forms_;     // longest first, so that no part of one is left over
  std::vector<wire::Secret> previous_;  // likewise
};

}  // namespace authprobe::credential
