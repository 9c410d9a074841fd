#include "exporter/prober/expiry_query.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "exporter/config/hosts.h"
#include "exporter/prober/rate_limit.h"
#include "exporter/wire/encoding.h"

namespace authprobe::prober {
using std::chrono::milliseconds;

ExpiryQuery::ExpiryQuery(Endpoint endpoint, std::shared_ptr<credential::Credential> credential, ClientCredential client)
    : endpoint_(endpoint), credential_(std::move(credential)), client_(std::move(client)) {}

milliseconds ExpiryQuery::interval() const {
  const config::ExpiryRules& rules = credential_->config().expiry;
  return endpoint_ == Endpoint::expiry ? rules.lookup.interval : rules.introspection.interval;
}

SlotTime ExpiryQuery::due() const {
  return asked_ == version() ? std::max(next_, floor_) : floor_;
}

std::optional<http::Request> ExpiryQuery::next_request(SlotTime now) {
  if (asked_ != version()) failures_in_a_row_ = 0;
  asked_ = version();
  std::optional<http::Request> request;
  if (credential_->problem().empty()) {
    request = endpoint_ == Endpoint::expiry ? expiry_request() : introspection_request();
  }
  if (!request) {
    next_ = now + kWithoutSecret;
    return std::nullopt;
  }
  floor_ = now + kFloor;
  next_ = now + interval();
  request->connection = credential_->config().connection;
  request->timeout = request->connection->timeout;
  request->headers.emplace_back("Accept", "application/json");
  return request;
}

std::optional<http::Request> ExpiryQuery::expiry_request() const {
  const config::ExpiryLookup& lookup = credential_->config().expiry.lookup;
  http::Request request;
  request.method = lookup.method;
  request.url = http::prepared(lookup.url);
  if (!lookup.body.empty()) {
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = wire::Secret(lookup.body);
  }
  return credential_->authorize(request) ? std::optional(std::move(request)) : std::nullopt;
}

std::optional<http::Request> ExpiryQuery::introspection_request() const {
  const auto client = client_ ? client_() : credential_;
  if (!client || !client->problem().empty()) return std::nullopt;
  const wire::Url& url = credential_->config().expiry.introspection.url;
  if (!config::is_home(credential_->config(), url)) return std::nullopt;  // it is in the body
  http::Request request;
  request.method = "POST";
  request.url = http::prepared(url);
  request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  wire::append_form_field(request.body, "token", credential_->bare_value());
  wire::append_form_field(request.body, "token_type_hint", "access_token");
  return client->authorize(request) ? std::optional(std::move(request)) : std::nullopt;
}

std::optional<credential::TokenInfo> ExpiryQuery::info_of(const http::Response& response, SlotTime now) const {
  if (response.error != http::TransportError::none || response.status < 200 || response.status > 299) {
    return std::nullopt;
  }
  const WallTime when = SlotClock::to_wall(now);
  return endpoint_ == Endpoint::expiry ? credential::read_lookup(credential_->config().expiry.lookup, response.headers,
                                                                 response.body, when, credential_->bare_value())
                                       : credential::read_introspection(response.body, when);
}

void ExpiryQuery::on_response(const http::Response& response, SlotTime now) {
  if (asked_ != version()) return;  // it is about a value that is no longer in use
  const auto info = info_of(response, now);
  if (info) {
    failures_in_a_row_ = 0;
    observed_at_ = SlotClock::to_wall(now);
    if (endpoint_ == Endpoint::expiry) credential_->metadata().observe(response.headers, SlotClock::to_wall(now));
    update_metadata(*info);
    if (info->used_up) next_ = SlotTime::max();
    return;
  }
  ++failures_;
  const auto wait = std::min<milliseconds>(kFirstRetry * (1 << std::min(failures_in_a_row_, 10)), kLongestRetry);
  ++failures_in_a_row_;
  const auto asked_to_wait = read_retry_after(response.headers, SlotClock::to_wall(now));
  if (response.status == 401 && credential_->password_like()) {  // no account is locked by our questions
    next_ = SlotTime::max();
    return;
  }
  next_ = now + std::max<milliseconds>(wait, asked_to_wait.value_or(std::chrono::seconds{0}));
}

void ExpiryQuery::update_metadata(const credential::TokenInfo& info) {
  using credential::ExpirySource;
  credential::CredentialMetadata& metadata = credential_->metadata();
  if (info.tells_expiry) {
    metadata.add_expiry({credential::ExpiryKind::access,
                         endpoint_ == Endpoint::expiry ? ExpirySource::lookup : ExpirySource::introspection,
                         info.expires_at, info.issued_at});
  }
  if (!info.id.empty()) metadata.set_issuer_id(info.id);
  if (info.active) metadata.set_active(*info.active);
  // What a look-up calls scopes is what its vendor's header on ordinary answers would say.
  if (info.scopes) {
    metadata.set_scopes(
        endpoint_ == Endpoint::expiry ? credential::ScopeSource::header : credential::ScopeSource::introspection,
        *info.scopes);
  }
}

// A credential that is both looked up and introspected has one count of failures: the lookup's goes on from it.
void ExpiryQuery::restore(const CredentialStatus& saved) {
  if (!saved.lookup) return;
  observed_at_ = saved.lookup->observed_at;
  if (endpoint_ == Endpoint::expiry || credential_->config().expiry.lookup.url.empty()) {
    failures_ = saved.lookup->failures;
  }
}

// With two who are asked, the older word counts, and the longer interval: either may be dead.
void ExpiryQuery::fill_status(CredentialStatus& status) const {
  if (!status.lookup) {
    status.lookup = {failures_, observed_at_, interval()};
    return;
  }
  status.lookup->interval = std::max(status.lookup->interval, interval());
  status.lookup->failures += failures_;
  if (!observed_at_ || !status.lookup->observed_at) {
    status.lookup->observed_at.reset();
  } else {
    status.lookup->observed_at = std::min(*status.lookup->observed_at, *observed_at_);
  }
}

}  // namespace authprobe::prober
