#include "exporter/credential/aws_keys.h"

#include <algorithm>
#include <array>
#include <utility>

#include "exporter/credential/answer_body.h"
#include "exporter/credential/token_answer.h"
#include "exporter/wire/encoding.h"
#include "exporter/wire/text.h"

namespace authprobe::credential {
namespace {

using Ask = AwsProgress::Ask;
using First = AwsPlan::First;

// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
constexpr std::string_view kMetadataUrl = "http://169.254.169.254";
constexpr std::string_view kRolesPath = "/latest/meta-data/iam/security-credentials/";

wire::Url metadata_url(const config::AwsSigv4& kind, std::string_view path) {
  const std::string base(kind.source.metadata_url.empty() ? kMetadataUrl : kind.source.metadata_url.text());
  return wire::Url(base.substr(0, base.find_last_not_of('/') + 1) + std::string(path));
}

AwsPlannedRole planned(const config::AwsRole& role, const config::SecretsInUse& secrets) {
  return {role.role_arn, role.session_name, std::string(secrets.value_of(role.external_id)),
          std::chrono::floor<std::chrono::seconds>(role.duration)};
}

std::string or_else(const std::string& given, const std::string& other) {
  return given.empty() ? other : given;
}

// https://docs.aws.amazon.com/sdkref/latest/guide/access-assume-role-web.html
void take_web_identity(const config::AwsSource& source, AwsPlan& plan) {
  plan.first = First::web_identity;
  plan.role.role_arn = or_else(source.role_arn, environment("AWS_ROLE_ARN"));
  plan.role.session_name = or_else(or_else(source.session_name, environment("AWS_ROLE_SESSION_NAME")), "authprobe");
  plan.role.duration = std::chrono::floor<std::chrono::seconds>(source.duration);
  const std::string file = or_else(source.token_file, environment("AWS_WEB_IDENTITY_TOKEN_FILE"));
  if (plan.role.role_arn.empty()) {
    plan.problem = "there is no source.role_arn, and AWS_ROLE_ARN is not set";
  } else if (file.empty()) {
    plan.problem = "there is no source.token_file, and AWS_WEB_IDENTITY_TOKEN_FILE is not set";
  } else {
    plan.token = read_noted(file, plan);
  }
}

AwsPlan plan_of(const config::AwsSigv4& kind, const config::SecretsInUse& secrets, WallTime now) {
  AwsPlan plan;
  switch (kind.source.from) {
    case config::AwsKeysFrom::keys:
      plan.keys.access_key_id = secrets.value_of(kind.access_key_id);
      plan.keys.secret_access_key = wire::Secret::join({secrets.value_of(kind.secret_access_key)});
      plan.keys.session_token = wire::Secret::join({secrets.value_of(kind.session_token)});
      break;
    case config::AwsKeysFrom::environment: take_environment_keys(plan); break;
    case config::AwsKeysFrom::profile: take_profile(kind.source, now, plan); break;
    case config::AwsKeysFrom::web_identity: take_web_identity(kind.source, plan); break;
    case config::AwsKeysFrom::container: take_container(plan); break;
    case config::AwsKeysFrom::instance: plan.first = First::instance; break;
  }
  for (const config::AwsRole& role : kind.source.assume_role) plan.roles.push_back(planned(role, secrets));
  return plan;
}

// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html and API_AssumeRoleWithWebIdentity.html
wire::Secret sts_form(std::string_view action, const AwsPlannedRole& role, std::string_view token) {
  wire::Secret form;
  wire::append_form_field(form, "Action", action);
  wire::append_form_field(form, "Version", "2011-06-15");
  wire::append_form_field(form, "RoleArn", role.role_arn);
  wire::append_form_field(form, "RoleSessionName", role.session_name);
  wire::append_form_field(form, "DurationSeconds", std::to_string(role.duration.count()));
  if (!role.external_id.empty()) wire::append_form_field(form, "ExternalId", role.external_id);
  if (!token.empty()) wire::append_form_field(form, "WebIdentityToken", wire::trimmed(token));
  return form;
}

void ask_sts(const config::AwsSigv4& kind, const AwsPlannedRole& role, std::string_view token, http::Request& request) {
  request.method = "POST";
  request.url = http::prepared(kind.source.sts_url.empty() ? kind.keys_url : kind.source.sts_url);
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}};
  request.body = sts_form(token.empty() ? "AssumeRole" : "AssumeRoleWithWebIdentity", role, token);
}

void ask_for_role(const config::AwsSigv4& kind, const AwsProgress& progress, http::Request& request) {
  ask_sts(kind, progress.plan.roles.at(progress.role), "", request);
  http::Authorization& signing = request.authorization;
  signing.scheme = wire::Scheme::sigv4;
  signing.username = progress.keys.access_key_id;
  signing.password = progress.keys.secret_access_key.copy();
  signing.region = kind.region;
  signing.service = "sts";
  if (progress.keys.session_token.empty()) return;
  signing.headers.emplace_back("X-Amz-Security-Token", progress.keys.session_token.copy());
}

