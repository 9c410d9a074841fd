// Texts with places for secrets: ${name}.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "exporter/wire/secret.h"

namespace authprobe::credential {

using AppendEscaped = void (*)(wire::Secret& out, std::string_view text);

// For headers, and for bodies without a form of their own.
void append_as_it_is(wire::Secret& out, std::string_view text);

// How a secret stands in a body of this Content-Type: in a JSON string, in a form, or as it is.
AppendEscaped escape_for(std::string_view content_type);

// `text` with each ${name} that `value_of` knows replaced; any other stays.
wire::Secret filled(std::string_view text,
                    const std::function<std::optional<std::string_view>(std::string_view)>& value_of,
                    AppendEscaped append_escaped);

}  // namespace authprobe::credential
