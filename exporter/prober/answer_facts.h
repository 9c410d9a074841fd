// What the answer to a probe on demand says beside its record: the facts of which the blackbox exporter makes metrics.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "exporter/config/config.h"
#include "exporter/http/response.h"

namespace authprobe::prober {

struct AnswerFacts {
  std::string http_version = {};                     // "1.1", "2"; empty: no HTTP answer
  bool tls = false;                                  // of the last request, after redirects
  std::size_t redirects = 0;                         // that were followed
  std::optional<std::uint64_t> content_length = {};  // as the server declares it; none: it does not
  std::uint64_t body_bytes = 0;                      // decompressed
  std::string address = {};                          // of the server; empty: none was reached
  std::string tls_version = {};                      // "TLS 1.3"; empty: no handshake. Likewise:
  std::string tls_cipher = {};                       // "TLS_AES_256_GCM_SHA384"
  bool failed_check = false;                         // the answer came, and a check of its headers or body failed
};

AnswerFacts facts_of(const http::Response& response, const config::Target& target, bool failed_check);

}  // namespace authprobe::prober
