#include "exporter/credential/secret_shape.h"

#include <array>
#include <cstdio>

#include "exporter/wire/invisible.h"

namespace authprobe::credential {
namespace {

// The first one that is found, and where it is; empty: there is none.
std::string invisible_character(std::string_view secret) {
  for (std::size_t at = 0; at < secret.size(); ++at) {
    const auto invisible = wire::invisible_at_start(secret.substr(at));
    if (!invisible) continue;
    const bool ends = at + invisible->size == secret.size();
    std::array<char, 8> number{};
    std::snprintf(number.data(), number.size(), "%04X", static_cast<unsigned>(invisible->point));
    return std::string(at == 0 ? "begins with"
                       : ends  ? "ends with"
                               : "contains") +
           " an invisible character: U+" + number.data() + ", " + std::string(invisible->name);
  }
  return {};
}

}  // namespace

std::string problem_of_shape(const config::KindTraits& kind, std::string_view secret) {
  if (kind.problem_of_shape != nullptr) {
    if (const std::string_view problem = kind.problem_of_shape(secret); !problem.empty()) return std::string(problem);
  }
  if (secret.starts_with('"') || secret.starts_with('\'')) return "begins with a quotation mark";
  if (kind.is_one_word && secret.find(' ') != std::string_view::npos) return "has a space inside or at its end";
  return invisible_character(secret);
}

}  // namespace authprobe::credential
