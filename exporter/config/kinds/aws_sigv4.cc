// A key that signs each request (AWS Signature Version 4).
#include "exporter/config/kinds/kind.h"

namespace authprobe::config {
namespace {

template <auto member>
void read_name(const Field& field, AwsSigv4& into) {
  const auto name = field.name();
  if (name && name->empty()) field.error("must not be empty");
  assign(name, into.*member);
}

constexpr Key<AwsSigv4> kKeys[] = {
    {"access_key_id", identifier<&AwsSigv4::access_key_id>, "the identifier of the key"},
    {"secret_access_key", secret<&AwsSigv4::secret_access_key>, "signs each request (AWS Signature Version 4)"},
    {"session_token", secret<&AwsSigv4::session_token>, "for temporary credentials: sent as `X-Amz-Security-Token`"},
    {"region", {read_name<&AwsSigv4::region>, text<&AwsSigv4::region>.show}, R"(such as `"eu-central-1"`)"},
    {"service", {read_name<&AwsSigv4::service>, text<&AwsSigv4::service>.show}, R"(such as `"execute-api"`, `"s3"`)"},
};

void check(const Field& field, AwsSigv4&) {
  require(field, {"access_key_id", "secret_access_key", "region", "service"});
}

void authorize(const AwsSigv4& kind, const SecretsInUse& secrets, wire::Authorization& to) {
  to.scheme = wire::Scheme::sigv4;
  to.username = secrets.value_of(kind.access_key_id);
  to.password = wire::Secret::join({secrets.value_of(kind.secret_access_key)});
  to.region = kind.region;
  to.service = kind.service;
  if (const std::string_view token = secrets.value_of(kind.session_token); !token.empty()) {
    to.headers.emplace_back("X-Amz-Security-Token", wire::Secret::join({token}));
  }
}

constexpr KindRow<AwsSigv4> kRow = {
    .traits = {.word = "aws_sigv4"},
    .keys = kKeys,
    .check = check,
    .secret = &AwsSigv4::secret_access_key,
    .username = &AwsSigv4::access_key_id,
    .token_url = nullptr,
    .sent_as = [](const AwsSigv4&) { return wire::SentCredential::sigv4; },
    .authorize = authorize,
};

}  // namespace

const KindRow<AwsSigv4>& AwsSigv4::row() {
  return kRow;
}

}  // namespace authprobe::config
