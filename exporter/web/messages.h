// Converts between requests and responses as values and libmicrohttpd's objects.
#pragma once

#include "exporter/web/http.h"

struct MHD_Connection;

namespace authprobe::web {

// `target` is the request target without its query, still percent-encoded.
Request read_request(MHD_Connection* connection, const char* method, const char* target);

// Why the request must be answered with 400 (RFC 9112: sections 2.3, 3.2, 5.1, 6.1 and 6.3); nothing: it need not be.
// `version` is the library's: empty where the request line has none.
std::optional<std::string> fault_of_request(MHD_Connection* connection, std::string_view version);

// The declared length of the request's body; 0 where none is declared.
unsigned long long declared_body_bytes(MHD_Connection* connection);

// Queues the response; false after a failure (then the connection must be closed).
bool send_response(MHD_Connection* connection, const Response& response);

}  // namespace authprobe::web
