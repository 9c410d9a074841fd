// Reads single values of an HTML page: of its forms and its <meta>s. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace authprobe::credential {

// The value of the first <input> of this name.
std::optional<std::string> input_value(std::string_view page, std::string_view name);

// The content of the first <meta> of this name.
std::optional<std::string> meta_content(std::string_view page, std::string_view name);

// The action of the first <form> with this id or name; with an empty one, of the first <form>. Empty where the form has
// no action.
std::optional<std::string> form_action(std::string_view page, std::string_view id_or_name);

}  // namespace authprobe::credential
