// Why the server of a token refuses it: the diagnosis that targets' refusals get, for the request that fetches a token.
// Pure.
#pragma once

#include <optional>

#include "exporter/credential/credential.h"
#include "exporter/credential/token.h"
#include "exporter/diagnosis/diagnosis.h"
#include "exporter/http/response.h"

namespace authprobe::prober {

// Nothing where the answer is a failure but no refusal. `response` is without our secrets: an answer, a TLS alert about
// the client certificate, or what a proxy answered in place of the server; `failed` is what was read of an answer.
std::optional<diagnosis::Diagnosis> fetch_refusal(const credential::Credential& credential,
                                                  const http::Response& response, const credential::TokenAnswer& failed,
                                                  const diagnosis::Ruleset& rules, std::optional<WallTime> last_good,
                                                  WallTime now);

}  // namespace authprobe::prober
