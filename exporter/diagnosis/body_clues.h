// What the fields and the text of a body say of the cause.
#pragma once

#include "exporter/diagnosis/body_fields.h"
#include "exporter/diagnosis/clue.h"

namespace authprobe::diagnosis {

// For answers whose status refuses or fails: everything that can be read is.
void read_body(const Body& body, Clues& clues);

// For successes: true where the body is built like an error, and not merely content that speaks of one.
bool built_like_error(const Body& body);

// The fields of such a body that tell why.
void read_error_fields(const Body& body, Clues& clues);

// A page that asks for a password under a title that says so.
bool is_login_page(const Body& body);

// Where a redirect leads is a login.
bool leads_to_login(std::string_view location);

}  // namespace authprobe::diagnosis
