#include "exporter/credential/credential.h"

#include <algorithm>

#include "exporter/credential/certificate.h"
#include "exporter/credential/fingerprint.h"
#include "exporter/credential/jwt.h"
#include "exporter/credential/secret_shape.h"
#include "exporter/wire/encoding.h"
#include "exporter/wire/text.h"

namespace authprobe::credential {
namespace {

using config::CredentialKind;
using config::Login;

constexpr std::chrono::milliseconds kRefreshAtMost{100};

SecretReader::Form form_of_key(std::string_view key) {
  if (key == "certificate" || key == "private_key" || key == "signing_key") return SecretReader::Form::whole;
  return key == "password" ? SecretReader::Form::maybe_empty : SecretReader::Form::line;
}

}  // namespace

Credential::Credential(const config::Credential& config) : config_(config), metadata_(config) {
  for (const auto& [key, source] : config::secret_sources(config_)) {
    readers_.push_back({key, SecretReader(*source, form_of_key(key))});
  }
}

void Credential::refresh(std::chrono::steady_clock::time_point now) {
  if (refreshed_ && now - *refreshed_ < kRefreshAtMost) return;
  bool changed = !refreshed_;
  refreshed_ = now;
  std::string problem;
  for (auto& [key, reader] : readers_) {
    changed = reader.refresh() || changed;
    if (problem.empty()) problem = reader.problem();
  }
  if (!changed && problem == reading_problem_) return;
  reading_problem_ = secrets_problem_ = problem;
  ++revision_;
  if (problem.empty()) take_secrets();
}

// All secrets could be read, and one of them is new or back.
void Credential::take_secrets() {
  wire::Secret all;
  for (const auto& [key, reader] : readers_) {
    all.append(std::to_string(reader.secret().size()));
    all.push_back(':');
    all.append(reader.secret().reveal());
  }
  std::string fingerprint = credential::fingerprint(all.reveal());
  const bool same = fingerprint == fingerprint_;
  if (!fingerprint_.empty() && !same) ++rotations_;
  fingerprint_ = std::move(fingerprint);
  read_identity();
  if (same) return;
  update_mask();
  if (fetches_token()) {
    add_certificate_expiry();  // the rest is known when there is a token
    return;
  }
  loaded_at_ = std::chrono::system_clock::now();
  update_metadata();
}

void Credential::read_identity() {
  if (config_.certificate.certificate.kind == config::SecretSource::Kind::none) return;
  auto result =
      http::ClientIdentity::read(reveal("certificate"), reveal("private_key"), reveal("certificate_password"));
  identity_ = std::move(result.identity);
  secrets_problem_ = std::move(result.problem);
}

// All that is sent and is secret, or goes into what is sent.
void Credential::update_mask() {
  std::vector<std::string_view> values{token_.value.reveal()};
  std::string_view username;
  for (const auto& [key, reader] : readers_) {
    const std::string_view value = reader.secret().reveal();
    if (key == config::username_key(config_.kind)) {
      username = value;
    } else if (!value.starts_with("-----BEGIN ")) {
      values.push_back(value);
    }
  }
  if (config_.kind == CredentialKind::cookie) {  // it comes back without its name
    const std::string_view cookie = reveal("cookie");
    values.push_back(cookie.substr(std::min(cookie.find('='), cookie.size() - 1) + 1));
  }
  const wire::Secret pair = wire::Secret::join({username, ":", reveal(config::secret_key(config_.kind))});
  if (!username.empty()) values.push_back(pair.reveal());
  secret_mask_.set_secrets(std::move(values));
}

void Credential::update_metadata() {
  const std::string_view value = fetches_token() ? token_.value.reveal() : reveal(config::secret_key(config_.kind));
  shape_problem_ = problem_of_shape(config_.kind, value);
  metadata_.reset_from(value);
  add_certificate_expiry();
}

void Credential::add_certificate_expiry() {
  if (identity_ == nullptr) return;
  if (const auto times = read_certificates(reveal("certificate"), reveal("certificate_password"))) {
    metadata_.add_expiry({ExpiryKind::certificate, ExpirySource::certificate, times->not_after, times->not_before});
  }
}

const SecretReader* Credential::reader(std::string_view key) const {
  for (const auto& [name, reader] : readers_) {
    if (name == key) return &reader;
  }
  return nullptr;
}

std::string_view Credential::reveal(std::string_view key) const {
  const SecretReader* found = reader(key);
  return found != nullptr ? found->secret().reveal() : std::string_view();
}

std::optional<WallTime> Credential::changed_at() const {
  const SecretReader* main = reader(config::secret_key(config_.kind));
  return main != nullptr ? main->changed_at() : std::nullopt;
}

std::string_view Credential::bare_value() const {
  const std::string_view value = fetches_token() ? token_.value.reveal() : reveal(config::secret_key(config_.kind));
  return config_.kind == CredentialKind::cookie ? value.substr(value.find('=') + 1) : value;
}

const std::string& Credential::problem() const {
  static const std::string kNone;
  static const std::string kNotYet = "no token has been fetched yet";
  if (!fetches_token()) return secrets_problem_;
  // A token goes on being used when what it was fetched with is gone.
  if (has_token()) return kNone;
  return token_problem_.empty() ? kNotYet : token_problem_;
}

http::Authorization Credential::authorization() const {
  http::Authorization result;
  result.identity = identity_;
  if (fetches_token()) {
    authorize_by_token(result);
  } else {
    authorize_by_secret(result);
  }
  return result;
}

void Credential::authorize_by_secret(http::Authorization& result) const {
  const std::string_view secret = reveal(config::secret_key(config_.kind));
  const std::string_view username = reveal(config::username_key(config_.kind));
  switch (config_.kind) {
    case CredentialKind::bearer:
      result.headers.emplace_back("Authorization", wire::Secret::join({"Bearer ", secret}));
      break;
    case CredentialKind::basic:
      result.headers.emplace_back("Authorization", wire::basic_credentials(username, secret));
      break;
    case CredentialKind::cookie: result.headers.emplace_back("Cookie", wire::Secret::join({secret})); break;
    case CredentialKind::api_key:
      if (config_.query.empty()) {
        result.headers.emplace_back(config_.header, wire::Secret::join({secret}));
      } else {
        result.query = {config_.query, wire::Secret::join({secret})};
      }
      break;
    case CredentialKind::digest:
      result.scheme = http::Scheme::digest;
      result.username = username;
      result.password = wire::Secret::join({secret});
      break;
    case CredentialKind::aws_sigv4:
      result.scheme = http::Scheme::sigv4;
      result.username = username;
      result.password = wire::Secret::join({secret});
      result.region = config_.aws.region;
      result.service = config_.aws.service;
      if (const std::string_view token = reveal("session_token"); !token.empty()) {
        result.headers.emplace_back("X-Amz-Security-Token", wire::Secret::join({token}));
      }
      break;
    case CredentialKind::oauth2:
    case CredentialKind::login:
    case CredentialKind::client_certificate: break;
  }
}

void Credential::authorize_by_token(http::Authorization& result) const {
  const std::string_view token = token_.value.reveal();
  const std::string_view scheme = token_.scheme;
  const Login& login = config_.login;
  if (config_.kind == CredentialKind::oauth2 || login.send == Login::Send::bearer) {
    result.headers.emplace_back("Authorization", wire::Secret::join({scheme.empty() ? "Bearer" : scheme, " ", token}));
  } else if (login.send == Login::Send::cookie) {
    result.headers.emplace_back("Cookie", wire::Secret::join({login.send_name, "=", token}));
  } else {  // as the server handed it out
    result.headers.emplace_back(login.send_name, wire::Secret::join({scheme, scheme.empty() ? "" : " ", token}));
  }
}

void Credential::take_token(FetchedToken token, WallTime now) {
  token_ = std::move(token);
  token_problem_.clear();
  ++token_number_;
  loaded_at_ = now;
  update_mask();
  update_metadata();
  if (token_.expires_at || token_.never_expires) {
    metadata_.add_expiry({ExpiryKind::access, ExpirySource::token_response, token_.expires_at, now});
  }
  if (token_.refresh_expires_at) {
    metadata_.add_expiry({ExpiryKind::refresh, ExpirySource::token_response, token_.refresh_expires_at, now});
  }
  if (token_.scopes) metadata_.set_scopes(ScopeSource::token_response, *token_.scopes);
}

void Credential::lose_token(std::string why) {
  token_ = FetchedToken();
  token_problem_ = std::move(why);
}

std::optional<WallTime> Credential::token_end() const {
  if (token_.expires_at || token_.never_expires) return token_.expires_at;
  const auto claims = read_jwt(token_.value.reveal());
  return claims ? claims->expires_at : std::nullopt;
}

void Credential::token_refused(std::uint64_t number) {
  if (number == token_number_) refused_token_ = number;
}

}  // namespace authprobe::credential
