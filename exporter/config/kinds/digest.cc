// A user and a password that answers the server's challenge (RFC 7616).
#include "exporter/config/kinds/kind.h"

namespace authprobe::config {
namespace {

void authorize(const Digest& kind, const SecretsInUse& secrets, wire::Authorization& to) {
  to.scheme = wire::Scheme::digest;
  to.username = secrets.value_of(kind.username);
  to.password = wire::Secret::join({secrets.value_of(kind.password)});
}

constexpr KindRow<Digest> kRow = {
    .traits = {.word = "digest", .may_lock_account = true},
    .keys = kPasswordKeys<Digest>,
    .check =
        [](const Field& field, Digest&) {
          require(field, {"username", "password"});
        },
    .secret = &Digest::password,
    .username = &Digest::username,
    .token_url = nullptr,
    .sent_as = [](const Digest&) { return wire::SentCredential::digest; },
    .authorize = authorize,
    .hint = encoding_hint<Digest>,
};

}  // namespace

const KindRow<Digest>& Digest::row() {
  return kRow;
}

}  // namespace authprobe::config
