// The request that probes a target.
#pragma once

#include <chrono>

#include "exporter/config/config.h"
#include "exporter/credential/credential.h"
#include "exporter/http/prepared_url.h"
#include "exporter/http/request.h"

namespace authprobe::prober {

// `url` is the target's own. Without a credential, and with the target's own timeout.
http::Request probe_request(const config::Target& target, std::shared_ptr<const http::PreparedUrl> url);

// `credential` may be null; it must have something to send otherwise.
http::Request probe_request(const config::Target& target, std::shared_ptr<const http::PreparedUrl> url,
                            const credential::Credential* credential, std::chrono::milliseconds timeout);

}  // namespace authprobe::prober
