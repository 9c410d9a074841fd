// The credentials on the landing page.
#pragma once

#include <string>
#include <vector>

#include "exporter/web/status.h"

namespace authprobe::web {

// Empty without credentials. Those that need attention come first; the size is bounded.
std::string credential_table(const std::vector<CredentialRow>& credentials, WallTime now);

// A credential's expiry in words: "in 12 d", "expired 3 h ago", "never", "slides", "not known".
std::string expiry_words(const prober::CredentialStatus& status, WallTime now);

}  // namespace authprobe::web
