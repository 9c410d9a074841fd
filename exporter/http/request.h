// One HTTP request as a value, and what is to be sent with it to its own origin only.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/credential/authorization.h"
#include "exporter/http/parsed_url.h"

namespace authprobe::http {

using credential::Authorization;

struct Request {
  std::string method = "GET";
  std::string url;
  std::shared_ptr<const ParsedUrl> parsed_url;  // of this `url`, or null; one of another URL is not looked at
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string user_agent;
  // Sent to the URL's own origin only (scheme, host, port), never past a redirect to another.
  Authorization authorization;
  std::shared_ptr<const config::Connection> connection;  // never null
  std::chrono::milliseconds timeout{10'000};             // of the whole: name, connection, redirects, body
  // Owner of what the connection modes resume and reuse keep: the same key finds the same session or connection.
  // Empty: nothing is kept.
  std::string session_key;
};

}  // namespace authprobe::http
