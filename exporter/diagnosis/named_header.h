// Request headers that a text names.
#pragma once

#include <string_view>

namespace authprobe::diagnosis {

// True where `phrase`, in lower case, names a header and every one that it names carries no credential: "missing
// required header: idempotency-key". What is missing then is a part of the request, and not its credential.
bool names_only_plain_headers(std::string_view phrase);

}  // namespace authprobe::diagnosis
