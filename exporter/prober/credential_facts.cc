#include "exporter/prober/credential_facts.h"

namespace authprobe::prober {
diagnosis::CredentialFacts facts_of(const credential::Credential& credential) {
  const credential::CredentialMetadata& known = credential.metadata();
  diagnosis::CredentialFacts facts;
  facts.changed_at = credential.changed_at();
  facts.shape_problem = credential.shape_problem();
  if (!credential.has_own_token()) {
    facts.hint = credential.hint().fact;
    facts.hint_advice = credential.hint().advice;
  }
  if (known.validity().state != credential::ExpiryState::sliding) facts.expires_at = known.validity().end();
  facts.not_before = known.not_before();
  facts.issued_at = known.issued_at();
  facts.active = known.active();
  facts.missing_scopes = known.missing_scopes();
  facts.granted_scopes = known.granted_scopes();
  facts.lost_scopes = known.lost_scopes();
  return facts;
}

}  // namespace authprobe::prober
