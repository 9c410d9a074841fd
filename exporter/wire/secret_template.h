// Texts with places for secrets: ${name}.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "exporter/wire/secret.h"

namespace authprobe::wire {

using AppendEscaped = void (*)(Secret& out, std::string_view text);

// For headers, and for bodies without a form of their own.
void append_as_it_is(Secret& out, std::string_view text);

// `text` with each ${name} that `value_of` knows replaced; any other stays.
Secret filled(std::string_view text, const std::function<std::optional<std::string_view>(std::string_view)>& value_of,
              AppendEscaped append_escaped);

}  // namespace authprobe::wire
