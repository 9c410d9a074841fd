#include "exporter/config/config.h"

#include <tuple>

#include "exporter/config/words.h"

namespace authprobe::config {
namespace {

template <typename T>
bool same(const std::shared_ptr<const T>& a, const std::shared_ptr<const T>& b) {
  return a == b || (a && b && *a == *b);
}

// The structured bindings name every member, so that a new one does not compile until it is compared here.
auto compared(const Credential& credential) {
  const auto& [name, kind, secret, username, header, query, owner, used_by, rotation, expires_at, never_expires,
               position] = credential;
  static_cast<void>(position);
  return std::tie(name, kind, secret, username, header, query, owner, used_by, rotation, expires_at, never_expires);
}

auto compared(const Target& target) {
  const auto& [name, url, method, headers, body, user_agent, credential, control_url, controls, interval, connection,
               expect, maintenance, labels, position] = target;
  static_cast<void>(connection), static_cast<void>(expect), static_cast<void>(position);
  return std::tie(name, url, method, headers, body, user_agent, credential, control_url, controls, interval,
                  maintenance, labels);
}

}  // namespace

std::string_view to_string(CredentialKind kind) {
  return word_for(kCredentialKinds, kind);
}

bool Credential::operator==(const Credential& other) const {
  return compared(*this) == compared(other);
}

bool Target::operator==(const Target& other) const {
  return compared(*this) == compared(other) && same(connection, other.connection) && same(expect, other.expect);
}

}  // namespace authprobe::config
