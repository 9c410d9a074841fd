// A session's cookie, as the browser would send it.
#include "exporter/config/kinds/kind.h"

namespace authprobe::config {
namespace {

constexpr Key<Cookie> kKeys[] = {
    {"cookie", secret<&Cookie::cookie>, "sent as `Cookie: ...`; the whole value, including `session=`"},
};

constexpr KindRow<Cookie> kRow = {
    .traits = {.word = "cookie",
               .bare_value = [](std::string_view secret) { return secret.substr(secret.find('=') + 1); }},
    .keys = kKeys,
    .check = [](const Field& field, Cookie&) { require(field, {"cookie"}); },
    .secret = &Cookie::cookie,
    .username = nullptr,
    .token_url = nullptr,
    .sent_as = [](const Cookie&) { return wire::SentCredential::cookie; },
    .authorize =
        [](const Cookie& kind, const SecretsInUse& secrets, wire::Authorization& to) {
          to.headers.emplace_back("Cookie", wire::Secret::join({secrets.value_of(kind.cookie)}));
        },
};

}  // namespace

const KindRow<Cookie>& Cookie::row() {
  return kRow;
}

}  // namespace authprobe::config
