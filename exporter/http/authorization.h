// What authenticates one request: the secret in the form in which it is sent.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "exporter/http/client_identity.h"
#include "exporter/wire/secret.h"

namespace authprobe::http {

// What has to be worked out from the request itself, or in a dialogue with the server.
enum class Scheme : std::uint8_t {
  none,
  digest,  // RFC 7616: the password answers the server's challenge
  sigv4,   // AWS Signature Version 4: the key signs the request
};

// Lives as long as its transfer, and wipes itself.
struct Authorization {
  std::vector<std::pair<std::string, wire::Secret>> headers;  // name, value
  std::pair<std::string, wire::Secret> query;                 // name, value (not percent-encoded); empty name: none
  Scheme scheme = Scheme::none;
  std::string username;                            // digest; sigv4: the access key's id
  wire::Secret password;                           // digest; sigv4: the secret access key
  std::string region;                              // sigv4: "eu-central-1"
  std::string service;                             // sigv4: "execute-api", "s3"
  std::shared_ptr<const ClientIdentity> identity;  // shown in the TLS handshake; null: none
};

}  // namespace authprobe::http
