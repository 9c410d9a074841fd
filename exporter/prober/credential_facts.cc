#include "exporter/prober/credential_facts.h"

namespace authprobe::prober {
namespace {

using config::CredentialKind;
using config::Login;
using diagnosis::SentCredential;

SentCredential sent_as(Login::Send send) {
  switch (send) {
    case Login::Send::bearer: return SentCredential::bearer;
    case Login::Send::cookie: return SentCredential::cookie;
    case Login::Send::header: return SentCredential::api_key;
  }
  return SentCredential::unknown;
}

}  // namespace

SentCredential sent_as(const config::Credential& credential) {
  switch (credential.kind) {
    case CredentialKind::bearer: return SentCredential::bearer;
    case CredentialKind::basic: return SentCredential::basic;
    case CredentialKind::digest: return SentCredential::digest;
    case CredentialKind::oauth2: return SentCredential::oauth2;
    case CredentialKind::aws_sigv4: return SentCredential::sigv4;
    case CredentialKind::cookie: return SentCredential::cookie;
    case CredentialKind::api_key: return SentCredential::api_key;
    case CredentialKind::client_certificate: return SentCredential::client_certificate;
    case CredentialKind::login: return sent_as(credential.login.send);
  }
  return SentCredential::unknown;
}

diagnosis::CredentialFacts facts_of(const credential::Credential& credential) {
  const credential::CredentialMetadata& known = credential.metadata();
  diagnosis::CredentialFacts facts;
  facts.changed_at = credential.changed_at();
  facts.shape_problem = credential.shape_problem();
  if (known.validity().state != credential::ExpiryState::sliding) facts.expires_at = known.validity().end();
  facts.not_before = known.not_before();
  facts.issued_at = known.issued_at();
  facts.active = known.active();
  facts.missing_scopes = known.missing_scopes();
  return facts;
}

}  // namespace authprobe::prober
