// Reads one table of `credentials`.
#pragma once

#include <span>
#include <string_view>

#include "exporter/config/field.h"

namespace authprobe::config {

std::span<const Key<Credential>> credential_keys();

// `into` holds the name, and the defaults' connection.
void read_credential(const Field& field, Credential& into);

}  // namespace authprobe::config
