#include "exporter/store/identity.h"

#include <string_view>
#include <unordered_map>

#include "exporter/config/keys.h"
#include "exporter/config/stable_hash.h"

namespace authprobe::store {
namespace {

// 128 bits: no two configurations of one name meet by chance.
std::string hash_text(const std::string& text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string digits;
  for (const std::uint64_t seed : {1u, 2u}) {
    const std::uint64_t hash = config::stable_hash(text, seed);
    for (int shift = 60; shift >= 0; shift -= 4) digits.push_back(kDigits[(hash >> shift) & 15]);
  }
  return digits;
}

}  // namespace

Identities identities_of(const config::Config& config) {
  Identities identities;
  std::unordered_map<std::string_view, std::string_view> of_credential;
  identities.credentials.reserve(config.credentials.size());
  for (const config::Credential& credential : config.credentials) {
    std::string text;
    config::show_credential(credential, config::TomlWriter(text));
    identities.credentials.push_back(hash_text(text));
    of_credential.emplace(credential.name, identities.credentials.back());
  }
  identities.targets.reserve(config.targets.size());
  for (const config::Target& target : config.targets) {
    std::string text;
    config::show_target(target, config::TomlWriter(text));
    if (const auto found = of_credential.find(target.credential); found != of_credential.end()) text += found->second;
    identities.targets.push_back(hash_text(text));
  }
  return identities;
}

}  // namespace authprobe::store
