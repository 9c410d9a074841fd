// A target's expectation: which statuses are expected, and what must be true of headers and body.
#pragma once

#include <memory>
#include <string>

#include "exporter/config/config.h"
#include "exporter/http/response.h"

namespace authprobe::prober {

class Checks {
 public:
  explicit Checks(std::shared_ptr<const config::Expectation> expectation);

  bool expects(int status) const;

  // The server is meant to refuse access: 401, 403 or 407 is expected, and nothing else than a 4xx, such as the 404 of
  // a server that hides what it has.
  bool expects_refusal() const { return expects_refusal_; }

  // Whoever shows no client certificate is to be refused in TLS.
  bool expects_certificate_refusal() const { return expectation_->certificate_required; }

  // The first check that `response` fails, in words; empty where all hold. Nothing of the body is repeated.
  std::string failure(const http::Response& response) const;

 private:
  std::shared_ptr<const config::Expectation> expectation_;
  bool expects_refusal_;
};

}  // namespace authprobe::prober
