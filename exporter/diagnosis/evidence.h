// What may be shown of a server's text: one line, short, and without anything that looks like a secret.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace authprobe::diagnosis {

inline constexpr std::size_t kMostQuote = 200;  // bytes of server text in one evidence line
inline constexpr std::size_t kMostEvidence = 8;

// `text` folded into one line, cut to `most` bytes, with tokens, keys, e-mail addresses and long numbers blanked out.
std::string redact(std::string_view text, std::size_t most = kMostQuote);

}  // namespace authprobe::diagnosis
