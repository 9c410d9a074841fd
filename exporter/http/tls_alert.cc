#include "exporter/http/tls_alert.h"

#include <algorithm>
#include <iterator>
#include <string_view>

namespace authprobe::http {
namespace {

using Shared = std::shared_ptr<CertificateDialogue>;

// The index at which an SSL_CTX stores its record.
int share_index() {
  const auto free_share = [](void*, void* share, CRYPTO_EX_DATA*, int, long, void*) {
    delete static_cast<Shared*>(share);
  };
  static const int kIndex = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, free_share);
  return kIndex;
}

struct AlertName {
  int alert;
  std::string_view name;  // RFC 8446, section 6
};

// RFC 8446, section 6.2.
constexpr AlertName kAlertNames[] = {
    {SSL_AD_HANDSHAKE_FAILURE, "handshake_failure"},
    {SSL_AD_BAD_CERTIFICATE, "bad_certificate"},
    {SSL_AD_UNSUPPORTED_CERTIFICATE, "unsupported_certificate"},
    {SSL_AD_CERTIFICATE_REVOKED, "certificate_revoked"},
    {SSL_AD_CERTIFICATE_EXPIRED, "certificate_expired"},
    {SSL_AD_CERTIFICATE_UNKNOWN, "certificate_unknown"},
    {SSL_AD_UNKNOWN_CA, "unknown_ca"},
    {SSL_AD_ACCESS_DENIED, "access_denied"},
    {SSL_AD_CERTIFICATE_REQUIRED, "certificate_required"},
};

// Empty if the alert is never about a certificate.
std::string_view name_of(int alert) {
  const auto* const found = std::ranges::find(kAlertNames, alert, &AlertName::alert);
  return found != std::end(kAlertNames) ? found->name : std::string_view();
}

}  // namespace

std::shared_ptr<const CertificateDialogue> CertificateDialogue::watch(SSL_CTX* context) {
  auto dialogue = std::make_shared<CertificateDialogue>();
  auto share = std::make_unique<Shared>(dialogue);
  if (SSL_CTX_set_ex_data(context, share_index(), share.get()) != 1) return dialogue;
  (void)share.release();  // the context owns it now
  SSL_CTX_set_info_callback(context, &on_info);
  SSL_CTX_set_cert_cb(context, &on_request, dialogue.get());
  return dialogue;
}

void CertificateDialogue::on_info(const SSL* ssl, int where, int what) {
  const int alert = what & 0xff;  // the byte above is the level, which TLS 1.3 ignores
  if ((where & SSL_CB_READ_ALERT) != SSL_CB_READ_ALERT || name_of(alert).empty()) return;
  const auto* share = static_cast<const Shared*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), share_index()));
  if (share != nullptr) (*share)->alert_ = alert;
}

// The server requests a certificate.
int CertificateDialogue::on_request(SSL* ssl, void* dialogue) {
  auto& self = *static_cast<CertificateDialogue*>(dialogue);
  self.requested_ = true;
  self.shown_ = SSL_get_certificate(ssl) != nullptr;
  return 1;
}

// A server that has not requested a certificate does not complain about ours: something in between sends such alerts to
// any handshake. TLS 1.2 has only handshake_failure for a missing certificate (RFC 5246, section 7.4.6).
std::optional<CertificateRefusal> CertificateDialogue::refusal() const {
  if (alert_ < 0 || !requested_) return std::nullopt;
  return CertificateRefusal{static_cast<std::uint8_t>(alert_), shown_};
}

std::string describe(const CertificateRefusal& refusal) {
  const std::string whose = refusal.shown ? "our client certificate" : "the connection without a client certificate";
  return "the server refused " + whose + ": " + std::string(name_of(refusal.alert));
}

}  // namespace authprobe::http
