#include "exporter/credential/login_progress.h"

#include <algorithm>
#include <string_view>
#include <variant>

namespace authprobe::credential {

bool has_step(const config::CredentialKind& kind, const LoginProgress& progress) {
  const auto* login = std::get_if<config::Login>(&kind);
  return login != nullptr && progress.step < login->steps.size();
}

wire::Url login_url(const config::Login& login, const LoginProgress& progress) {
  const auto taken = std::ranges::find(progress.taken, login.url_taken,
                                       [](const auto& value) { return std::string_view(value.first); });
  if (login.url_taken.empty() || taken == progress.taken.end()) return login.url;
  return wire::Url::parse(std::string(taken->second.reveal())).value_or(login.url);
}

}  // namespace authprobe::credential
