// Masks our own secrets in what servers send back: some repeat the request in errors, headers and pages.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/credential/secret_traces.h"
#include "exporter/wire/secret.h"

namespace authprobe::credential {

class SecretMask {
 public:
  // Another value is in use. The one before it is still looked for: answers to it may be under way, or quoted on pages.
  void set_secrets(const std::vector<std::string_view>& values);
  // No longer once it was replaced an hour ago: an answer that repeats it comes soon, or never.
  void forget_former(std::chrono::steady_clock::time_point now);

  // Replaces each secret by asterisks, whether it stands there as it is, percent-encoded, as base64 or escaped as in
  // JSON. Costs a search for each form.
  void mask(std::string& text) const;

  // The gate before people: for each text that may repeat a server's words and is about to be logged, printed or
  // served. By then the text has been decoded, shortened and put together, so that no form of the wire is left.
  void mask_shown(std::string& text) const;

 private:
  std::vector<wire::Secret> forms_;     // longest first, so that no part of one is left over
  std::vector<wire::Secret> previous_;  // likewise
  SecretTraces traces_;
  SecretTraces previous_traces_;
  std::optional<std::chrono::steady_clock::time_point> replaced_at_;  // none: no former value is known
};

}  // namespace authprobe::credential
