// The values between the web server and its handlers: requests, responses and routes.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/wire/headers.h"
#include "exporter/wire/shared_bytes.h"

namespace authprobe::web {

struct Request {
  std::string method;   // "GET", "HEAD", "POST"
  std::string path;     // percent-decoded, without the query
  wire::Headers query;  // decoded names and values, in order
  wire::Headers headers;
  std::optional<std::string_view> parameter(std::string_view name) const;  // the first of that name
  std::optional<std::string_view> header(std::string_view name) const;     // names compare without case
};

struct Response {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  wire::Headers headers;
  wire::SharedBytes body;  // shared: several scrapers may get the same bytes
};

Response text_response(int status, std::string text);            // a line of text
Response page(std::string_view content_type, std::string text);  // status 200

// Answers one request, once, from any thread, now or later. Dropping it unanswered answers 503.
using Reply = std::function<void(Response)>;
using Handler = std::function<void(const Request&, Reply)>;

struct Route {
  std::string path;                  // exact; a path that ends in "/*" serves all paths below it
  std::vector<std::string> methods;  // "GET" implies HEAD
  Handler handler;  // called on a server thread, by several at once; must not block; an exception answers 500
};

}  // namespace authprobe::web
