// Message digests, and keyed ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "exporter/wire/secret.h"

namespace authprobe::wire {

enum class DigestAlgorithm : std::uint8_t { md5, sha1, sha256, sha384, sha512 };

// The digest's bytes.
std::string digest(DigestAlgorithm algorithm, std::string_view text);

// HMAC (RFC 2104): its bytes.
Secret hmac(DigestAlgorithm algorithm, std::string_view key, std::string_view text);

// So many random bytes as hexadecimal digits.
std::string random_hex(std::size_t bytes);

}  // namespace authprobe::wire
