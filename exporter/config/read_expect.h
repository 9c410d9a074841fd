// Reads `expect`: what a target's answer should look like.
#pragma once

#include <span>

#include "exporter/config/field.h"

namespace authprobe::config {

std::span<const Key<Expectation>> expect_keys();
std::span<const Key<HeaderCheck>> header_check_keys();
std::span<const Key<JsonCheck>> json_check_keys();

// Overwrites the parts of `into` that the table has.
void read_expect(const Field& field, Expectation& into);

}  // namespace authprobe::config
