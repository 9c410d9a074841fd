// The control that asks whoever checks the credential: its health page, and a JWT's issuer for its metadata and its
// keys. Once while the credential is refused, however many targets are, and again when the answers are old. Nothing
// secret is sent, and nobody is asked whom the configuration does not name or allow. Virtual time.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "exporter/credential/credential.h"
#include "exporter/credential/jwks.h"
#include "exporter/credential/jwt.h"
#include "exporter/diagnosis/token_report.h"
#include "exporter/prober/credential_task.h"

namespace authprobe::prober {

class IssuerControl : public CredentialTask {
 public:
  // From one round of questions to the next, also where targets are refused on and off.
  static constexpr std::chrono::minutes kFloor{1};

  // So long an answer tells of the present: in a refusal that lasts, all is asked again then.
  static constexpr std::chrono::minutes kFresh{10};

  // `wall_clock`: what issuers' clocks are compared with; that of slots does not follow a correction.
  using WallClock = WallTime (*)();
  explicit IssuerControl(std::shared_ptr<credential::Credential> credential,
                         WallClock wall_clock = &std::chrono::system_clock::now)
      : credential_(std::move(credential)), wall_clock_(wall_clock) {}

  // A target was refused with the token in use: its issuer is asked, unless it was since reset() and lately. Another
  // token of the same issuer is compared with what the issuer said then.
  void request();

  // No target of the credential is refused any longer.
  void reset();

  // What is known of the token in use; null: nothing yet, or it is no JWT.
  std::shared_ptr<const diagnosis::TokenReport> report() const { return version_ == version() ? report_ : nullptr; }

  // The issuer is about to be asked, or is being asked.
  bool pending() const { return next_ != Step::none; }

  SlotTime due() const override { return pending() ? floor_ : SlotTime::max(); }
  std::optional<http::Request> next_request(SlotTime now) override;
  void on_response(const http::Response& response, SlotTime now) override;
  void fill_status(CredentialStatus&) const override {}  // it is about refusals, not about the credential

 private:
  using Version = std::pair<std::uint64_t, std::uint64_t>;
  enum class Step : std::uint8_t { none, read_token, health, openid_metadata, oauth_metadata, keys };

  Version version() const { return {credential_->revision(), credential_->token_number()}; }
  void read_token();
  void read_claims();
  void ask_again();
  Step first_to_issuer() const { return keys_known_ ? Step::keys : Step::openid_metadata; }
  void take_health(const http::Response& response);
  std::optional<wire::Url> issuer_to_ask(const credential::JwtClaims& claims) const;
  http::Request request_to(const wire::Url& url) const;
  void take_metadata(const http::Response& response);
  void take_keys(const http::Response& response);
  void finish(diagnosis::IssuerAnswer answer);
  void complete_report();

  const std::shared_ptr<credential::Credential> credential_;
  const WallClock wall_clock_;
  std::optional<Version> version_;  // of the token that was asked about last
  Step next_ = Step::none;
  Step after_health_ = Step::none;
  std::optional<WallTime> answered_at_;  // the end of the last round; none: there was none since reset()
  SlotTime floor_;
  wire::Url issuer_;
  wire::Url keys_;
  std::optional<std::chrono::seconds> ahead_;
  bool keys_known_ = false;                        // keys_ is configured: no metadata is asked for
  std::optional<diagnosis::IssuerAnswer> answer_;  // of issuer_, since reset()
  std::optional<diagnosis::HealthAnswer> health_;  // since reset()
  std::vector<credential::JsonWebKey> key_set_;    // empty: none could be read
  std::shared_ptr<const diagnosis::TokenReport> report_;
};

}  // namespace authprobe::prober
