#include "exporter/credential/proxy_passwords.h"

namespace authprobe::credential {

void ProxyPasswords::forget(Clock::time_point now) {
  constexpr std::chrono::hours kKept{1};
  std::erase_if(entries_, [&](const auto& entry) { return now - entry.second->used_at >= kKept; });
  for (auto& [source, entry] : entries_) entry->mask.forget_former(now);
}

void ProxyPasswords::add_to(http::Request& request, Clock::time_point now) {
  forget(now);
  const config::Connection& connection = *request.connection;
  if (connection.proxy_username.empty() || connection.proxy.empty()) return;
  auto& entry = entries_[connection.proxy_password];
  if (!entry) entry = std::make_unique<Entry>(connection.proxy_password);
  entry->used_at = now;
  const bool is_new = entry->reader.refresh();
  request.proxy_problem = entry->reader.problem();
  if (!request.proxy_problem.empty()) return;
  const wire::Secret& password = entry->reader.secret();
  if (is_new) {
    const wire::Secret both = wire::Secret::join({connection.proxy_username, ":", password.reveal()});
    entry->mask.set_secrets({password.reveal(), both.reveal()});
  }
  request.proxy_password = password.copy();
}

// A proxy's page may repeat what it got, and a bad proxy hands it on to the server.
void ProxyPasswords::hide(http::Response& response) const {
  if (!response.proxy_login) return;
  for (const auto& [source, entry] : entries_) {
    entry->mask.mask(response.error_detail);
    for (http::Redirect& redirect : response.redirects) entry->mask.mask(redirect.to);
    for (auto& [name, value] : response.headers) {
      entry->mask.mask(name);
      entry->mask.mask_shown(value);
    }
    entry->mask.mask(response.body);
    if (response.status >= 400) entry->mask.mask_shown(response.body);
  }
}

}  // namespace authprobe::credential
