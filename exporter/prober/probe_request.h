// The request that probes a target.
#pragma once

#include <chrono>

#include "exporter/config/config.h"
#include "exporter/credential/credential.h"
#include "exporter/http/request.h"

namespace authprobe::prober {

// Without a credential, and with the target's own timeout.
http::Request probe_request(const config::Target& target);

// `credential` may be null; it must have something to send otherwise.
http::Request probe_request(const config::Target& target, const credential::Credential* credential,
                            std::chrono::milliseconds timeout);

}  // namespace authprobe::prober
