// What authenticates one request: the secret in the form in which it is sent.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "exporter/credential/client_identity.h"

namespace authprobe::credential {

// What has to be worked out from the request itself, or in a dialogue with the server.
enum class Scheme : std::uint8_t {
  none,
  digest,  // RFC 7616: the password answers the server's challenge
  sigv4,   // AWS Signature Version 4: the key signs the request
};

// Held only as long as its transfer runs, and wiped after it by whoever sends it.
struct Authorization {
  std::vector<std::pair<std::string, std::string>> headers;  // name, value
  std::pair<std::string, std::string> query;                 // name, value (not yet percent-encoded); empty name: none
  Scheme scheme = Scheme::none;
  std::string username;                            // digest; sigv4: the access key's id
  std::string password;                            // digest; sigv4: the secret access key
  std::string scope;                               // sigv4: "aws:amz:REGION:SERVICE"
  std::shared_ptr<const ClientIdentity> identity;  // shown in the TLS handshake; null: none
};

}  // namespace authprobe::credential
