#include "exporter/diagnosis/scopes.h"

#include <algorithm>

#include "exporter/diagnosis/evidence.h"
#include "exporter/wire/text.h"

namespace authprobe::diagnosis {

std::vector<std::string> challenged_scopes(std::string_view scope) {
  constexpr std::size_t kMost = 16;
  std::vector<std::string> scopes;
  std::string_view rest = scope.substr(0, 1024);
  while (!rest.empty() && scopes.size() < kMost) {
    const std::string_view one = wire::take_part(rest, ' ');
    if (!one.empty()) scopes.emplace_back(one);
  }
  return scopes;
}

std::string comparison_of(const std::vector<std::string>& wanted, const CredentialFacts& known) {
  if (wanted.empty() || !known.granted_scopes) return {};
  std::vector<std::string> lacking;
  std::ranges::copy_if(wanted, std::back_inserter(lacking), [&](const std::string& scope) {
    return std::ranges::find(*known.granted_scopes, scope) == known.granted_scopes->end();
  });
  const std::string granted = known.granted_scopes->empty() ? "none" : redact(wire::joined(*known.granted_scopes, " "));
  if (lacking.empty()) return ": the token has " + (wanted.size() == 1 ? std::string("it") : std::string("them"));
  return ": the token lacks " + redact(wire::joined(lacking, " ")) + ", it has " + granted;
}

}  // namespace authprobe::diagnosis
