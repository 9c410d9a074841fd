// A signature by an HMAC over what a template says of the request. Pure: the caller gives the time and the nonce.
#pragma once

#include <string>
#include <string_view>

#include "exporter/http/signable_request.h"
#include "exporter/wire/signature_recipe.h"
#include "exporter/wire/time.h"

namespace authprobe::http {

struct HmacKey {
  std::string_view id;
  std::string_view secret;  // its bytes
};

// What is different in each request.
struct Freshness {
  WallTime now;
  std::string nonce;  // 32 hexadecimal digits
};

// Parameters that the recipe adds to the query are part of the query that it signs, but for those with the signature,
// which come last.
Signature sign(const wire::SignatureRecipe& recipe, const HmacKey& key, const SignableRequest& request,
               std::string_view body, const Freshness& fresh);

}  // namespace authprobe::http
