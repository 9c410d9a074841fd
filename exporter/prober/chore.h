// A request that is no probe: it keeps a credential usable (a token fetched) or known (an expiry looked up). A chore is
// a state machine without a clock: it says when it wants to run, what to send, and takes in what came back.
#pragma once

#include <optional>

#include "exporter/http/request.h"
#include "exporter/http/response.h"
#include "exporter/prober/credential_status.h"
#include "exporter/prober/schedule.h"

namespace authprobe::prober {

class Chore {
 public:
  virtual ~Chore() = default;

  // When it wants to run next; Instant::max(): not until something else changes that. While a request of it is under
  // way it is not asked.
  virtual Instant due() const = 0;

  // The request to send now; nullopt where there is nothing to send after all (due() must have moved on then).
  virtual std::optional<http::Request> begin(Instant now) = 0;

  // What came of the request.
  virtual void take(const http::Response& response, Instant now) = 0;

  // Fills in what it knows of its credential.
  virtual void report(CredentialStatus& status) const = 0;
};

}  // namespace authprobe::prober
