// Reads where a secret comes from.
#pragma once

#include <span>
#include <string_view>

#include "exporter/config/field.h"

namespace authprobe::config {

std::span<const Key<SecretSource>> secret_keys();

// { file }, { env } or { value }; the last is warned about. `may_be_empty`: the value, where it stands in the file.
void read_secret(const Field& field, SecretSource& into, bool may_be_empty = false);

// The same for what need not be secret, such as the name of a user: a string will do.
void read_text_or_secret(const Field& field, SecretSource& into);

}  // namespace authprobe::config
