// The end of what is signed into a URL: shared access signatures and presigned requests. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "exporter/wire/time.h"

namespace authprobe::credential {

struct SignedTimes {
  std::optional<WallTime> issued_at;
  WallTime expires_at;
};

// Reads Azure's `se=` (beside `sig=`) and `X-Amz-Date=` with `X-Amz-Expires=` of a URL, of a query alone, or of a
// secret that is one. Nothing where there is none.
// https://learn.microsoft.com/rest/api/storageservices/create-service-sas
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
std::optional<SignedTimes> read_signed_url(std::string_view text);

}  // namespace authprobe::credential
