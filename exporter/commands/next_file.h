// `diagnose --next-file`: a new secret beside the present one, on the same target.
#pragma once

#include <iosfwd>
#include <string>

#include "exporter/config/config.h"
#include "exporter/prober/run_diagnose.h"

namespace authprobe::commands {

// Makes a credential like that of the only target, with the secret of `source`, and lets it follow under the name
// `shown`. False, said on `err`: the target has no credential, or one without a single secret.
bool add_next_secret(config::SecretSource source, const std::string& shown, config::Config& config, std::ostream& err);

// What the present credential's answer beside the next one's means.
std::string next_conclusion(const prober::DiagnoseReport& examination);

}  // namespace authprobe::commands
