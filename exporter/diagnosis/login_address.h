// Addresses of logins: where a redirect, a refresh or a form leads.
#pragma once

#include <string_view>

namespace authprobe::diagnosis {

// An absolute URL, or a path of this host.
bool is_address(std::string_view value);

// Where this leads is a login: by its host (an identity provider's), its path, its query (a request for SAML or OpenID
// Connect, or one that says where to return afterwards), or its fragment. Takes absolute URLs and relative references.
// What the `requested` URL has of that itself tells nothing: from "http://api/oidc/users" to "https://api/oidc/users/"
// nobody is sent to a login. Empty: it is not known.
bool leads_to_login(std::string_view location, std::string_view requested = {});

// What is posted there has a credential in it: a login, or an endpoint that hands out tokens.
bool takes_credentials(std::string_view url);

// Where an answer to a request to log in leads asks for another login, at another host. What another host is handed a
// result of this one with, a code or a ticket, is none.
bool leads_to_another_login(std::string_view location, std::string_view login);

}  // namespace authprobe::diagnosis
