// What several parts of a provider's file consist of: what the user gives, and where facts come from.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/config/field.h"

namespace authprobe::config {

// Differs from user to user: the user gives it as a key of the credential. "{name}" stands for it in the file.
struct ProviderVariable {
  std::string name;
  std::string about;
  std::optional<std::string> usual;  // where the user gives none; nothing: he must
};

// How far a fact is to be trusted: nobody has compared it with a document; the address of the vendor's document is
// known; the document was read on the day that is given, and says so.
enum class FactMark { believed, sourced, verified };

// Where something in the file comes from.
struct ProviderFact {
  std::string about;  // one of kProviderFacts
  FactMark mark = FactMark::believed;
  std::string source;  // the document's address; empty: none was found
  std::string on;      // verified: the day, "2026-11-28"
};
// "https://...", "verified 2026-11-28: https://...", "believed" or "believed: https://...". Nothing for anything else.
std::optional<ProviderFact> read_fact(std::string_view text);
inline constexpr std::string_view kFactRule =
    "must be the address of a document (https://...), \"verified 2026-11-28: https://...\", \"believed\" or "
    "\"believed: https://...\"";

// A table of variables.
void read_variables(const Field& field, std::vector<ProviderVariable>& into);

}  // namespace authprobe::config
