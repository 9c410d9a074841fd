// The parts of a request that a signature may cover, as they are sent.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/wire/secret.h"

namespace authprobe::http {

struct SignableRequest {
  std::string_view method;
  std::string_view path;                                               // percent-encoded; empty means "/"
  std::string_view query;                                              // percent-encoded, without the question mark
  std::vector<std::pair<std::string_view, std::string_view>> headers;  // name, value; with Host
  std::string payload_hash;  // sigv4: lower-case hexadecimal, or UNSIGNED-PAYLOAD
  bool https = true;
};

using SignatureLines = std::vector<std::pair<std::string, wire::Secret>>;  // name, value

// What is added to a request so that it is signed.
struct Signature {
  SignatureLines headers;  // they replace lines of the same name
  SignatureLines query;    // in their order; not percent-encoded
};

}  // namespace authprobe::http
