#include "exporter/config/sites.h"

#include <libpsl.h>

#include <algorithm>
#include <cctype>
#include <memory>

#include "exporter/wire/url.h"

namespace authprobe::config {
namespace {

// The newest of the system's list and the one that is built into libpsl. It is read once: 0.2 MB.
const psl_ctx_t* suffixes() {
  static const std::unique_ptr<psl_ctx_t, void (*)(psl_ctx_t*)> list(psl_latest(nullptr), psl_free);
  return list.get();
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return lower;
}

}  // namespace

std::string site_of(std::string_view host) {
  const std::string name = lower_case(host);
  if (wire::is_ip_address(name) || suffixes() == nullptr) return name;
  const char* domain = psl_registrable_domain(suffixes(), name.c_str());
  return domain == nullptr ? name : domain;
}

bool is_public_suffix(std::string_view domain) {
  return suffixes() != nullptr && psl_is_public_suffix(suffixes(), lower_case(domain).c_str()) == 1;
}

}  // namespace authprobe::config
