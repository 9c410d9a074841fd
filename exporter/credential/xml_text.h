// Reads one place of an XML document, named as in a JSON pointer. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace authprobe::credential {

// The text of the first element at `pointer` ("/response/sessionKey"), or the value of the attribute that its last word
// names. Names are compared without their namespace prefix. Nothing where there is no such place.
std::optional<std::string> xml_text(std::string_view document, std::string_view pointer);

}  // namespace authprobe::credential
