// Asks a server what it knows of a credential: where the configuration says that it can be looked up, or by RFC 7662
// introspection. It asks at the start, on an interval, and anew for another value; after failures less and less often.
// Virtual time.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "exporter/credential/credential.h"
#include "exporter/credential/token_info.h"
#include "exporter/prober/credential_task.h"

namespace authprobe::prober {

class ExpiryQuery : public CredentialTask {
 public:
  // Never two questions in less time, whatever happens to the credential.
  static constexpr std::chrono::seconds kFloor{10};
  static constexpr std::chrono::seconds kFirstRetry{30};
  static constexpr std::chrono::hours kLongestRetry{1};
  // How soon to look whether a credential that could not be had can be had now.
  static constexpr std::chrono::seconds kWithoutSecret{1};

  enum class Endpoint : std::uint8_t { expiry, introspection };
  // Finds the credential by which we authenticate at the introspection endpoint; the token itself where this is empty.
  using ClientCredential = std::function<std::shared_ptr<credential::Credential>()>;

  ExpiryQuery(Endpoint endpoint, std::shared_ptr<credential::Credential> credential, ClientCredential client = {});

  SlotTime due() const override;
  std::optional<http::Request> next_request(SlotTime now) override;
  void on_response(const http::Response& response, SlotTime now) override;
  void restore(const CredentialStatus& saved) override;
  void fill_status(CredentialStatus& status) const override;

 private:
  // Which value is asked about: the secrets' revision and the fetched token's number.
  using Version = std::pair<std::uint64_t, std::uint64_t>;
  Version version() const { return {credential_->revision(), credential_->token_number()}; }
  std::optional<http::Request> expiry_request() const;
  std::optional<http::Request> introspection_request() const;
  std::optional<credential::TokenInfo> info_of(const http::Response& response, SlotTime now) const;
  void update_metadata(const credential::TokenInfo& info);
  std::chrono::milliseconds interval() const;

  const Endpoint endpoint_;
  const std::shared_ptr<credential::Credential> credential_;
  const ClientCredential client_;
  SlotTime next_;   // for the value that was asked about last
  SlotTime floor_;  // no question before this
  std::optional<Version> asked_;
  int failures_in_a_row_ = 0;
  std::uint64_t failures_ = 0;
  std::optional<WallTime> observed_at_;
};

}  // namespace authprobe::prober
