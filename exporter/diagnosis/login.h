// A login in place of the answer.
#pragma once

#include <string_view>

#include "exporter/diagnosis/body_fields.h"

namespace authprobe::diagnosis {

// A page that is a login: it asks for a password under a title that says so, or sends the browser on to a login by
// itself.
bool is_login_page(const Body& body);

// Where a redirect leads is a login.
bool leads_to_login(std::string_view location);

}  // namespace authprobe::diagnosis
