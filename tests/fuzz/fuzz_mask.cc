// libFuzzer target: any bytes as a server's words that may repeat a secret, in whatever encoding. As it is, a secret is
// never shown.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "exporter/credential/secret_mask.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace authprobe;
  static constexpr std::string_view kPassword = "gr\xC3\xBCne-\xC3\x84pfel-99";
  static const credential::SecretMask kMask = [] {
    credential::SecretMask mask;
    mask.set_secrets({"tok-7Hq2Zr9LmX4vB8n", kPassword});
    return mask;
  }();
  const std::string text(reinterpret_cast<const char*>(data), size);
  std::string shown = text.substr(0, size / 2) + std::string(kPassword) + text.substr(size / 2);
  kMask.mask_shown(shown);
  if (shown.find(kPassword) != std::string::npos) std::abort();
  std::string on_the_wire = text;
  kMask.mask(on_the_wire);
  return 0;
}
