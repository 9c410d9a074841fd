#include "exporter/prober/issuer_control.h"

#include <algorithm>
#include <array>
#include <string>

#include "exporter/credential/issuer_metadata.h"
#include "exporter/credential/jwks.h"
#include "exporter/diagnosis/token_refiner.h"
#include "exporter/wire/headers.h"
#include "exporter/wire/time.h"

namespace authprobe::prober {
namespace {

using diagnosis::IssuerAnswer;
using diagnosis::KeyFit;
using diagnosis::TokenReport;
using AnswerState = IssuerAnswer::State;

constexpr std::chrono::seconds kLongest{10};  // for each of three answers at most

std::optional<std::chrono::seconds> clock_of(const http::Response& response, WallTime now) {
  const std::string* header = wire::find_header(response.headers, "Date");
  const auto date = header != nullptr ? wire::read_http_date(*header) : std::nullopt;
  if (!date) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::seconds>(*date - now);
}

bool is_success(const http::Response& response) {
  return response.status >= 200 && response.status <= 299 && response.error == http::TransportError::none;
}

// An answer that is not a whole document: what it says of the issuer.
std::optional<IssuerAnswer> trouble(const http::Response& response, std::string asked) {
  if (response.status >= 500)
    return IssuerAnswer{AnswerState::failing, std::move(asked), std::to_string(response.status)};
  const bool too_large = response.error == http::TransportError::too_large ||
                         (is_success(response) && response.body_bytes > response.body.size());
  if (too_large) return IssuerAnswer{AnswerState::no_metadata, std::move(asked), "more than is read"};
  if (response.error != http::TransportError::none) {
    return IssuerAnswer{AnswerState::silent, std::move(asked), response.error_detail};
  }
  if (is_success(response)) return std::nullopt;
  return IssuerAnswer{AnswerState::no_metadata, std::move(asked), std::to_string(response.status)};
}

// What one key says of the token, whose algorithm takes keys of this type.
KeyFit fit_of(const credential::JsonWebKey& key, const credential::JwtClaims& claims, std::string_view token) {
  if (key.type != credential::key_type_for(claims.algorithm)) return KeyFit::wrong_type;
  if (!key.algorithm.empty() && key.algorithm != claims.algorithm) return KeyFit::wrong_type;
  switch (credential::check_signature(token, claims.algorithm, key)) {
    case credential::SignatureCheck::verifies: return KeyFit::verifies;
    case credential::SignatureCheck::fails: return KeyFit::fails;
    case credential::SignatureCheck::unreadable: break;
  }
  return KeyFit::unknown;
}

// Of the keys that may have signed the token the best: without a kid all of its type may have.
KeyFit fit_of(const std::vector<credential::JsonWebKey>& keys, const credential::JwtClaims& claims,
              std::string_view token) {
  constexpr std::array kBestFirst{KeyFit::verifies, KeyFit::unknown, KeyFit::fails, KeyFit::wrong_type};
  if (credential::key_type_for(claims.algorithm).empty()) return KeyFit::unknown;
  const bool is_shared_secret = credential::key_type_for(claims.algorithm) == "oct";
  KeyFit best = is_shared_secret ? KeyFit::unknown : KeyFit::absent;
  for (const credential::JsonWebKey& key : keys) {
    if (!key.signs ||
        (claims.key_id.empty() ? key.type != credential::key_type_for(claims.algorithm) : key.id != claims.key_id)) {
      continue;
    }
    const KeyFit fit = fit_of(key, claims, token);
    const auto rank = [&](KeyFit one) { return std::ranges::find(kBestFirst, one) - kBestFirst.begin(); };
    if (best == KeyFit::absent || is_shared_secret || rank(fit) < rank(best)) best = fit;
  }
  return best;
}

}  // namespace

void IssuerControl::request() {
  if (pending()) return;
  if (version_ != version()) {
    next_ = Step::read_token;
  } else if (answered_at_ && wall_clock_() - *answered_at_ > kFresh) {
    ask_again();
  }
}

// What is known stays until the new answers are there.
void IssuerControl::ask_again() {
  answered_at_.reset();
  after_health_ = answer_ ? first_to_issuer() : Step::none;
  next_ = credential_->config().auth_health_url.empty() ? after_health_ : Step::health;
}

void IssuerControl::reset() {
  version_.reset();
  answer_.reset();
  health_.reset();
  answered_at_.reset();
  if (next_ == Step::read_token) next_ = Step::none;
}

// A foreign text decides nothing but which document of an origin that the credential has anyway.
std::optional<wire::Url> IssuerControl::issuer_to_ask(const credential::JwtClaims& claims) const {
  const config::Credential& config = credential_->config();
  if (!config.issuer.url.empty()) {
    const bool fits = diagnosis::is_same_identifier(claims.issuer, config.issuer.url.text());
    return fits ? std::optional(config.issuer.url) : std::nullopt;
  }
  auto issuer = wire::Url::parse(claims.issuer);
  if (!issuer || issuer->has_userinfo() || issuer->has_fragment() || issuer->text().find('?') != std::string::npos) {
    return std::nullopt;
  }
  for (const wire::Url* own :
       {config::token_url(config.kind), &config.expiry.introspection.url, &config.expiry.lookup.url}) {
    if (own != nullptr && !own->empty() && same_origin(*own, *issuer)) return issuer;
  }
  return std::nullopt;
}

// What stands in the token is known at once; whether there is somebody to ask follows from it.
void IssuerControl::read_token() {
  version_ = version();
  next_ = Step::none;
  report_.reset();
  if (credential_->sends_bearer_token()) read_claims();
  if (credential_->config().auth_health_url.empty()) return;
  auto report = report_ ? std::make_shared<TokenReport>(*report_) : std::make_shared<TokenReport>();
  report->about_token = report_ != nullptr;
  report->health = health_;
  report_ = std::move(report);
  if (health_) return;
  after_health_ = next_;
  next_ = Step::health;
}

void IssuerControl::read_claims() {
  const config::TokenIssuer& configured = credential_->config().issuer;
  const std::string_view token = credential_->bare_value();
  const auto claims = credential::read_jwt(token);
  if (!claims) {
    if (configured.url.empty() || credential::form_of(token) == credential::TokenForm::encrypted) return;
    auto report = std::make_shared<TokenReport>();
    report->is_jwt = false;
    report_ = std::move(report);
    return;
  }
  report_ = std::make_shared<const TokenReport>(
      TokenReport{true, claims->issuer, claims->audiences, claims->algorithm, claims->key_id, configured.url.text(),
                  credential_->loaded_at(), std::nullopt, KeyFit::unknown, true, std::nullopt});
  const auto issuer = issuer_to_ask(*claims);
  if (!issuer) return;
  if (answer_ && issuer_ == *issuer) return complete_report();
  answer_.reset();
  ahead_.reset();
  key_set_.clear();
  issuer_ = *issuer;
  keys_ = configured.jwks_url;
  keys_known_ = !keys_.empty();
  next_ = first_to_issuer();
}

http::Request IssuerControl::request_to(const wire::Url& url) const {
  http::Request request;
  request.url = http::prepared(url);
  auto connection = std::make_shared<config::Connection>(*credential_->config().connection);
  connection->max_redirects = 0;
  connection->max_response_bytes = std::min<std::uint64_t>(connection->max_response_bytes, 1u << 20);
  request.timeout = std::min<std::chrono::milliseconds>(connection->timeout, kLongest);
  request.connection = std::move(connection);
  request.headers.emplace_back("Accept", "application/json");
  return request;
}

std::optional<http::Request> IssuerControl::next_request(SlotTime) {
  if (next_ == Step::read_token) {
    if (!credential_->problem().empty()) {
      next_ = Step::none;
      return std::nullopt;
    }
    read_token();
  }
  switch (next_) {
    case Step::health: return request_to(credential_->config().auth_health_url);
    case Step::openid_metadata: return request_to(credential::openid_configuration_url(issuer_));
    case Step::oauth_metadata: return request_to(credential::oauth_metadata_url(issuer_));
    case Step::keys: return request_to(keys_);
    case Step::none:
    case Step::read_token: break;
  }
  return std::nullopt;
}

void IssuerControl::on_response(const http::Response& response, SlotTime now) {
  if (next_ == Step::health) {
    take_health(response);
  } else {
    if (const auto ahead = clock_of(response, wall_clock_())) ahead_ = ahead;
    next_ == Step::keys ? take_keys(response) : take_metadata(response);
  }
  if (!pending()) answered_at_ = wall_clock_();
  floor_ = pending() ? now : now + kFloor;
}

void IssuerControl::take_health(const http::Response& response) {
  health_ = {response.status, response.error_detail, wall_clock_()};
  next_ = after_health_;
  complete_report();
}

void IssuerControl::take_metadata(const http::Response& response) {
  auto problem = trouble(response, "its metadata");
  const auto metadata = problem ? std::nullopt : credential::read_issuer_metadata(response.body);
  if (!problem && !metadata) problem = IssuerAnswer{AnswerState::unreadable, "its metadata", "something else"};
  if (problem) {
    const bool elsewhere = problem->state == AnswerState::no_metadata || problem->state == AnswerState::unreadable;
    if (!elsewhere || next_ != Step::openid_metadata) return finish(std::move(*problem));
    next_ = Step::oauth_metadata;
    return;
  }
  if (!diagnosis::is_same_identifier(metadata->issuer, issuer_.text())) {
    return finish({AnswerState::another_issuer, "its metadata", metadata->issuer});
  }
  const auto keys = wire::Url::parse(metadata->jwks_uri);
  if (!keys) return finish({AnswerState::unreadable, "its metadata", "without a usable jwks_uri"});
  if (!same_origin(*keys, issuer_)) return finish({AnswerState::keys_elsewhere, "its metadata", keys->origin()});
  keys_ = *keys;
  next_ = Step::keys;
}

void IssuerControl::take_keys(const http::Response& response) {
  if (auto problem = trouble(response, "its keys")) {
    const bool gone = response.status == 404 || response.status == 410;
    if (gone) problem->state = AnswerState::unreadable;
    return finish(std::move(*problem));
  }
  auto keys = credential::read_key_set(response.body);
  if (!keys) return finish({AnswerState::unreadable, "its keys", "something that is no key set"});
  if (keys->empty()) return finish({AnswerState::unreadable, "its keys", "an empty key set"});
  key_set_ = std::move(*keys);
  finish({AnswerState::keys_read, "its keys", "", key_set_.size()});
}

void IssuerControl::finish(IssuerAnswer answer) {
  answer.ahead = ahead_;
  answer.asked_at = wall_clock_();
  answer_ = std::move(answer);
  next_ = Step::none;
  complete_report();
}

// With what the issuer said, unless another token has come meanwhile.
void IssuerControl::complete_report() {
  if (version_ != version()) return;
  auto report = std::make_shared<TokenReport>(*report_);
  report->answer = answer_;
  report->health = health_;
  const auto claims = credential::read_jwt(credential_->bare_value());
  if (claims && !key_set_.empty()) report->key = fit_of(key_set_, *claims, credential_->bare_value());
  report_ = std::move(report);
}

}  // namespace authprobe::prober
