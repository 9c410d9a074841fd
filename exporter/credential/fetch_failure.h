// Why a token could not be fetched: the `reason` label of authprobe_token_fetch_failures_total. A fixed list; nothing
// that a server says becomes a label.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace authprobe::credential {

enum class FetchFailure : std::uint8_t {
  none,
  // no HTTP answer
  dns,
  connect,
  tls,
  timeout,
  reset,
  protocol,
  too_large,
  transport,  // any other way not to get one
  // RFC 6749, section 5.2
  invalid_request,
  invalid_client,
  invalid_grant,
  unauthorized_client,
  unsupported_grant_type,
  invalid_scope,
  // another answer than a token
  http_401,
  http_403,
  http_429,
  http_4xx,
  http_5xx,
  http_other,     // a redirect, which is never followed with a secret, or no valid status
  bad_response,   // a success without a token in it
  login_refused,  // a success or redirect that says that the login failed
  secret,         // nothing was sent: the secret to ask with could not be had
  // a KDC's refusals (RFC 4120, section 7.5.9)
  principal_unknown,
  principal_disabled,  // or expired
  key_outdated,        // the keytab's key is not the principal's
  service_unknown,
  clock_skew,
  kdc_refused,  // for any other reason
};
inline constexpr std::size_t kFetchFailureCount = 30;  // `none` included
std::string_view to_string(FetchFailure failure);

}  // namespace authprobe::credential
