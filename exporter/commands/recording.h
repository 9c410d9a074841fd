// A recorded response as a value, read from usual formats: `curl -i` or `curl -v` output, raw HTTP, JSON
// lines.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/diagnosis/diagnosis.h"

namespace authprobe::commands {

struct Recording {
  std::string id;  // unchanged JSON text; empty: none
  int status = 0;
  std::vector<diagnosis::Header> headers;
  std::string body;
  diagnosis::SentCredential sent = diagnosis::SentCredential::unknown;
  std::string posted_to;        // the URL or path that a body was sent to; empty: none, or it is not known
  std::optional<WallTime> now;  // when the answer arrived
  diagnosis::CredentialFacts credential;

  diagnosis::Input input() const;  // views of this value
};

// One JSON object: status, headers (object or pairs) or raw_headers (pairs), body, content_type, request.auth,
// request.method, request.url or request.path (a secret in it was sent), observed_at,
// credential.{expires_at,not_before,issued_at}. Unknown keys are ignored. None, with `error` set, for any other text.
std::optional<Recording> recording_from_json(std::string_view line, std::string& error);

// If there are several responses (100-continue, redirects, a proxy's CONNECT), the last one counts.
std::optional<Recording> recording_from_http(std::string_view text, std::string& error);

}  // namespace authprobe::commands
