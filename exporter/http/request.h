// One HTTP request as a value, with the parts that are sent only to its own origin.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "exporter/config/config.h"
#include "exporter/http/client_identity.h"
#include "exporter/http/prepared_url.h"
#include "exporter/http/response.h"
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
  wire::Secret body;  // the body of a login contains the password
  std::string user_agent;
  // Both are shown to the URL's own origin only (scheme, host, port), never past a redirect to another.
  Authorization authorization;
  std::shared_ptr<const ClientIdentity> identity;        // in the TLS handshake; null: none
  std::shared_ptr<const config::Connection> connection;  // never null
  std::chrono::milliseconds timeout{10'000};             // of the whole request: name, connection, redirects, body
  // Of the connection's proxy_username, for the proxy alone.
  wire::Secret proxy_password;
  std::string proxy_problem;          // why there is none: nothing is sent through the proxy; empty: all is well
  std::size_t keep_body = kBodyKept;  // bytes of the answer's body
  // No HTTP: `body` is one message over TCP, after four bytes with its length, and so is the answer's (RFC 4120,
  // section 7.2.2). The URL has the server's host and port; of the connection only `resolve` and `ip_version` count.
  bool is_message = false;
  // The key of the sessions and connections that modes resume and reuse keep: the same key finds the same one. Empty:
  // nothing is kept.
  std::string session_key;
};

}  // namespace authprobe::http
