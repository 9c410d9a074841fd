// The smallest successes that are none, in whatever words: {"s": "error", "m": "Your account is locked"}.
#pragma once

#include <cstddef>
#include <string_view>

#include "exporter/diagnosis/body_fields.h"

namespace authprobe::diagnosis {

inline constexpr std::size_t kTinyDocument = 256;  // bytes

// A few members, of which one says that something went wrong and one is a sentence or a code of several words. Such a
// document is a refusal only in words about the caller.
bool is_tiny_failure(const Body& body);

// Cheap, for successes: whether such a document may be in `text`.
bool may_be_tiny_failure(std::string_view text);

}  // namespace authprobe::diagnosis
