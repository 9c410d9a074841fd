#include "exporter/web/messages.h"

#include <microhttpd.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>

#include "exporter/wire/encoding.h"
#include "exporter/wire/owned.h"
#include "exporter/wire/text.h"
#include "exporter/wire/url.h"

namespace authprobe::web {
namespace {

using ResponsePtr = wire::Owned<MHD_Response, MHD_destroy_response>;

// "http://host/path" (RFC 9112 3.2.2: every server must accept it) as "/path".
std::string without_authority(std::string_view target) {
  const auto url = target.starts_with('/') ? std::nullopt : wire::Url::parse(std::string(target));
  if (!url) return std::string(target);
  return url->path().empty() ? "/" : std::string(url->path());
}

std::string_view view(const char* text, std::size_t size) {
  return text == nullptr ? std::string_view{} : std::string_view(text, size);
}

MHD_Result add_header(void* pairs, MHD_ValueKind, const char* name, size_t name_size, const char* value,
                      size_t value_size) {
  static_cast<wire::Headers*>(pairs)->emplace_back(view(name, name_size), view(value, value_size));
  return MHD_YES;
}

MHD_Result add_parameter(void* pairs, MHD_ValueKind, const char* name, size_t name_size, const char* value,
                         size_t value_size) {
  static_cast<wire::Headers*>(pairs)->emplace_back(wire::percent_decoded(view(name, name_size)),
                                                   wire::percent_decoded(view(value, value_size)));
  return MHD_YES;
}

void release_body(void* body) {
  delete static_cast<wire::SharedBytes*>(body);
}

// Shares the body's bytes with the response: nothing is copied, even if many are sent at once.
ResponsePtr response_of(const wire::SharedBytes& body) {
  if (body == nullptr || body->empty()) {
    return ResponsePtr(MHD_create_response_from_buffer(0, nullptr, MHD_RESPMEM_PERSISTENT));
  }
  auto owner = std::make_unique<wire::SharedBytes>(body);
  void* const bytes = const_cast<char*>(body->data());  // the C signature is not const; nothing is written there
  MHD_Response* const made =
      MHD_create_response_from_buffer_with_free_callback_cls(body->size(), bytes, &release_body, owner.get());
  if (made != nullptr) (void)owner.release();  // release_body() owns it now
  return ResponsePtr(made);
}

// The headers of every answer, unless its handler sets them.
wire::Headers default_headers(const Response& response) {
  wire::Headers headers{
      {"Content-Type", response.content_type}, {"X-Content-Type-Options", "nosniff"}, {"Cache-Control", "no-store"}};
  if (response.content_type.starts_with("text/html")) {
    headers.emplace_back("Content-Security-Policy",
                         "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
                         "base-uri 'none'; form-action 'self'; frame-ancestors 'none'");
    // Under "no-referrer" the button of a page would be sent with "Origin: null".
    headers.emplace_back("Referrer-Policy", "same-origin");
  }
  return headers;
}

}  // namespace

Request read_request(MHD_Connection* connection, const char* method, const char* target) {
  Request request;
  request.method = method;
  request.path = wire::percent_decoded(without_authority(target));
  MHD_get_connection_values_n(connection, MHD_GET_ARGUMENT_KIND, &add_parameter, &request.query);
  MHD_get_connection_values_n(connection, MHD_HEADER_KIND, &add_header, &request.headers);
  return request;
}

std::optional<std::string> fault_of_request(MHD_Connection* connection, std::string_view version) {
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return "the request line is not one of HTTP/1.1";
  wire::Headers headers;
  MHD_get_connection_values_n(connection, MHD_HEADER_KIND, &add_header, &headers);
  int hosts = 0;
  int lengths = 0;
  for (const auto& [name, value] : headers) {
    if (name.find_first_of(" \t") != std::string::npos) return "a header's name has a blank in it";
    hosts += wire::equal_ignoring_case(name, "Host") ? 1 : 0;
    lengths += wire::equal_ignoring_case(name, "Content-Length") ? 1 : 0;
    if (!wire::equal_ignoring_case(name, "Transfer-Encoding")) continue;
    if (!wire::equal_ignoring_case(value, "chunked")) return "the transfer coding is not known here";
    ++lengths;
  }
  if (hosts > 1) return "the request has more than one Host";
  if (lengths > 1) return "the request has more than one length";
  return std::nullopt;
}

unsigned long long declared_body_bytes(MHD_Connection* connection) {
  const char* const text = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
  return text == nullptr ? 0 : std::strtoull(text, nullptr, 10);
}

bool send_response(MHD_Connection* connection, const Response& response) {
  const ResponsePtr queued = response_of(response.body);
  if (queued == nullptr) return false;
  for (const auto& [name, value] : default_headers(response)) {
    if (wire::find_header(response.headers, name) == nullptr)
      MHD_add_response_header(queued.get(), name.c_str(), value.c_str());
  }
  for (const auto& [name, value] : response.headers) {
    MHD_add_response_header(queued.get(), name.c_str(), value.c_str());
  }
  return MHD_queue_response(connection, static_cast<unsigned>(response.status), queued.get()) == MHD_YES;
}

}  // namespace authprobe::web
