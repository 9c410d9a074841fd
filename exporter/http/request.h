// One HTTP request as a value, and what is to be sent with it to its own origin only.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "exporter/config/config.h"
#include "exporter/http/client_identity.h"
#include "exporter/http/prepared_url.h"
#include "exporter/wire/authorization.h"
#include "exporter/wire/headers.h"
#include "exporter/wire/secret.h"

namespace authprobe::http {

using wire::Authorization;
using wire::Scheme;

struct Request {
  std::string method = "GET";
  std::shared_ptr<const PreparedUrl> url;  // never null
  wire::Headers headers;
  wire::Secret body;  // a login's has the password inside
  std::string user_agent;
  // Both are shown to the URL's own origin only (scheme, host, port), never past a redirect to another.
  Authorization authorization;
  std::shared_ptr<const ClientIdentity> identity;        // in the TLS handshake; null: none
  std::shared_ptr<const config::Connection> connection;  // never null
  std::chrono::milliseconds timeout{10'000};             // of the whole: name, connection, redirects, body
  // Owner of what the connection modes resume and reuse keep: the same key finds the same session or connection.
  // Empty: nothing is kept.
  std::string session_key;
};

}  // namespace authprobe::http
