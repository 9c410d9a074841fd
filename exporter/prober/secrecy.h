// Keeps our secrets out of what is said about answers.
#pragma once

#include "exporter/credential/credential.h"
#include "exporter/diagnosis/diagnosis.h"
#include "exporter/http/response.h"

namespace authprobe::prober {

// Takes the credential's secrets out of an answer that may be quoted: one that refuses, openly or in disguise. Done
// before anything else sees the answer, for evidence is cut and folded, and half a secret is not recognised.
void hide_secrets(const credential::Credential& credential, http::Response& response);

}  // namespace authprobe::prober
