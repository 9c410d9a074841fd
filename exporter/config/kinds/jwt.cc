// A JWT that we sign ourselves, as the token (RFC 7519).
#include <iterator>

#include "exporter/config/kinds/kind.h"

namespace authprobe::config {
namespace {

constexpr Bounds kLifetime = between(std::chrono::seconds(10), std::chrono::hours(24));

constexpr Key<SignedJwt> kKeys[] = {
    {"signing_key", secret<&SignedJwt::signing_key, SecretForm::whole>,
     "PEM: an RSA key signs RS256, a P-256 key ES256. Any other text signs HS256"},
    {"key_id", text<&SignedJwt::key_id, &Field::line>, "the JWT's `kid`"},
    {"issuer", text<&SignedJwt::issuer, &Field::line>, "its `iss`"},
    {"subject", text<&SignedJwt::subject, &Field::line>, "its `sub`"},
    {"audience", text<&SignedJwt::audience, &Field::line>, "its `aud`"},
    {"claims", claims<&SignedJwt::claims>, "its further claims: strings, numbers, booleans and arrays of them"},
    {"lifetime", duration<&SignedJwt::lifetime, kLifetime>,
     "how long each JWT is valid, `\"10s\"` to `\"24h\"`; a new one is signed after half of it"},
    {"scheme", scheme_word<&SignedJwt::scheme>, kSchemeHelp},  // the last one: see signed_jwt_keys()
};

}  // namespace

Keys<SignedJwt> signed_jwt_keys() {
  return all(kKeys).first(std::size(kKeys) - 1);
}

namespace {

void authorize(const SignedJwt& kind, const SecretsInUse& secrets, wire::Authorization& to) {
  to.headers.emplace_back("Authorization",
                          wire::Secret::join({kind.scheme.empty() ? "Bearer" : kind.scheme, " ", secrets.token}));
}

constexpr KindRow<SignedJwt> kRow = {
    .traits = {.word = "jwt", .is_made = true},
    .keys = kKeys,
    .check = [](const Field& field, SignedJwt&) { require(field, {"signing_key"}); },
    .secret = &SignedJwt::signing_key,
    .username = nullptr,
    .token_url = nullptr,
    .sent_as = [](const SignedJwt&) { return wire::SentCredential::bearer; },
    .authorize = authorize,
};

}  // namespace

const KindRow<SignedJwt>& SignedJwt::row() {
  return kRow;
}

}  // namespace authprobe::config
