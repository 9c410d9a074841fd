// Nothing but a certificate, which the TLS handshake shows.
#include "exporter/config/kinds/kind.h"

namespace authprobe::config {
namespace {

constexpr KindRow<ClientCertificate> kRow = {
    .traits = {.word = "client_certificate", .may_tell_expiry = true},
    .keys = {},
    .check = [](const Field& field, ClientCertificate&) { require(field, {"certificate"}); },
    .secret = nullptr,
    .username = nullptr,
    .token_url = nullptr,
    .sent_as = [](const ClientCertificate&) { return wire::SentCredential::client_certificate; },
    .authorize = [](const ClientCertificate&, const SecretsInUse&, wire::Authorization&) {},
};

}  // namespace

const KindRow<ClientCertificate>& ClientCertificate::row() {
  return kRow;
}

}  // namespace authprobe::config
