// A login in place of the answer.
#pragma once

#include <string_view>

#include "exporter/diagnosis/body_fields.h"

namespace authprobe::diagnosis {

// The body is a login: a page that asks for a user name or a password and says so, that sends the browser on to a login
// by itself, or a small JSON document that has nothing but a login's address. A page that merely links to a login is
// none. `requested` is as leads_to_login() takes it.
bool is_login(const Body& body, std::string_view requested = {});

// The cheap question before: the start of a body, without blanks before it, may be a login.
bool may_be_login(std::string_view body);

}  // namespace authprobe::diagnosis
