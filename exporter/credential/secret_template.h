// How a secret stands in the body of a request.
#pragma once

#include <string_view>

#include "exporter/wire/secret.h"

namespace authprobe::credential {

// In a body of this Content-Type: in a JSON string, in a form, or as it is.
wire::AppendEscaped escape_for(std::string_view content_type);

}  // namespace authprobe::credential
