#include "exporter/credential/credential.h"

#include <algorithm>

#include "exporter/config/hosts.h"
#include "exporter/credential/assertion.h"
#include "exporter/credential/aws_keys.h"
#include "exporter/credential/certificate.h"
#include "exporter/credential/fingerprint.h"
#include "exporter/credential/jwt.h"
#include "exporter/credential/kerberos.h"
#include "exporter/credential/secret_shape.h"
#include "exporter/credential/secret_template.h"
#include "exporter/wire/text.h"

namespace authprobe::credential {
namespace {

constexpr std::chrono::milliseconds kRefreshAtMost{100};

// A private key or a keytab: it is never sent, and its parts, such as a realm, are no secrets.
bool is_key_file(std::string_view value) {
  return value.starts_with("-----BEGIN ") || value.starts_with("\x05\x02");
}

}  // namespace

Credential::Credential(const config::Credential& config) : config_(config), metadata_(config) {
  for (const auto& [key, source, form] : config::secret_sources(config_)) {
    readers_.push_back({source, SecretReader(*source, form)});
  }
  for (const auto& [source, reader] : readers_) {
    if (source == config::main_secret(config_.kind)) main_reader_ = &reader;
  }
}

bool Credential::refresh(std::chrono::steady_clock::time_point now) {
  if (refreshed_ && now - *refreshed_ < kRefreshAtMost) return false;
  bool changed = !refreshed_;
  refreshed_ = now;
  secret_mask_.forget_former(now);
  const bool files_changed = aws_files_changed(now);
  if (files_changed) ++revision_;
  std::string problem;
  for (auto& [source, reader] : readers_) {
    changed = reader.refresh() || changed;
    if (problem.empty()) problem = reader.problem();
  }
  if (!changed && problem == reading_problem_) {
    if (problem.empty()) make_token();
    return files_changed;
  }
  reading_problem_ = secrets_problem_ = problem;
  ++revision_;
  if (problem.empty()) take_secrets();
  return true;
}

bool Credential::aws_files_changed(std::chrono::steady_clock::time_point now) {
  if (aws_files_.empty() || !aws_watch_.is_due(now)) return false;
  const auto is_same = [](const auto& file) { return wire::stamp_of(file.first) == file.second; };
  if (std::ranges::all_of(aws_files_, is_same)) return false;
  aws_files_.clear();  // they are read again with the next request
  return true;
}

TokenRequest Credential::token_request(WallTime now, std::string_view id, LoginProgress& progress) {
  if (const auto* negotiate = std::get_if<config::Negotiate>(&config_.kind)) {
    if (progress.step == 0) progress.kerberos = std::make_shared<KerberosLogin>(*negotiate, secrets(), hosts_);
    return progress.kerberos->next_request();
  }
  const auto* aws = std::get_if<config::AwsSigv4>(&config_.kind);
  if (aws == nullptr) return credential::token_request(config_.kind, secrets(), now, id, progress);
  if (progress.step == 0) {
    progress.aws = std::make_shared<AwsProgress>(begin_aws(*aws, secrets(), now));
    aws_files_ = std::move(progress.aws->plan.files);
  }
  return aws_request(*aws, *progress.aws);
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
  if (!same && config_.retire) retire_values();
  fingerprint_ = std::move(fingerprint);
  made_at_.reset();
  read_identity();
  if (secrets_problem_.empty()) secrets_problem_ = config::problem_of(config_.kind, secrets());
  hint_ = config::hint_of(config_.kind, secrets());
  make_token();
  if (same) return;
  metadata_.set_listed(std::nullopt);  // another one of the issuer's list
  update_mask();
  if (fetches_token()) {
    add_certificate_expiry();  // the rest is known when there is a token
    return;
  }
  loaded_at_ = std::chrono::system_clock::now();
  update_metadata();
}

// Before fingerprint_ is that of the new ones.
void Credential::retire_values() {
  if (!fingerprint_.empty()) retired_ = Retired{std::move(kept_), std::chrono::system_clock::now()};
  kept_.clear();
  for (const auto& [source, reader] : readers_) kept_.push_back(reader.secret().copy());
}

void Credential::forget_retired() {
  retired_.reset();
  update_mask();
}

void Credential::read_identity() {
  const config::CertificateSources& from = config_.certificate;
  if (from.certificate.kind == config::SecretSource::Kind::none) return;
  auto result =
      http::ClientIdentity::read(value_of(from.certificate), value_of(from.private_key), value_of(from.password));
  identity_ = std::move(result.identity);
  secrets_problem_ = std::move(result.problem);
}

// Signs a new JWT once half of the last one's life is over.
void Credential::make_token() {
  const auto* kind = std::get_if<config::SignedJwt>(&config_.kind);
  const WallTime now = std::chrono::system_clock::now();
  if (kind == nullptr || (made_at_ && now >= *made_at_ && now - *made_at_ < kind->lifetime / 2)) return;
  SignedAssertion made = sign(*kind, value_of(kind->signing_key), now);
  secrets_problem_ = std::move(made.problem);
  token_.value = wire::Secret(std::move(made.text));
  made_at_ = now;
  update_mask();
}

// All that is sent and is secret, or goes into what is sent.
void Credential::update_mask() {
  std::vector<std::string_view> values{token_.value.reveal(), bare_value()};
  std::string_view username;
  for (const auto& [source, reader] : readers_) {
    const std::string_view value = reader.secret().reveal();
    if (source == config::username(config_.kind)) {
      username = value;
    } else if (!is_key_file(value)) {
      values.push_back(value);
    }
  }
  for (const auto& [name, value] : token_.taken) values.push_back(value.reveal());
  if (retired_) {
    for (const wire::Secret& value : retired_->values) {
      if (!is_key_file(value.reveal())) values.push_back(value.reveal());
    }
  }
  const wire::Secret pair = wire::Secret::join({username, ":", configured_value()});
  if (!username.empty() && !is_key_file(configured_value())) values.push_back(pair.reveal());
  secret_mask_.set_secrets(values);
}

void Credential::update_metadata() {
  const bool is_made = config::traits_of(config_.kind).is_made;  // its end is no news: the next one is made in time
  shape_problem_ = is_made ? "" : problem_of_shape(config::traits_of(config_.kind), value_in_use());
  if (shape_problem_.empty() && !has_own_token() && config_.services) {
    shape_problem_ = config::problem_of_form(bare_value(), config_.provider.name, config_.services->forms);
  }
  metadata_.reset_from(is_made ? "" : value_in_use());
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
  return has_own_token() ? token_.value.reveal() : configured_value();
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
  return {[this](const config::SecretSource& source) { return value_of(source); }, token_.value.reveal(), token_.scheme,
          token_.taken};
}

bool Credential::is_home(const http::Request& request) const {
  return config_.hosts.empty() || config::is_home(config_, request.url->url());
}

bool Credential::authorize(http::Request& request) const {
  if (!is_home(request)) return false;
  request.identity = identity_;
  config::SecretsInUse secrets = this->secrets();
  if (token_.tickets) secrets.proof = proof_for(request.url->url().host());
  config::authorize(config_.kind, secrets, request.authorization);
  add_more(request);
  return true;
}

bool Credential::authorize_retired(http::Request& request) const {
  if (!is_home(request)) return false;
  const auto value_of = [this](const config::SecretSource& source) -> std::string_view {
    for (std::size_t i = 0; i < readers_.size(); ++i) {
      if (readers_[i].source == &source) return retired_->values[i].reveal();
    }
    return {};
  };
  request.identity = identity_;
  config::authorize(config_.kind, {value_of, {}, {}}, request.authorization);
  add_more(request);
  return true;
}

void Credential::add_more(http::Request& request) const {
  const config::MoreSecrets& more = config_.more;
  for (const auto& [name, source] : more.headers) {
    request.authorization.headers.emplace_back(name, wire::Secret::join({value_of(source)}));
  }
  for (const auto& [name, source] : more.query) {
    request.authorization.query.emplace_back(name, wire::Secret::join({value_of(source)}));
  }
  if (more.body.empty()) return;
  const auto value_in_body = [&](std::string_view wanted) -> std::optional<std::string_view> {
    const auto found =
        std::ranges::find(more.body, wanted, [](const auto& secret) { return std::string_view(secret.first); });
    return found != more.body.end() ? std::optional(value_of(found->second)) : std::nullopt;
  };
  wire::AppendEscaped escape = wire::append_as_it_is;
  for (const auto& [name, value] : request.headers) {
    if (wire::equal_ignoring_case(name, "Content-Type")) escape = escape_for(value);
  }
  request.body = wire::filled(request.body.reveal(), value_in_body, escape);
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

void Credential::set_hosts(std::vector<std::string> hosts) {
  if (hosts == hosts_) return;
  hosts_ = std::move(hosts);
  if (std::holds_alternative<config::Negotiate>(config_.kind)) ++revision_;  // its tickets are fetched again
}

std::string Credential::problem_at(std::string_view host) const {
  return token_.tickets ? token_.tickets->problem_of(host) : std::string();
}

std::function<wire::Secret()> Credential::proof_for(std::string_view host) const {
  const auto found = token_.tickets->by_host.find(host);
  if (found == token_.tickets->by_host.end() || !found->second.ticket) return {};
  return [ticket = found->second.ticket] { return ticket->proof(); };
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
