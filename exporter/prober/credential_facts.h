// What the diagnosis has to know of the credential that a request carried.
#pragma once

#include "exporter/credential/credential.h"
#include "exporter/diagnosis/diagnosis.h"

namespace authprobe::prober {

diagnosis::CredentialFacts facts_of(const credential::Credential& credential);

}  // namespace authprobe::prober
