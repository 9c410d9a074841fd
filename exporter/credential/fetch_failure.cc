#include "exporter/credential/fetch_failure.h"

#include <array>

namespace authprobe::credential {

std::string_view to_string(FetchFailure failure) {
  constexpr std::array<std::string_view, kFetchFailureCount> kWords{"none",
                                                                    "dns",
                                                                    "connect",
                                                                    "tls",
                                                                    "timeout",
                                                                    "reset",
                                                                    "protocol",
                                                                    "too_large",
                                                                    "transport",
                                                                    "invalid_request",
                                                                    "invalid_client",
                                                                    "invalid_grant",
                                                                    "unauthorized_client",
                                                                    "unsupported_grant_type",
                                                                    "invalid_scope",
                                                                    "http_401",
                                                                    "http_403",
                                                                    "http_429",
                                                                    "http_4xx",
                                                                    "http_5xx",
                                                                    "http_other",
                                                                    "bad_response",
                                                                    "login_refused",
                                                                    "secret",
                                                                    "principal_unknown",
                                                                    "principal_disabled",
                                                                    "key_outdated",
                                                                    "service_unknown",
                                                                    "clock_skew",
                                                                    "kdc_refused"};
  return kWords[static_cast<std::size_t>(failure)];
}

}  // namespace authprobe::credential
