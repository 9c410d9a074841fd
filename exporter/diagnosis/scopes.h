// The scopes that an answer asks for, and which of them the token lacks.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/diagnosis/diagnosis.h"

namespace authprobe::diagnosis {

// `scope` of a challenge (RFC 6750, section 3): names with spaces in between, all of which the call needs. At most 16.
std::vector<std::string> challenged_scopes(std::string_view scope);

// Beside what the token was granted: ": the token lacks invoices:write, it has invoices:read". Empty where nobody knows
// what it was granted.
std::string comparison_of(const std::vector<std::string>& wanted, const CredentialFacts& known);

}  // namespace authprobe::diagnosis
