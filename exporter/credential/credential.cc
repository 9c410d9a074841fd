#include "exporter/credential/credential.h"

#include <openssl/evp.h>
#include <strings.h>

namespace authprobe::credential {
namespace {

using config::CredentialKind;

constexpr std::chrono::milliseconds kRefreshAtMost{100};

std::string base64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

// What is wrong with the form of a secret that can be sent all the same; empty: nothing.
std::string shape_problem(CredentialKind kind, std::string_view secret) {
  const auto begins = [&](std::string_view prefix) {
    return secret.size() >= prefix.size() && strncasecmp(secret.data(), prefix.data(), prefix.size()) == 0;
  };
  if (kind == CredentialKind::bearer && begins("Bearer ")) return "begins with \"Bearer \", which is added anyway";
  if (kind == CredentialKind::bearer && begins("Basic ")) return "begins with \"Basic \", which is no bearer token";
  if (secret.front() == '"' || secret.front() == '\'') return "begins with a quotation mark";
  if (kind == CredentialKind::cookie || kind == CredentialKind::basic) return {};
  if (secret.find(' ') != std::string_view::npos) return "has a space inside or at its end";
  return {};
}

}  // namespace

Credential::Credential(const config::Credential& config)
    : config_(config), secret_(config.secret), username_(config.username), knowledge_(config) {}

void Credential::refresh(std::chrono::steady_clock::time_point now) {
  if (refreshed_ && now - *refreshed_ < kRefreshAtMost) return;
  refreshed_ = now;
  bool changed = secret_.refresh();
  if (config_.kind == CredentialKind::basic) changed = username_.refresh() || changed;
  if (!changed) return;
  if (loaded_) ++rotations_;
  loaded_ = true;
  if (problem().empty()) learn_facts();
}

void Credential::learn_facts() {
  shape_problem_ = shape_problem(config_.kind, secret_.secret().reveal());
  knowledge_.take_value(secret_.secret().reveal());
}

diagnosis::CredentialFacts Credential::facts() const {
  diagnosis::CredentialFacts facts;
  facts.changed_at = secret_.changed_at();
  facts.shape_problem = shape_problem_;
  if (knowledge_.lifespan().state != ExpiryState::sliding) facts.expires_at = knowledge_.lifespan().end();
  facts.not_before = knowledge_.not_before();
  facts.issued_at = knowledge_.issued_at();
  return facts;
}

const std::string& Credential::problem() const {
  if (config_.kind == CredentialKind::basic && secret_.problem().empty()) return username_.problem();
  return secret_.problem();
}

Authorization Credential::authorization() const {
  Authorization result;
  const std::string_view secret = secret_.secret().reveal();
  switch (config_.kind) {
    case CredentialKind::bearer: result.headers.emplace_back("Authorization", "Bearer " + std::string(secret)); break;
    case CredentialKind::basic: {
      const Secret pair(std::string(username_.secret().reveal()) + ":" + std::string(secret));
      result.headers.emplace_back("Authorization", "Basic " + base64(pair.reveal()));
      break;
    }
    case CredentialKind::cookie: result.headers.emplace_back("Cookie", secret); break;
    case CredentialKind::api_key:
      if (config_.query.empty()) {
        result.headers.emplace_back(config_.header, secret);
      } else {
        result.query = {config_.query, std::string(secret)};
      }
      break;
  }
  return result;
}

diagnosis::SentCredential Credential::kind() const {
  switch (config_.kind) {
    case CredentialKind::bearer: return diagnosis::SentCredential::bearer;
    case CredentialKind::basic: return diagnosis::SentCredential::basic;
    case CredentialKind::cookie: return diagnosis::SentCredential::cookie;
    case CredentialKind::api_key: return diagnosis::SentCredential::api_key;
  }
  return diagnosis::SentCredential::unknown;
}

}  // namespace authprobe::credential
