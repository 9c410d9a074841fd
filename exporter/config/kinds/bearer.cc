// A token that is sent as it is (RFC 6750).
#include "exporter/config/kinds/kind.h"
#include "exporter/wire/text.h"

namespace authprobe::config {
namespace {

constexpr Key<Bearer> kKeys[] = {
    {"token", secret<&Bearer::token>, "sent as `Authorization: Bearer TOKEN`"},
    {"scheme", scheme_word<&Bearer::scheme>, kSchemeHelp},
};

std::string_view problem_of_shape(std::string_view secret) {
  if (wire::starts_with_ignoring_case(secret, "Bearer "))
    return "begins with \"Bearer \", which the exporter adds itself";
  if (wire::starts_with_ignoring_case(secret, "Basic ")) return "begins with \"Basic \", so it is not a bearer token";
  return "";
}

constexpr KindRow<Bearer> kRow = {
    .traits = {.word = "bearer",
               .is_token = true,
               .may_tell_expiry = true,
               .is_one_word = true,
               .problem_of_shape = problem_of_shape},
    .keys = kKeys,
    .check = [](const Field& field, Bearer&) { require(field, {"token"}); },
    .secret = &Bearer::token,
    .username = nullptr,
    .token_url = nullptr,
    .sent_as = [](const Bearer&) { return wire::SentCredential::bearer; },
    .authorize =
        [](const Bearer& kind, const SecretsInUse& secrets, wire::Authorization& to) {
          to.headers.emplace_back("Authorization", wire::Secret::join({kind.scheme.empty() ? "Bearer" : kind.scheme,
                                                                       " ", secrets.value_of(kind.token)}));
        },
};

}  // namespace

const KindRow<Bearer>& Bearer::row() {
  return kRow;
}

}  // namespace authprobe::config
