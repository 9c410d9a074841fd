#include "exporter/credential/credential_metadata.h"

#include <algorithm>
#include <iterator>

#include "exporter/credential/certificate.h"
#include "exporter/credential/jwt.h"
#include "exporter/wire/cookies.h"
#include "exporter/wire/text.h"
#include "exporter/wire/wall_time.h"

namespace authprobe::credential {
namespace {

// GitHub's, Bitbucket's, Slack's and others'.
constexpr std::string_view kScopesHeader = "X-OAuth-Scopes";

// "repo, read:org", as GitHub writes it, or with blanks alone.
std::vector<std::string> scope_list(std::string_view text) {
  std::vector<std::string> scopes;
  while (!text.empty()) {
    std::string_view words = wire::take_part(text, ',');
    while (!words.empty()) {
      if (const std::string_view word = wire::take_part(words, ' '); !word.empty()) scopes.emplace_back(word);
    }
  }
  return scopes;
}

bool contains(const std::vector<std::string>& list, const std::string& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

std::vector<ExpiryClaim> declared_claims(const config::Credential& config) {
  const config::ExpiryRules& rules = config.expiry;
  ExpiryClaim claim;
  if (rules.issued_at) claim.issued_at = wire::wall_time(*rules.issued_at);
  if (config.expires_at) {
    claim.at = wire::end_time(*config.expires_at);
  } else if (rules.issued_at && rules.max_age) {
    claim.at = wire::end_time(*rules.issued_at + std::chrono::floor<std::chrono::seconds>(*rules.max_age));
  } else if (!config.never_expires) {
    return {};
  }
  return {claim};
}

}  // namespace

CredentialMetadata::CredentialMetadata(const config::Credential& config)
    : rules_(config.expiry),
      services_(config.services),
      scope_rules_(config.scopes),
      declared_(declared_claims(config)),
      is_cookie_(std::holds_alternative<config::Cookie>(config.kind)) {
  recompute();
}

void CredentialMetadata::reset_from(std::string_view value, std::string_view password) {
  claims_.clear();
  scopes_ = {};
  granted_.reset();
  not_before_.reset();
  issued_at_.reset();
  active_.reset();
  issuer_id_.clear();
  cookie_hash_ = is_cookie_ ? std::hash<std::string_view>{}(wire::trimmed(value)) : 0;
  if (const auto jwt = read_jwt(value)) {
    not_before_ = jwt->not_before;
    issued_at_ = jwt->issued_at;
    add_expiry(
        {ExpiryKind::access, ExpirySource::jwt, jwt->expires_at, jwt->issued_at ? jwt->issued_at : jwt->not_before});
    if (!jwt->scopes.empty()) set_scopes(ScopeSource::jwt, jwt->scopes);
  } else if (const auto signed_times = read_signed_url(value)) {
    // It stands in what was configured, and nobody but its writer can change it.
    add_expiry({ExpiryKind::access, ExpirySource::declared, signed_times->expires_at, signed_times->issued_at});
  } else if (value.starts_with("-----BEGIN ") || value.starts_with('\x30')) {
    if (const auto times = read_certificates(value, password)) {
      add_expiry({ExpiryKind::certificate, ExpirySource::certificate, times->not_after, times->not_before});
    }
  }
  recompute();
}

void CredentialMetadata::note_renewal(WallTime now) {
  constexpr std::size_t kRemembered = 3;
  const auto end = validity_.end();
  if (!end || *end <= now) return;  // one that came too late says nothing of the usual time either
  if (left_at_renewals_.size() == kRemembered) left_at_renewals_.erase(left_at_renewals_.begin());
  left_at_renewals_.push_back(std::chrono::duration_cast<std::chrono::seconds>(*end - now));
}

void CredentialMetadata::set_url_times(const std::optional<SignedTimes>& times) {
  in_url_.reset();
  if (times) in_url_ = ExpiryClaim{ExpiryKind::access, ExpirySource::declared, times->expires_at, times->issued_at};
  recompute();
}

void CredentialMetadata::set_listed(const std::optional<ExpiryClaim>& claim) {
  listed_ = claim;
  recompute();
}

std::vector<ExpiryClaim> CredentialMetadata::observed() const {
  std::vector<ExpiryClaim> observed;
  for (const ExpiryClaim& claim : claims_) {
    const bool asked = claim.source == ExpirySource::introspection || claim.source == ExpirySource::lookup;
    if (asked || claim.source == ExpirySource::header) observed.push_back(claim);
  }
  return observed;
}

std::vector<ExpiryClaim> CredentialMetadata::claims() const {
  std::vector<ExpiryClaim> claims = claims_;
  claims.insert(claims.end(), declared_.begin(), declared_.end());
  if (in_url_) claims.push_back(*in_url_);
  if (listed_) claims.push_back(*listed_);
  return claims;
}

void CredentialMetadata::add_expiry(const ExpiryClaim& claim) {
  std::erase_if(claims_, [&](const ExpiryClaim& old) { return old.kind == claim.kind && old.source == claim.source; });
  claims_.push_back(claim);
  recompute();
}

void CredentialMetadata::set_scopes(ScopeSource source, std::vector<std::string> scopes) {
  constexpr std::size_t kMost = 256;
  constexpr std::size_t kLongest = 256;
  if (scopes.size() > kMost) scopes.resize(kMost);
  for (std::string& scope : scopes) {
    if (scope.size() > kLongest) scope.resize(kLongest);
  }
  std::sort(scopes.begin(), scopes.end());
  scopes.erase(std::unique(scopes.begin(), scopes.end()), scopes.end());
  scopes_[static_cast<std::size_t>(source)] = std::move(scopes);
  for (const auto& known : scopes_) {
    if (known) granted_ = known;
  }
  note_scopes(static_cast<std::size_t>(source));
}

// A source is compared with itself alone: another one may know less, or call the same by other names.
void CredentialMetadata::note_scopes(std::size_t source) {
  const std::vector<std::string>& now = *scopes_[source];
  const bool is_trusted_most = std::all_of(scopes_.begin() + static_cast<std::ptrdiff_t>(source) + 1, scopes_.end(),
                                           [](auto& other) { return !other; });
  if (told_[source] && *told_[source] != now && is_trusted_most) {
    ++scope_changes_;
    lost_.clear();
    std::ranges::set_difference(*told_[source], now, std::back_inserter(lost_));
  }
  told_[source] = now;
}

// The credential's own goes before those that services are known for. Null: it is none.
const config::ExpiryHeader* CredentialMetadata::expiry_header(std::string_view name) const {
  const auto has_name = [&](const config::ExpiryHeader& header) {
    return wire::equal_ignoring_case(name, header.name);
  };
  if (!rules_.header.name.empty() && has_name(rules_.header)) return &rules_.header;
  if (!services_) return nullptr;
  const auto known = std::ranges::find_if(services_->expiry_headers, has_name);
  return known == services_->expiry_headers.end() ? nullptr : &*known;
}

void CredentialMetadata::observe(std::span<const wire::Header> headers, WallTime now) {
  for (const auto& [name, value] : headers) {
    if (const config::ExpiryHeader* known = expiry_header(name)) {
      observe_expiry(value, known->format, now);
    } else if (wire::equal_ignoring_case(name, kScopesHeader)) {
      set_scopes(ScopeSource::header, scope_list(value));
    } else if (is_cookie_ && wire::equal_ignoring_case(name, "Set-Cookie")) {
      observe_cookie(value, now);
    }
  }
}

void CredentialMetadata::observe_expiry(std::string_view value, wire::TimeFormat format, WallTime now) {
  const auto moment = wire::read_timestamp(value, now, format);
  if (!moment) return;
  add_expiry({ExpiryKind::access, ExpirySource::header, moment->never ? std::nullopt : std::optional(moment->at), {}});
}

// Another value under the same name is another cookie, which we do not send.
void CredentialMetadata::observe_cookie(std::string_view set_cookie, WallTime now) {
  std::string_view rest = set_cookie;
  if (std::hash<std::string_view>{}(wire::take_part(rest, ';')) != cookie_hash_) return;
  if (const auto end = wire::cookie_end(set_cookie, now)) {
    add_expiry({ExpiryKind::access, ExpirySource::header, end, {}});
  }
}

// What stands in the credential itself, though declared by its writer, is not what people declared beside it.
void CredentialMetadata::recompute() {
  std::vector<ExpiryClaim> all = claims_;
  all.insert(all.end(), declared_.begin(), declared_.end());
  if (in_url_) all.push_back(*in_url_);
  if (listed_) all.push_back(*listed_);
  // One that was replaced early, by hand, says nothing of the usual time: of the last ones, the latest.
  const auto least = std::ranges::min_element(left_at_renewals_);
  validity_ = validity_of(all, rules_, least == left_at_renewals_.end() ? std::nullopt : std::optional(*least));
}

std::vector<std::string> CredentialMetadata::missing_scopes() const {
  std::vector<std::string> missing;
  if (!granted_) return missing;
  for (const std::string& scope : scope_rules_.required) {
    if (!contains(*granted_, scope)) missing.push_back(scope);
  }
  return missing;
}

std::vector<std::string> CredentialMetadata::excess_scopes() const {
  std::vector<std::string> excess;
  if (!granted_ || scope_rules_.allowed.empty()) return excess;
  for (const std::string& scope : *granted_) {
    if (!contains(scope_rules_.allowed, scope)) excess.push_back(scope);
  }
  return excess;
}

}  // namespace authprobe::credential
