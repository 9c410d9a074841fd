#include "exporter/prober/secrecy.h"

namespace authprobe::prober {

void hide_secrets(const credential::Credential& credential, http::Response& response) {
  const bool success = response.status >= 200 && response.status < 400;
  if (success && !diagnosis::may_hide_refusal(response.status, response.headers, response.body)) return;
  for (auto& [name, value] : response.headers) {
    credential.echo_mask().hide_in(name);
    credential.echo_mask().hide_in(value);
  }
  credential.echo_mask().hide_in(response.body);
}

}  // namespace authprobe::prober
