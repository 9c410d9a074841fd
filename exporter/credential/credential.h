// A credential as the prober uses it: the configured one with its secrets, re-read when they change, and the token that
// was fetched with them, where it is one of the kinds that fetch one. Shared by targets.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/credential/credential_metadata.h"
#include "exporter/credential/secret_mask.h"
#include "exporter/credential/secret_reader.h"
#include "exporter/credential/token.h"
#include "exporter/http/client_identity.h"
#include "exporter/http/request.h"
#include "exporter/wire/file.h"
#include "exporter/wire/time.h"

namespace authprobe::credential {

class Credential {
 public:
  explicit Credential(const config::Credential& config);
  Credential(const Credential&) = delete;  // its readers point into its configuration
  Credential& operator=(const Credential&) = delete;

  // Looks for changes of the secrets, at most once in 100 ms however many targets share it. True where there are some.
  bool refresh(std::chrono::steady_clock::time_point now);

  // Why nothing can be sent; empty where something can. Never the secret.
  const std::string& problem() const;

  // Adds the secret in the form in which it is sent. Only where there is no problem(). False: the request's host is not
  // one of the credential's hosts. Nothing was added then, and the request must not be sent.
  [[nodiscard]] bool authorize(http::Request& request) const;

  // The hosts of the targets, for a kind with something of its own for each.
  void set_hosts(std::vector<std::string> hosts);

  // Why nothing can be sent to this host, though there is no problem(); empty where something can.
  std::string problem_at(std::string_view host) const;

  // The value that was in use before this one, kept in memory for as long as somebody has to see that it is refused.
  // It is kept only where the configuration says when it has to be dead (`retire`).
  bool has_retired() const { return retired_.has_value(); }
  WallTime retired_at() const { return retired_->at; }                 // only with has_retired()
  [[nodiscard]] bool authorize_retired(http::Request& request) const;  // only with has_retired()
  void forget_retired();

  // The bare secret in use: the fetched token, or the configured secret; of a cookie its value.
  std::string_view bare_value() const;

  // The configured secret, with which a token is fetched where the kind has one; empty where it is none.
  std::string_view configured_value() const { return main_reader_ ? main_reader_->secret().reveal() : ""; }

  config::SecretsInUse secrets() const;

  // One that locks an account after so many failures: it is not tried out.
  bool password_like() const { return config::traits_of(config_.kind).may_lock_account; }

  // The same request can be sent without it.
  bool can_be_left_out() const { return !config::traits_of(config_.kind).is_in_url; }

  // A token that may be a JWT.
  bool sends_bearer_token() const { return config::traits_of(config_.kind).is_token; }

  // What is wrong with the form of the secret, though it can be sent; empty: nothing.
  const std::string& shape_problem() const { return shape_problem_; }

  // What servers read in more than one way in the configured secrets.
  const config::SecretHint& hint() const { return hint_; }

  // When the file of the main secret was last modified; nothing for other sources.
  std::optional<WallTime> changed_at() const;

  // Its expiry and its scopes, merged from all sources.
  CredentialMetadata& metadata() { return metadata_; }
  const CredentialMetadata& metadata() const { return metadata_; }

  // Knows what must not be repeated of an answer.
  const SecretMask& secret_mask() const { return secret_mask_; }

  const config::Credential& config() const { return config_; }
  const std::string& name() const { return config_.name; }

  // How often the configured secrets have become other ones. One that was missing for a while and came back is no
  // other.
  std::uint64_t rotations() const { return rotations_; }

  // Before the first probe: what an earlier process knew. `loaded_at`: when it first saw the value in use; none where
  // that may have been another value. A token is fetched again, and is another one.
  void restore(std::uint64_t rotations, std::optional<WallTime> loaded_at) {
    rotations_ = rotations;
    if (loaded_at && !fetches_token()) loaded_at_ = loaded_at;
  }

  // Changes whenever the secrets do, missing ones included.
  std::uint64_t revision() const { return revision_; }

