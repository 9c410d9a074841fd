// AWS Signature Version 4 for a request with an Authorization header. Pure: the caller gives the time.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
#pragma once

#include <string>
#include <string_view>

#include "exporter/http/signable_request.h"
#include "exporter/wire/secret.h"
#include "exporter/wire/time.h"

namespace authprobe::http {

// Views of a key, and of the region and service that it signs for.
struct AwsKey {
  std::string_view access_key_id;
  std::string_view secret_access_key;
  std::string_view region;
  std::string_view service;
};

// "Create a canonical request", with every header of `request`. It may contain a session token.
wire::Secret canonical_request(const SignableRequest& request, std::string_view service);

// The Authorization header's value, for a signature over every header of `request`. `timestamp` is the value of its
// X-Amz-Date, "20150830T123600Z".
wire::Secret signature_header(const AwsKey& key, const SignableRequest& request, std::string_view timestamp);

// The header lines that sign `request`; they replace lines of the same name. The signature covers Host, Content-Type
// and X-Amz-*, but, as in AWS's own SDKs, no header that proxies rewrite or drop (User-Agent, Accept-Encoding,
// hop-by-hop fields). The payload's hash is that of `body`, unless the request has one in X-Amz-Content-Sha256.
SignatureLines sign(const AwsKey& key, SignableRequest request, std::string_view body, WallTime now);

}  // namespace authprobe::http
