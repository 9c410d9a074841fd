// A secret in the path of the URL, such as the token of a Telegram bot (https://core.telegram.org/bots/api).
#include "exporter/config/kinds/kind.h"

namespace authprobe::config {
namespace {

constexpr Key<UrlPath> kKeys[] = {
    {"key", secret<&UrlPath::key>, "the secret in place of `{key}` in the path of the targets' `url`"},
};

constexpr KindRow<UrlPath> kRow = {
    .traits = {.word = "url_path", .is_one_word = true, .is_in_url = true},
    .keys = kKeys,
    .check = [](const Field& field, UrlPath&) { require(field, {"key"}); },
    .secret = &UrlPath::key,
    .username = nullptr,
    .token_url = nullptr,
    .sent_as = [](const UrlPath&) { return wire::SentCredential::api_key; },
    .authorize = [](const UrlPath& kind, const SecretsInUse& secrets,
                    wire::Authorization& to) { to.path = wire::Secret::join({secrets.value_of(kind.key)}); },
};

}  // namespace

const KindRow<UrlPath>& UrlPath::row() {
  return kRow;
}

}  // namespace authprobe::config
