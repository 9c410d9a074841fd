// A user and a password in a header (RFC 7617).
#include "exporter/config/kinds/kind.h"
#include "exporter/wire/encoding.h"

namespace authprobe::config {
namespace {

constexpr KindRow<Basic> kRow = {
    .traits = {.word = "basic", .may_lock_account = true},
    .keys = kPasswordKeys<Basic>,
    .check =
        [](const Field& field, Basic&) {
          require(field, {"username", "password"});
        },
    .secret = &Basic::password,
    .username = &Basic::username,
    .token_url = nullptr,
    .sent_as = [](const Basic&) { return wire::SentCredential::basic; },
    .authorize =
        [](const Basic& kind, const SecretsInUse& secrets, wire::Authorization& to) {
          to.headers.emplace_back("Authorization", wire::basic_credentials(secrets.value_of(kind.username),
                                                                           secrets.value_of(kind.password)));
        },
    .hint = encoding_hint<Basic>,
};

}  // namespace

const KindRow<Basic>& Basic::row() {
  return kRow;
}

}  // namespace authprobe::config