void ask_metadata(const config::AwsSigv4& kind, const AwsProgress& progress, TokenRequest& made) {
  http::Request& request = made.request;
  made.is_local = true;
  if (progress.ask == Ask::metadata_session) {
    request.method = "PUT";
    request.url = http::prepared(metadata_url(kind, "/latest/api/token"));
    request.headers = {{"X-aws-ec2-metadata-token-ttl-seconds", "21600"}};
    return;
  }
  const std::string name = progress.ask == Ask::metadata_role ? "" : wire::percent_encoded(progress.metadata_role);
  request.url = http::prepared(metadata_url(kind, std::string(kRolesPath) + name));
  request.authorization.headers.emplace_back("X-aws-ec2-metadata-token", progress.metadata_session.copy());
}

void ask_sso(const AwsPlan& plan, http::Request& request) {
  const std::string& base = plan.url.text();
  request.url =
      http::prepared(wire::Url(base.substr(0, base.find_last_not_of('/') + 1) +
                               "/federation/credentials?role_name=" + wire::percent_encoded(plan.sso_role_name) +
                               "&account_id=" + wire::percent_encoded(plan.sso_account_id)));
  request.authorization.headers.emplace_back("x-amz-sso_bearer_token", plan.token.copy());
}

FetchedToken token_of(AwsKeys keys) {
  FetchedToken token;
  token.value = std::move(keys.secret_access_key);
  token.taken.emplace_back(config::kAwsAccessKeyId, wire::Secret(std::move(keys.access_key_id)));
  if (!keys.session_token.empty()) token.taken.emplace_back(config::kAwsSessionToken, std::move(keys.session_token));
  token.expires_at = keys.expires_at;
  return token;
}

// AWS's words for why a role or a sign-in is refused. Nothing else of an answer is repeated.
constexpr std::array<std::string_view, 17> kCodes{"AccessDenied",
                                                  "AccessDeniedException",
                                                  "ExpiredToken",
                                                  "ExpiredTokenException",
                                                  "ForbiddenException",
                                                  "IDPCommunicationError",
                                                  "IDPRejectedClaim",
                                                  "InvalidClientTokenId",
                                                  "InvalidIdentityToken",
                                                  "MalformedPolicyDocument",
                                                  "PackedPolicyTooLarge",
                                                  "RegionDisabledException",
                                                  "ResourceNotFoundException",
                                                  "SignatureDoesNotMatch",
                                                  "Throttling",
                                                  "UnauthorizedException",
                                                  "ValidationError"};

std::string code_of(const http::Response& response) {
  std::string code = text_of(AnswerBody(response.body).at("/ErrorResponse/Error/Code"));
  if (code.empty()) code = text_of(AnswerBody(response.body).at("/Error/Code"));
  const std::string* header = wire::find_header(response.headers, "x-amzn-ErrorType");
  if (code.empty() && header != nullptr) code = header->substr(0, header->find(':'));
  return std::ranges::find(kCodes, code) == kCodes.end() ? "" : code;
}

FetchFailure failure_of(int status) {
  if (status == 401) return FetchFailure::http_401;
  if (status == 403) return FetchFailure::http_403;
  if (status == 429) return FetchFailure::http_429;
  if (status >= 400 && status <= 499) return FetchFailure::http_4xx;
  if (status >= 500 && status <= 599) return FetchFailure::http_5xx;
  return FetchFailure::http_other;
}

TokenAnswer refused_by_aws(const http::Response& response, const AwsProgress& progress) {
  const std::string code = code_of(response);
  std::string detail = asked_for(progress) + ": status " + std::to_string(response.status);
  if (!code.empty()) detail += ", " + code;
  if (progress.ask == Ask::metadata_session && response.status == 403) detail += ": the service is turned off";
  if (progress.ask == Ask::metadata_role && response.status == 404) detail += ": the instance has no role";
  return failed(failure_of(response.status), std::move(detail));
}

// The members of an answer that has keys.
struct Names {
  std::string_view in, id, secret, session, end;
};
constexpr Names kStsNames{"/Credentials/", "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"};
constexpr Names kSsoNames{"/roleCredentials/", "accessKeyId", "secretAccessKey", "sessionToken", "expiration"};
constexpr Names kServerNames{"/", "AccessKeyId", "SecretAccessKey", "Token", "Expiration"};

// Nothing where one is missing: all temporary keys have a session and an end.
std::optional<AwsKeys> keys_in(const AnswerBody& body, const std::string& at, const Names& names, WallTime now) {
  const auto text = [&](std::string_view name) {
    return text_of(body.at(at + std::string(names.in) + std::string(name)));
  };
  AwsKeys keys;
  keys.access_key_id = text(names.id);
  keys.secret_access_key = wire::Secret(text(names.secret));
  keys.session_token = wire::Secret(text(names.session));
  const auto end = wire::read_timestamp(text(names.end), now);
  const auto unfit = [](std::string_view word) {
    return word.empty() || std::ranges::any_of(word, [](unsigned char c) { return c <= ' ' || c == 0x7f; });
  };
  if (unfit(keys.access_key_id) || unfit(keys.secret_access_key.reveal()) || unfit(keys.session_token.reveal())) {
    return std::nullopt;
  }
  if (!end || end->never) return std::nullopt;
  keys.expires_at = end->at;
  return keys;
}

