// libFuzzer target: the challenge parser on any bytes.
#include <cstdint>
#include <cstdlib>

#include "exporter/diagnosis/challenge.h"
#include "exporter/diagnosis/kerberos_error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto challenges = authprobe::diagnosis::parse_challenges({reinterpret_cast<const char*>(data), size});
  if (challenges.size() > 16) std::abort();
  authprobe::diagnosis::Clues clues;
  for (const auto& challenge : challenges) authprobe::diagnosis::read_kerberos_error(challenge, clues);
  return 0;
}
