// A credential's expiry and scopes, merged from every source. It knows no clock and no socket: its owner brings what
// servers said.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/credential/signed_url.h"
#include "exporter/credential/validity.h"
#include "exporter/wire/headers.h"
#include "exporter/wire/time.h"

namespace authprobe::credential {

// Who says which scopes are granted, the most trusted last.
enum class ScopeSource : std::uint8_t { header, jwt, token_response, introspection };
inline constexpr std::size_t kScopeSourceCount = 4;

class CredentialMetadata {
 public:
  explicit CredentialMetadata(const config::Credential& config);

  // Another secret or another token is in use: what was said of the old one is forgotten, and what stands in this one
  // is read (JWT, signed URL, certificates). `password` opens a PKCS#12 bundle.
  void reset_from(std::string_view value, std::string_view password = {});

  // It is about to be replaced, before its end or after.
  void note_renewal(WallTime now);

  // The URLs that the credential is sent with say when it ends (`se=`, `X-Amz-Expires=`); nothing: they do not. It
  // outlives the value, as what is declared does.
  void set_url_times(const std::optional<SignedTimes>& times);

  // The issuer's list says when it ends. It outlives a fetched token, not the secret itself; nothing: no list has it.
  void set_listed(const std::optional<ExpiryClaim>& claim);

  // One source says when it ends; a later word of the same source about the same kind replaces the earlier one.
  void add_expiry(const ExpiryClaim& claim);

  // The scopes that are granted, as one source has them; bounded.
  void set_scopes(ScopeSource source, std::vector<std::string> scopes);

  // The issuer's id of the value in use, as the issuer tells; empty: nobody has told.
  void set_issuer_id(std::string id) { issuer_id_ = std::move(id); }
  const std::string& issuer_id() const { return issuer_id_; }

  // The issuer says that it does (not) work at all, whatever its end.
  void set_active(bool active) { active_ = active; }

  // Reads the headers of an answer to a request that carried the credential: the configured one, GitHub's, the scopes
  // that are granted, and the cookie that we sent.
  void observe(std::span<const wire::Header> headers, WallTime now);

  // What servers said of the end of the value in use: nobody can read that again in the value or in the configuration.
  std::vector<ExpiryClaim> observed() const;

  // What each source says of the end, those that win and those that do not.
  std::vector<ExpiryClaim> claims() const;

  const Validity& validity() const { return validity_; }
  std::optional<WallTime> not_before() const { return not_before_; }
  std::optional<WallTime> issued_at() const { return issued_at_; }
  std::optional<bool> active() const { return active_; }

  // Nothing where no source tells.
  const std::optional<std::vector<std::string>>& granted_scopes() const { return granted_; }
  std::vector<std::string> missing_scopes() const;  // required, but not granted; empty where nobody tells
  std::vector<std::string> excess_scopes() const;   // granted, but not allowed

  // How often the most trusted source has told other scopes than before, of this value or of one before it; and what
  // the last of these changes took away.
  std::uint64_t scope_changes() const { return scope_changes_; }
  const std::vector<std::string>& lost_scopes() const { return lost_; }
  void restore_scope_changes(std::uint64_t changes) { scope_changes_ = changes; }

 private:
  void recompute();
  void note_scopes(std::size_t source);
  const config::ExpiryHeader* expiry_header(std::string_view name) const;
  void observe_expiry(std::string_view value, wire::TimeFormat format, WallTime now);
  void observe_cookie(std::string_view set_cookie, WallTime now);

  const config::ExpiryRules rules_;
  const config::SharedValue<config::KnownServices> services_;
  const config::ScopeRules scope_rules_;
  std::vector<ExpiryClaim> declared_;
  std::optional<ExpiryClaim> in_url_;
  std::optional<ExpiryClaim> listed_;
  std::vector<ExpiryClaim> claims_;  // what the value in use and the servers say
  std::array<std::optional<std::vector<std::string>>, kScopeSourceCount> scopes_;
  std::optional<std::vector<std::string>> granted_;
  std::array<std::optional<std::vector<std::string>>, kScopeSourceCount> told_;  // as scopes_, of any value
  std::uint64_t scope_changes_ = 0;
  std::vector<std::string> lost_;
  std::optional<WallTime> not_before_;
  std::optional<WallTime> issued_at_;
  std::optional<bool> active_;
  std::string issuer_id_;
  const bool is_cookie_;
  std::size_t cookie_hash_ = 0;  // of "name=value" pairs that we send, so that no second copy of them is kept
  std::vector<std::chrono::seconds> left_at_renewals_;  // what the last ones had left; the latest at the end
  Validity validity_;
};

}  // namespace authprobe::credential
