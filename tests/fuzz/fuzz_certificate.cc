// libFuzzer target: any bytes as a client's certificate, PEM or PKCS#12. The first line is the password.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "exporter/credential/certificate.h"
#include "exporter/http/client_identity.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace authprobe;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string_view password = text.substr(0, text.find('\n'));
  const std::string_view file = text.substr(std::min(text.size(), password.size() + 1));
  (void)credential::read_certificates(file, password);
  const auto read = http::ClientIdentity::read(file, "", password);
  if ((read.identity == nullptr) == read.problem.empty()) std::abort();
  return 0;
}
