// A key that signs each request (AWS Signature Version 4): one of the file, or temporary ones from elsewhere.
#include <algorithm>
#include <chrono>

#include "exporter/config/kinds/kind.h"

namespace authprobe::config {
namespace {

template <auto member>
void read_name(const Field& field, AwsSigv4& into) {
  const auto name = field.name();
  if (name && name->empty()) field.error("must not be empty");
  assign(name, into.*member);
}

// AWS's limits of a session.
constexpr Bounds kSession = between(std::chrono::minutes(15), std::chrono::hours(12));
// Of keys that come from another role.
constexpr Duration kLongestOfNextRole = std::chrono::hours(1);

constexpr Key<AwsRole> kRoleKeys[] = {
    {"role_arn", text<&AwsRole::role_arn, &Field::line>, "the role that the keys of the step before assume"},
    {"session_name", text<&AwsRole::session_name, &Field::token>, "the session's name, as CloudTrail shows it"},
    {"external_id", identifier<&AwsRole::external_id>, "what the role's trust policy asks for as `sts:ExternalId`"},
    {"duration", duration<&AwsRole::duration, kSession>,
     "how long the session lasts, `\"15m\"` to `\"12h\"`; with keys that are a role's, at most `\"1h\"`"},
};

void check_role(const Field& field, AwsRole&) {
  require(field, {"role_arn"});
}

// Shown only if it is not the usual one: it is for web identities alone.
constexpr Form<AwsSource> kSourceDuration = [] {
  auto form = duration<&AwsSource::duration, kSession>;
  form.show = [](const AwsSource& source, const TomlWriter& out) {
    if (!is_usual<&AwsSource::duration>(source)) show_duration(source.duration, out);
  };
  return form;
}();

constexpr Form<AwsSource> kRoles = [] {
  auto form = tables<&AwsSource::assume_role, kRoleKeys, check_role>;
  form.secrets = [](const AwsSource& source, const std::string& key, std::vector<NamedSource>& sources) {
    for (const AwsRole& role : source.assume_role) kRoleKeys[2].form.secrets(role, key + ".external_id", sources);
  };
  return form;
}();

constexpr Key<AwsSource> kSourceKeys[] = {
    {"from", word<&AwsSource::from, kAwsKeysFrom>,
     "where the first keys are: in `access_key_id` and so on, in the variables `AWS_ACCESS_KEY_ID` and so on, in a "
     "profile of AWS's files (keys, a role, SSO), or at STS with a web identity (EKS), at the container's server (ECS, "
     "EKS Pod Identity) or the instance's (EC2, IMDSv2)"},
    {"profile", text<&AwsSource::profile, &Field::line>, "the name of the profile"},
    {"credentials_file", text<&AwsSource::credentials_file, &Field::file_path>, "the file with the profiles' keys"},
    {"config_file", text<&AwsSource::config_file, &Field::file_path>,
     "the file with the profiles' settings; the SSO cache is `sso/cache` beside it"},
    {"role_arn", text<&AwsSource::role_arn, &Field::line>, "the role of the web identity"},
    {"token_file", text<&AwsSource::token_file, &Field::file_path>, "the file with the web identity's token"},
    {"session_name", text<&AwsSource::session_name, &Field::token>, "the name of the web identity's session"},
    {"duration", kSourceDuration, "how long the web identity's session lasts, `\"15m\"` to `\"12h\"`"},
    {"assume_role", kRoles, "the role that is assumed with these keys; of several, one after another, at most 4"},
    {"sts_url", web_url<&AwsSource::sts_url>, "the server of AWS STS, such as a VPC endpoint"},
    {"sso_url", web_url<&AwsSource::sso_url>, "the server of IAM Identity Center (SSO)"},
    {"metadata_url", web_url<&AwsSource::metadata_url>, "the instance's metadata server"},
};

constexpr Form<AwsSigv4> kSource = [] {
  auto form = table<&AwsSigv4::source, kSourceKeys>;
  form.secrets = [](const AwsSigv4& kind, const std::string& key, std::vector<NamedSource>& sources) {
    kRoles.secrets(kind.source, key + ".assume_role", sources);
  };
  return form;
}();

constexpr Key<AwsSigv4> kKeys[] = {
    {"access_key_id", identifier<&AwsSigv4::access_key_id>, "the identifier of the key"},
    {"secret_access_key", secret<&AwsSigv4::secret_access_key>, "signs each request (AWS Signature Version 4)"},
    {"session_token", secret<&AwsSigv4::session_token>, "for temporary credentials: sent as `X-Amz-Security-Token`"},
    {"region", {read_name<&AwsSigv4::region>, text<&AwsSigv4::region>.show}, R"(such as `"eu-central-1"`)"},
    {"service", {read_name<&AwsSigv4::service>, text<&AwsSigv4::service>.show}, R"(such as `"execute-api"`, `"s3"`)"},
    {"source", kSource, "[keys from elsewhere](#aws-roles), such as a role's"},
};

// STS of the region: https://docs.aws.amazon.com/general/latest/gr/sts.html
wire::Url sts_url_of(const Field& field, const AwsSigv4& kind) {
  if (!kind.source.sts_url.empty()) return kind.source.sts_url;
  const std::string_view suffix = kind.region.starts_with("cn-") ? ".amazonaws.com.cn/" : ".amazonaws.com/";
  auto url = wire::Url::parse("https://sts." + kind.region + std::string(suffix));
  if (url) return *url;
  field.error("must have source.sts_url", "the region is no part of a host's name");
  return {};
}

// Which of the keys of `source` have an effect.
void refuse_idle_source_keys(const Field& source, const AwsSource& into) {
  const std::string because = "from = \"" + std::string(name_of(kAwsKeysFrom, into.from)) + "\" does not use it";
  const auto only_for = [&](AwsKeysFrom from, std::initializer_list<std::string_view> keys) {
    for (const std::string_view key : keys) {
      if (into.from != from) refuse_idle(source, key, because);
    }
  };
  only_for(AwsKeysFrom::profile, {"profile", "credentials_file", "config_file", "sso_url"});
  only_for(AwsKeysFrom::web_identity, {"role_arn", "token_file", "session_name", "duration"});
  if (into.from != AwsKeysFrom::profile) only_for(AwsKeysFrom::instance, {"metadata_url"});
  const bool asks_sts = into.from == AwsKeysFrom::profile || into.from == AwsKeysFrom::web_identity;
  if (!asks_sts && into.assume_role.empty()) refuse_idle(source, "sts_url", "no role is assumed");
}

void check_roles(const Field& source, const AwsSource& into) {
  const auto roles = source.child("assume_role");
  if (!roles) return;
  if (into.assume_role.size() > AwsRole::kMost) roles->error("must have at most 4 roles");
  const std::vector<Field> elements = roles->elements();
  const bool first_is_chained =
      into.from != AwsKeysFrom::keys && into.from != AwsKeysFrom::environment && into.from != AwsKeysFrom::profile;
  for (std::size_t i = first_is_chained ? 0 : 1; i < std::min(elements.size(), into.assume_role.size()); ++i) {
    if (into.assume_role[i].duration <= kLongestOfNextRole) continue;
    elements[i].child("duration")->error("must be at most 1h", "AWS: a role that a role assumes");
  }
}

void check_source(const Field& field, AwsSigv4& into) {
  const auto source = field.child("source");
  if (!source || !std::holds_alternative<Table>(source->value().data)) return;
  refuse_idle_source_keys(*source, into.source);
  check_roles(*source, into.source);
  if (!into.source.is_used()) source->error("must have from or assume_role");
  if (into.source.from == AwsKeysFrom::keys) return;
  for (const std::string_view key : {"access_key_id", "secret_access_key", "session_token"}) {
    refuse_idle(field, key, "the keys come from source.from");
  }
}

// Where the first question goes, as far as the configuration tells.
wire::Url keys_url_of(const Field& field, const AwsSigv4& into) {
  if (!into.source.is_used()) return {};
  if (into.source.from == AwsKeysFrom::container) return wire::Url("http://169.254.170.2/");
  if (into.source.from != AwsKeysFrom::instance) return sts_url_of(field, into);
  return into.source.metadata_url.empty() ? wire::Url("http://169.254.169.254/") : into.source.metadata_url;
}

void check(const Field& field, AwsSigv4& into) {
  if (into.source.from == AwsKeysFrom::keys) require(field, {"access_key_id", "secret_access_key"});
  require(field, {"region", "service"});
  check_source(field, into);
  into.keys_url = keys_url_of(field, into);
}

// What a fetch of keys has brought beside the secret one.
std::string_view taken(const SecretsInUse& secrets, std::string_view name) {
  const auto found =
      std::ranges::find(secrets.taken, name, [](const auto& one) { return std::string_view(one.first); });
  return found == secrets.taken.end() ? std::string_view() : found->second.reveal();
}

void authorize(const AwsSigv4& kind, const SecretsInUse& secrets, wire::Authorization& to) {
  const bool fetched = kind.source.is_used();
  to.scheme = wire::Scheme::sigv4;
  to.username = fetched ? taken(secrets, kAwsAccessKeyId) : secrets.value_of(kind.access_key_id);
  to.password = wire::Secret::join({fetched ? secrets.token : secrets.value_of(kind.secret_access_key)});
  to.region = kind.region;
  to.service = kind.service;
  const std::string_view session = fetched ? taken(secrets, kAwsSessionToken) : secrets.value_of(kind.session_token);
  if (!session.empty()) to.headers.emplace_back("X-Amz-Security-Token", wire::Secret::join({session}));
}

constexpr KindRow<AwsSigv4> kRow = {
    .traits = {.word = "aws_sigv4"},
    .keys = kKeys,
    .check = check,
    .secret = &AwsSigv4::secret_access_key,
    .username = &AwsSigv4::access_key_id,
    .token_url = &AwsSigv4::keys_url,
    .sent_as = [](const AwsSigv4&) { return wire::SentCredential::sigv4; },
    .authorize = authorize,
};

}  // namespace

const KindRow<AwsSigv4>& AwsSigv4::row() {
  return kRow;
}

}  // namespace authprobe::config
