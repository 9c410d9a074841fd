// Fetches a credential's token (oauth2, login) or AWS's temporary keys, and keeps it fresh: before it ends, once after
// a target refused it, and when the secrets that it is asked for with have changed; after failures less and less often.
// Virtual time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "exporter/credential/credential.h"
#include "exporter/prober/checks.h"
#include "exporter/prober/credential_task.h"

namespace authprobe::prober {

class TokenFetch : public CredentialTask {
 public:
  // After a refusal: never two requests in less time.
  static constexpr std::chrono::seconds kFloor{10};
  // However short the tokens' lives are.
  static constexpr std::chrono::seconds kLeastAge{1};
  static constexpr std::chrono::seconds kFirstRetry{5};
  static constexpr std::chrono::seconds kLongestRetry{300};

  // `rules` are those of the diagnoses of refused requests for a token; never null.
  TokenFetch(std::shared_ptr<credential::Credential> credential, std::shared_ptr<const diagnosis::Ruleset> rules);

  SlotTime due() const override;
  std::optional<http::Request> next_request(SlotTime now) override;
  void on_response(const http::Response& response, SlotTime now) override;
  void set_rules(const std::shared_ptr<const diagnosis::Ruleset>& rules) override { rules_ = rules; }
  void restore(const CredentialStatus& saved) override;
  void fill_status(CredentialStatus& status) const override;

 private:
  SlotTime fetch_due() const;
  std::string shown(std::string text) const;
  std::string unexpected(const http::Response& response) const;
  http::Response without_secrets(const http::Response& response) const;
  bool may_be_sent(const http::Request& request) const;
  void fail_without_answer(const http::Response& response, const std::string& fetch, SlotTime now);
  void succeed(credential::FetchedToken token, SlotTime now);
  void note_refusal(const http::Response& response, const credential::TokenAnswer& failed, SlotTime now);
  void fail(credential::FetchFailure failure, const std::string& detail, std::chrono::seconds at_least, SlotTime now);

  std::shared_ptr<credential::Credential> credential_;
  std::shared_ptr<const diagnosis::Ruleset> rules_;
  std::unique_ptr<const Checks> checks_;  // of a login's answer; null: none
  const double spread_;                   // [0, 1): the same over restarts, different for each credential
  SlotTime next_;                         // by the token's age, or after a failure
  std::optional<SlotTime> ends_;
  std::optional<SlotTime> begun_;       // the last request, of a login its first one
  credential::LoginProgress progress_;  // of several requests
  std::uint64_t tried_revision_ = 0;
  int failures_in_a_row_ = 0;
  std::string last_failure_;
  std::optional<WallTime> last_good_;
  credential::SecretMask assertions_;  // the signed ones that were sent last
  CredentialStatus::TokenFetches fetches_;
};

}  // namespace authprobe::prober