std::optional<AwsKeys> read_keys(const http::Response& response, const AwsProgress& progress, WallTime now) {
  const AnswerBody body(response.body);
  if (progress.ask == Ask::assume_role) return keys_in(body, "/AssumeRoleResponse/AssumeRoleResult", kStsNames, now);
  switch (progress.plan.first) {
    case First::web_identity:
      return keys_in(body, "/AssumeRoleWithWebIdentityResponse/AssumeRoleWithWebIdentityResult", kStsNames, now);
    case First::sso: return keys_in(body, "", kSsoNames, now);
    case First::container:
    case First::instance:
    case First::keys: break;
  }
  return keys_in(body, "", kServerNames, now);
}

// One line of visible characters, as IMDSv2 answers with.
std::string word_in(const http::Response& response) {
  constexpr std::size_t kLongest = 1024;
  std::string_view rest = response.body;
  const std::string_view word = wire::take_part(rest, '\n');
  const bool is_one =
      word.size() <= kLongest && std::ranges::all_of(word, [](unsigned char c) { return c > ' ' && c < 0x7f; });
  return is_one ? std::string(word) : "";
}

}  // namespace

AwsProgress begin_aws(const config::AwsSigv4& kind, const config::SecretsInUse& secrets, WallTime now) {
  AwsProgress progress;
  progress.plan = plan_of(kind, secrets, now);
  if (progress.plan.first == First::instance) progress.ask = Ask::metadata_session;
  if (progress.plan.first != First::keys) return progress;
  progress.keys = std::move(progress.plan.keys);
  progress.ask = Ask::assume_role;
  return progress;
}

TokenRequest aws_request(const config::AwsSigv4& kind, const AwsProgress& progress) {
  TokenRequest made;
  const AwsPlan& plan = progress.plan;
  made.problem = plan.problem;
  if (!made.problem.empty()) return made;
  if (progress.ask == Ask::assume_role) {
    if (plan.roles.empty()) {
      const AwsKeys& keys = progress.keys;
      made.ready =
          token_of({keys.access_key_id, keys.secret_access_key.copy(), keys.session_token.copy(), std::nullopt});
    } else {
      ask_for_role(kind, progress, made.request);
    }
    return made;
  }
  switch (plan.first) {
    case First::web_identity: ask_sts(kind, plan.role, plan.token.reveal(), made.request); break;
    case First::sso: ask_sso(plan, made.request); break;
    case First::container:
      made.is_local = true;
      made.request.url = http::prepared(plan.url);
      if (!plan.token.empty()) made.request.authorization.headers.emplace_back("Authorization", plan.token.copy());
      break;
    case First::instance: ask_metadata(kind, progress, made); break;
    case First::keys: break;
  }
  return made;
}

TokenAnswer read_aws_answer(const http::Response& response, WallTime now, LoginProgress& whole) {
  AwsProgress& progress = *whole.aws;
  if (response.status != 200) return refused_by_aws(response, progress);
  if (progress.ask == Ask::metadata_session || progress.ask == Ask::metadata_role) {
    std::string word = word_in(response);
    if (word.empty()) return failed(FetchFailure::bad_response, asked_for(progress) + ": the answer is not one word");
    if (progress.ask == Ask::metadata_role) {
      progress.metadata_role = std::move(word);
      progress.ask = Ask::first_keys;
    } else {
      progress.metadata_session = wire::Secret(std::move(word));
      progress.ask = Ask::metadata_role;
    }
    ++whole.step;
    return {};
  }
  auto keys = read_keys(response, progress, now);
  if (!keys) {
    return failed(FetchFailure::bad_response, asked_for(progress) + ": the answer has no temporary keys with an end");
  }
  progress.role += progress.ask == Ask::assume_role ? 1 : 0;
  if (progress.role == progress.plan.roles.size()) {
    TokenAnswer answer;
    answer.token = token_of(std::move(*keys));
    return answer;
  }
  progress.keys = std::move(*keys);
  progress.ask = Ask::assume_role;
  ++whole.step;
  return {};
}

std::string asked_for(const AwsProgress& progress) {
  switch (progress.ask) {
    case Ask::metadata_session: return "the session of the instance's metadata server";
    case Ask::metadata_role: return "the name of the instance's role";
    case Ask::assume_role:
      return progress.role < progress.plan.roles.size() ? "AssumeRole of " + progress.plan.roles[progress.role].role_arn
                                                        : "AssumeRole";
    case Ask::first_keys: break;
  }
  switch (progress.plan.first) {
    case First::web_identity: return "AssumeRoleWithWebIdentity of " + progress.plan.role.role_arn;
    case First::sso: return "the keys of the SSO role " + progress.plan.sso_role_name;
    case First::container: return "the keys of the container";
    case First::instance: return "the keys of the instance's role";
    case First::keys: break;
  }
  return "the keys";
}

}  // namespace authprobe::credential
