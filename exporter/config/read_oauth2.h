// Reads the keys that only kind "oauth2" has: how a token is fetched (RFC 6749, RFC 7523).
#pragma once

#include "exporter/config/field.h"

namespace authprobe::config {

void read_token_url(const Field& field, Credential& into);
void read_grant(const Field& field, Credential& into);
void read_auth_style(const Field& field, Credential& into);
// One scope or an array of them (RFC 6749, section 3.3).
void read_scope_list(const Field& field, std::vector<std::string>& into);
void read_scopes(const Field& field, Credential& into);
void read_params(const Field& field, Credential& into);

// Rules between its keys, and what follows from them for those that are not given. `field` is the credential.
void check_oauth2(const Field& field, Credential& into);

}  // namespace authprobe::config
