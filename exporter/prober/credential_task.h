// A background request for a credential: fetch its token, look up its expiry, or try its successor. A task is a state
// machine without a clock: it says when it is due, what to send, and takes the answer.
#pragma once

#include <memory>
#include <optional>

#include "exporter/diagnosis/diagnosis.h"
#include "exporter/http/request.h"
#include "exporter/http/response.h"
#include "exporter/prober/credential_status.h"
#include "exporter/prober/slot_clock.h"

namespace authprobe::prober {

class CredentialTask {
 public:
  virtual ~CredentialTask() = default;

  // When it is due next; SlotTime::max(): not until something else changes that. It is not asked while its request is
  // in progress.
  virtual SlotTime due() const = 0;

  // The request to send now; nullopt where there is nothing to send after all (due() must have moved on then).
  virtual std::optional<http::Request> next_request(SlotTime now) = 0;

  virtual void on_response(const http::Response& response, SlotTime now) = 0;

  // After a reload: the rules of diagnoses, for those that make some. Never null.
  virtual void set_rules(const std::shared_ptr<const diagnosis::Ruleset>& /*rules*/) {}

  // Before the first request: what an earlier process knew. Nothing to do for those that begin again.
  virtual void restore(const CredentialStatus& /*saved*/) {}

  // Fills in what it knows of its credential.
  virtual void fill_status(CredentialStatus& status) const = 0;
};

}  // namespace authprobe::prober
