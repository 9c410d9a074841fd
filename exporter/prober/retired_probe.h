// Tries the value that a credential had before the one in use, rarely, on one of its targets: it has to be refused. The
// value is in memory only, and is forgotten once it was refused twice.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "exporter/config/config.h"
#include "exporter/credential/credential.h"
#include "exporter/prober/credential_task.h"
#include "exporter/prober/target.h"

namespace authprobe::prober {

class RetiredProbe : public CredentialTask {
 public:
  // Old passwords are tried once a day, since every refusal may count towards a lockout of the account.
  static constexpr std::chrono::hours kInterval{1};
  static constexpr std::chrono::hours kPasswordInterval{24};

  // The credential's configuration must have `retire`.
  explicit RetiredProbe(std::shared_ptr<credential::Credential> credential);

  // Before the first call nothing is sent.
  void use(const config::Target& target, std::shared_ptr<const diagnosis::Ruleset> rules);

  SlotTime due() const override { return due_; }
  std::optional<http::Request> next_request(SlotTime now) override;
  void on_response(const http::Response& response, SlotTime now) override;
  void fill_status(CredentialStatus& status) const override { status.previous = seen_; }

 private:
  std::chrono::milliseconds interval() const;
  void take_up();                // another value was retired
  void note_time(SlotTime now);  // what still works may be overdue by now

  std::shared_ptr<credential::Credential> credential_;
  config::Target config_;
  std::optional<ProbedTarget> target_;  // null: there is none to try it on
  SlotTime due_ = SlotTime{};
  int refusals_ = 0;  // in a row
  CredentialStatus::Previous seen_;
};

}  // namespace authprobe::prober
