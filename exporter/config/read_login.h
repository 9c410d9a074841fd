// Reads the keys that only kind "login" has: a token from any request.
#pragma once

#include "exporter/config/field.h"

namespace authprobe::config {

void read_login_url(const Field& field, Credential& into);
void read_login_method(const Field& field, Credential& into);
void read_login_headers(const Field& field, Credential& into);
void read_login_body(const Field& field, Credential& into);
void read_login_secrets(const Field& field, Credential& into);
void read_json_pointer(const Field& field, Credential& into);
void read_cookie_name(const Field& field, Credential& into);
void read_token_header(const Field& field, Credential& into);
void read_send(const Field& field, Credential& into);
void read_expiry_pointer(const Field& field, Credential& into);
void read_max_age(const Field& field, Credential& into);

// Rules between its keys, and what follows from them for those that are not given. `field` is the credential.
void check_login(const Field& field, Credential& into);

}  // namespace authprobe::config
