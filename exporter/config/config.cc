#include "exporter/config/config.h"

namespace authprobe::config {

std::vector<std::pair<std::string, const SecretSource*>> secret_sources(const Credential& credential) {
  std::vector<std::pair<std::string, const SecretSource*>> sources;
  const auto add = [&](std::string key, const SecretSource& source) {
    if (source.kind != SecretSource::Kind::none) sources.emplace_back(std::move(key), &source);
  };
  add(std::string(username_key(credential.kind)), credential.username);
  add(std::string(secret_key(credential.kind)), credential.secret);
  add("signing_key", credential.oauth2.signing_key);
  for (const auto& [name, source] : credential.login.secrets) add("secrets." + name, source);
  add("session_token", credential.aws.session_token);
  add("certificate", credential.certificate.certificate);
  add("private_key", credential.certificate.private_key);
  add("certificate_password", credential.certificate.password);
  return sources;
}

std::string_view secret_key(CredentialKind kind) {
  switch (kind) {
    case CredentialKind::bearer: return "token";
    case CredentialKind::api_key: return "key";
    case CredentialKind::basic:
    case CredentialKind::digest: return "password";
    case CredentialKind::oauth2: return "client_secret";
    case CredentialKind::aws_sigv4: return "secret_access_key";
    case CredentialKind::cookie: return "cookie";
    case CredentialKind::login:
    case CredentialKind::client_certificate: break;
  }
  return "";
}

std::string_view username_key(CredentialKind kind) {
  switch (kind) {
    case CredentialKind::basic:
    case CredentialKind::digest: return "username";
    case CredentialKind::oauth2: return "client_id";
    case CredentialKind::aws_sigv4: return "access_key_id";
    default: return "";
  }
}

}  // namespace authprobe::config
