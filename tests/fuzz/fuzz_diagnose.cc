// libFuzzer target: an answer with two bytes of status and credential kind, a header up to the first NUL, and the body.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "exporter/diagnosis/diagnosis.h"
#include "exporter/diagnosis/evidence.h"
#include "exporter/diagnosis/ruleset.h"

using namespace authprobe::diagnosis;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  static constexpr int kStatuses[] = {200, 302, 400, 401, 403, 404, 407, 429, 500, 503};
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::size_t cut = std::min(text.find('\0'), text.size());
  const std::vector<Header> headers = {{"WWW-Authenticate", std::string(text.substr(0, cut))},
                                       {"Location", std::string(text.substr(0, cut))}};
  Input input;
  input.status = kStatuses[data[0] % 10];
  input.sent = static_cast<SentCredential>(data[1] % authprobe::wire::kSentCredentialCount);
  input.headers = headers;
  input.body = cut == text.size() ? std::string_view{} : text.substr(cut + 1);
  (void)may_hide_refusal(input.status, input.headers, input.body);
  static const auto kRules = built_in_ruleset();
  const Diagnosis diagnosis = diagnose(input, *kRules);
  if (diagnosis.evidence.size() > kMostEvidence) std::abort();
  for (const std::string& line : diagnosis.evidence) {
    if (line.size() > 2 * kMostQuote + 100) std::abort();
  }
  return 0;
}
