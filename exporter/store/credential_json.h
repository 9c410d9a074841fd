// A credential's record in the state file.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "exporter/prober/credential_status.h"

namespace authprobe::store {

// No secret, and nothing made of one.
std::string credential_json(const prober::CredentialStatus& status);

// A status in which only the stored values are set, under that name. Nothing where the text is not such a record. `now`
// bounds how long a password may rest.
std::optional<prober::CredentialStatus> read_credential_json(std::string name, std::string_view text, WallTime now);

}  // namespace authprobe::store
