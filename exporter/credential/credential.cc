#include "exporter/credential/credential.h"

#include <algorithm>

#include "exporter/credential/certificate.h"
#include "exporter/credential/fingerprint.h"
#include "exporter/credential/jwt.h"
#include "exporter/credential/secret_shape.h"

namespace authprobe::credential {
namespace {

constexpr std::chrono::milliseconds kRefreshAtMost{100};

}  // namespace

Credential::Credential(const config::Credential& config) : config_(config), metadata_(config) {
  for (const auto& [key, source, form] : config::secret_sources(config_)) {
    readers_.push_back({source, SecretReader(*source, form)});
  }
  for (const auto& [source, reader] : readers_) {
    if (source == config::main_secret(config_.kind)) main_reader_ = &reader;
  }
}

void Credential::refresh(std::chrono::steady_clock::time_point now) {
  if (refreshed_ && now - *refreshed_ < kRefreshAtMost) return;
  bool changed = !refreshed_;
  refreshed_ = now;
  std::string problem;
  for (auto& [source, reader] : readers_) {
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
  for (const auto& [source, reader] : readers_) {
    all.append(std::to_string(reader.secret().size()));
    all.push_back(':');
    all.append(reader.secret().reveal());
  }
  std::string fingerprint = credential::fingerprint(all.reveal());
  const bool same = fingerprint == fingerprint_;
  if (!fingerprint_.empty() && !same) {
    ++rotations_;
    if (!fetches_token()) metadata_.note_renewal(std::chrono::system_clock::now());
  }
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
  const config::CertificateSources& from = config_.certificate;
  if (from.certificate.kind == config::SecretSource::Kind::none) return;
  auto result =
      http::ClientIdentity::read(value_of(from.certificate), value_of(from.private_key), value_of(from.password));
  identity_ = std::move(result.identity);
  secrets_problem_ = std::move(result.problem);
}

// All that is sent and is secret, or goes into what is sent.
void Credential::update_mask() {
  std::vector<std::string_view> values{token_.value.reveal(), bare_value()};
  std::string_view username;
  for (const auto& [source, reader] : readers_) {
    const std::string_view value = reader.secret().reveal();
    if (source == config::username(config_.kind)) {
      username = value;
    } else if (!value.starts_with("-----BEGIN ")) {
      values.push_back(value);
    }
  }
  const wire::Secret pair = wire::Secret::join({username, ":", configured_value()});
  if (!username.empty()) values.push_back(pair.reveal());
  secret_mask_.set_secrets(std::move(values));
}

void Credential::update_metadata() {
  shape_problem_ = problem_of_shape(config::traits_of(config_.kind), value_in_use());
  if (shape_problem_.empty() && !fetches_token() && config_.forms) {
    shape_problem_ = config::problem_of_form(bare_value(), config_.provider.name, *config_.forms);
  }
  metadata_.reset_from(value_in_use());
  add_certificate_expiry();
}

void Credential::add_certificate_expiry() {
  if (identity_ == nullptr) return;
  const config::CertificateSources& from = config_.certificate;
  if (const auto times = read_certificates(value_of(from.certificate), value_of(from.password))) {
    metadata_.add_expiry({ExpiryKind::certificate, ExpirySource::certificate, times->not_after, times->not_before});
  }
}

std::string_view Credential::value_of(const config::SecretSource& source) const {
  for (const auto& [known, reader] : readers_) {
    if (known == &source) return reader.secret().reveal();
  }
  return {};
}

std::string_view Credential::value_in_use() const {
  return fetches_token() ? token_.value.reveal() : configured_value();
}

std::optional<WallTime> Credential::changed_at() const {
  return main_reader_ != nullptr ? main_reader_->changed_at() : std::nullopt;
}

std::string_view Credential::bare_value() const {
  const auto bare = config::traits_of(config_.kind).bare_value;
  return bare != nullptr ? bare(value_in_use()) : value_in_use();
}

const std::string& Credential::problem() const {
  static const std::string kNone;
  static const std::string kNotYet = "no token has been fetched yet";
  if (!fetches_token()) return secrets_problem_;
  // A token goes on being used when what it was fetched with is gone.
  if (has_token()) return kNone;
  return token_problem_.empty() ? kNotYet : token_problem_;
}

config::SecretsInUse Credential::secrets() const {
  return {[this](const config::SecretSource& source) { return value_of(source); }, token_.value.reveal(),
          token_.scheme};
}

void Credential::authorize(http::Request& request) const {
  request.identity = identity_;
  config::authorize(config_.kind, secrets(), request.authorization);
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
