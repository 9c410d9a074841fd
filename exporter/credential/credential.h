// A credential as the prober uses it: the configured one with its secret, re-read when it changes, shared by targets.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "exporter/config/config.h"
#include "exporter/credential/authorization.h"
#include "exporter/credential/knowledge.h"
#include "exporter/credential/secret.h"
#include "exporter/diagnosis/diagnosis.h"

namespace authprobe::credential {

class Credential {
 public:
  explicit Credential(const config::Credential& config);

  // Looks for changes of the secret, at most once in 100 ms however many targets share it.
  void refresh(std::chrono::steady_clock::time_point now);

  // Why nothing can be sent; empty where something can. Never the secret.
  const std::string& problem() const;

  // The secret in the form in which it is sent. Only where there is no problem().
  Authorization authorization() const;

  diagnosis::SentCredential kind() const;

  // One that locks an account after so many failures: it is not tried out.
  bool password_like() const { return config_.kind == config::CredentialKind::basic; }

  // What is known of it, for the diagnosis of an answer.
  diagnosis::CredentialFacts facts() const;

  // When it ends and what it may do, as everybody says who was asked.
  Knowledge& knowledge() { return knowledge_; }
  const Knowledge& knowledge() const { return knowledge_; }

  const config::Credential& config() const { return config_; }
  const std::string& name() const { return config_.name; }
  std::uint64_t rotations() const { return rotations_; }

 private:
  void learn_facts();

  config::Credential config_;
  SecretReader secret_;
  SecretReader username_;  // basic only
  Knowledge knowledge_;
  std::string shape_problem_;
  std::uint64_t rotations_ = 0;
  bool loaded_ = false;
  std::optional<std::chrono::steady_clock::time_point> refreshed_;
};

}  // namespace authprobe::credential