  // Of the secrets in use, to tell them apart in the log; empty where there are none.
  const std::string& fingerprint() const { return fingerprint_; }

  // When the secrets in use were read, or the token was fetched.
  std::optional<WallTime> loaded_at() const { return loaded_at_; }

  // What is sent is not the configured secret, but made of it or fetched with it.
  bool has_own_token() const { return fetches_token() || config::traits_of(config_.kind).is_made; }

  // What a fetched token needs, and what becomes of it.
  // The next request: of a login of several, or for keys of AWS, the one that `progress` stands at. Files that keys
  // come from are watched from then on. `id` makes an assertion unique.
  TokenRequest token_request(WallTime now, std::string_view id, LoginProgress& progress);
  bool fetches_token() const { return config::token_url(config_.kind) != nullptr; }
  const std::string& secrets_problem() const { return secrets_problem_; }
  std::shared_ptr<const http::ClientIdentity> identity() const { return identity_; }
  void take_token(FetchedToken token, WallTime now);
  void lose_token(std::string why);
  const std::string& token_remark() const { return token_.remark; }  // FetchedToken::remark of the one in use
  bool has_token() const { return !token_.value.empty(); }

  // No token yet, and the first attempt to fetch one has not ended: probes wait for it.
  bool awaits_token() const { return fetches_token() && !has_token() && token_problem_.empty(); }

  // When the token in use ends; nothing where nobody says. What the answer says counts from our own clock, so that it
  // goes before what stands in a JWT.
  std::optional<WallTime> token_end() const;

  // Which token is in use: a number that is never used again. A target that was refused with it says so.
  std::uint64_t token_number() const { return token_number_; }
  void token_refused(std::uint64_t number);
  bool token_is_refused() const { return refused_token_ == token_number_ && has_token(); }

 private:
  struct Reader {
    const config::SecretSource* source;  // in config_
    SecretReader reader;
  };
  void take_secrets();
  bool aws_files_changed(std::chrono::steady_clock::time_point now);
  void read_identity();
  void make_token();
  void add_more(http::Request& request) const;
  std::function<wire::Secret()> proof_for(std::string_view host) const;
  void update_metadata();
  void update_mask();
  void add_certificate_expiry();
  std::string_view value_of(const config::SecretSource& source) const;
  std::string_view value_in_use() const;
  bool is_home(const http::Request& request) const;
  void retire_values();

  config::Credential config_;
  std::vector<Reader> readers_;
  const SecretReader* main_reader_ = nullptr;  // in readers_: of the kind's main secret; null: it has none
  CredentialMetadata metadata_;
  SecretMask secret_mask_;
  std::string reading_problem_;                   // of the readers alone
  std::string secrets_problem_ = "not read yet";  // of what they read, too
  std::string shape_problem_;
  config::SecretHint hint_;
  std::shared_ptr<const http::ClientIdentity> identity_;
  std::string fingerprint_;
  std::uint64_t rotations_ = 0;
  std::uint64_t revision_ = 0;
  std::optional<WallTime> loaded_at_;
  std::optional<std::chrono::steady_clock::time_point> refreshed_;

  using Values = std::vector<wire::Secret>;  // of readers_, in their order
  struct Retired {
    Values values;
    WallTime at;  // when they were replaced
  };
  Values kept_;  // what the readers last had, which they overwrite; empty where nothing is retired
  std::optional<Retired> retired_;

  // That the keys of AWS were read from last, as they were then.
  std::vector<std::pair<std::string, std::optional<wire::FileStamp>>> aws_files_;
  wire::FileWatch aws_watch_;

  std::vector<std::string> hosts_;  // set_hosts()
  FetchedToken token_;
  std::optional<WallTime> made_at_;  // the token, where we make it
  std::string token_problem_;
  std::uint64_t token_number_ = 0;
  std::uint64_t refused_token_ = 0;
};

}  // namespace authprobe::credential
