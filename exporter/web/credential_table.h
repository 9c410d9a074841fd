// The credentials on the landing page.
#pragma once

#include <string>
#include <vector>

#include "exporter/web/status.h"

namespace authprobe::web {

// Empty where there is none. The ones that need somebody come first; its size is bounded.
std::string credential_table(const std::vector<CredentialRow>& credentials, WallTime now);

// How a credential's end is said: "in 12 d", "ended 3 h ago", "never", "slides", "not known".
std::string expiry_words(const prober::CredentialStatus& status, WallTime now);

}  // namespace authprobe::web
