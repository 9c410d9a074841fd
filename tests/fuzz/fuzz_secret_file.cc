// libFuzzer target: any bytes as a file that has a secret in it: a line, JSON, a dotenv or an INI file. The first line
// is its place: a JSON pointer, or "section name". What is wrong with the file is told without a part of it.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "exporter/credential/secret_place.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace authprobe;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string_view place = text.substr(0, text.find('\n'));
  const std::string_view file = text.substr(std::min(text.size(), place.size() + 1));
  config::SecretSource source{config::SecretSource::Kind::file, "/run/secret"};
  if (place.starts_with('/')) {
    source.json_pointer = place;
    // The configuration takes valid pointers only (RFC 6901).
    std::replace(source.json_pointer.begin(), source.json_pointer.end(), '~', '_');
  } else {
    const std::size_t cut = std::min(place.find(' '), place.size());
    source.section = place.substr(0, cut);
    source.variable = place.substr(std::min(cut + 1, place.size()));
  }
  const auto found = credential::secret_at(source, file);
  if (!found.problem.empty() && !found.text.empty()) std::abort();
  return 0;
}
