// What it means that a server refuses the client certificate, or its absence, with a TLS alert in place of an answer.
#pragma once

#include <cstdint>

#include "exporter/diagnosis/diagnosis.h"

namespace authprobe::diagnosis {

// `alert` is its number in RFC 8446, section 6; `shown`: a certificate was shown. `input` has no answer, but what is
// known of the credential.
Diagnosis diagnose_certificate_alert(std::uint8_t alert, bool shown, const Input& input);

}  // namespace authprobe::diagnosis
