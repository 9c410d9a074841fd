// How long a client certificate is valid. The file that knows X.509.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "exporter/wire/time.h"

namespace authprobe::credential {

struct CertificateTimes {
  WallTime not_before;                // of the certificate that ends first
  std::optional<WallTime> not_after;  // the earliest in the chain; none: it never ends
};

// Reads every certificate of a PEM text (keys and other blocks are passed over), or a PKCS#12 file opened with
// `password`. Nothing where there is none.
std::optional<CertificateTimes> read_certificates(std::string_view bytes, std::string_view password = {});

}  // namespace authprobe::credential
