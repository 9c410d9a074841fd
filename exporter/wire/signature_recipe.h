// How a request is signed with an HMAC and how the signature is sent, as templates: texts with {part}s of the request.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/wire/digest.h"

namespace authprobe::wire {

enum class RequestPart : std::uint8_t {
  key_id,
  timestamp,
  timestamp_ms,
  timestamp_iso8601,
  timestamp_iso8601_ms,
  timestamp_http_date,
  timestamp_rfc2822,
  expires,
  nonce,
  nonce_uuid,
  method,
  method_lower,
  host,
  path,
  query,
  query_sorted,
  path_and_query,
  url,
  content_type,
  body,
  body_md5,
  body_md5_base64,
  body_sha256,
  body_sha256_base64,
  body_sha512,
  signature,
  basic,
};

struct PartName {
  std::string_view name;
  RequestPart part;
};
inline constexpr std::array kRequestParts{
    PartName{"key_id", RequestPart::key_id},
    PartName{"timestamp", RequestPart::timestamp},
    PartName{"timestamp_ms", RequestPart::timestamp_ms},
    PartName{"timestamp_iso8601", RequestPart::timestamp_iso8601},
    PartName{"timestamp_iso8601_ms", RequestPart::timestamp_iso8601_ms},
    PartName{"timestamp_http_date", RequestPart::timestamp_http_date},
    PartName{"timestamp_rfc2822", RequestPart::timestamp_rfc2822},
    PartName{"expires", RequestPart::expires},
    PartName{"nonce", RequestPart::nonce},
    PartName{"nonce_uuid", RequestPart::nonce_uuid},
    PartName{"method", RequestPart::method},
    PartName{"method_lower", RequestPart::method_lower},
    PartName{"host", RequestPart::host},
    PartName{"path", RequestPart::path},
    PartName{"query", RequestPart::query},
    PartName{"query_sorted", RequestPart::query_sorted},
    PartName{"path_and_query", RequestPart::path_and_query},
    PartName{"url", RequestPart::url},
    PartName{"content_type", RequestPart::content_type},
    PartName{"body", RequestPart::body},
    PartName{"body_md5", RequestPart::body_md5},
    PartName{"body_md5_base64", RequestPart::body_md5_base64},
    PartName{"body_sha256", RequestPart::body_sha256},
    PartName{"body_sha256_base64", RequestPart::body_sha256_base64},
    PartName{"body_sha512", RequestPart::body_sha512},
    PartName{"signature", RequestPart::signature},
    PartName{"basic", RequestPart::basic},
};

// A part that is worth a secret: diagnose does not show it.
constexpr bool is_secret(RequestPart part) {
  return part == RequestPart::signature || part == RequestPart::basic || part == RequestPart::key_id;
}

// The moment of signing, in any form.
constexpr bool is_time(RequestPart part) {
  return part >= RequestPart::timestamp && part <= RequestPart::expires;
}

// It contains the signature, so that it cannot be signed.
constexpr bool has_signature(RequestPart part) {
  return part == RequestPart::signature || part == RequestPart::basic;
}

struct TemplatePiece {
  std::string_view text;            // as it is sent; of a part, its name
  std::optional<RequestPart> part;  // none: `text` is meant
  bool is_unknown = false;          // `text` is in braces, and no part's name; or the closing brace is missing
};

// Takes the first piece off a template that is not empty. "{{" is a brace.
TemplatePiece take_piece(std::string_view& rest);

// A template has a part of this sort.
bool has_part(std::string_view text, const std::function<bool(RequestPart)>& is_it);

enum class SignatureEncoding : std::uint8_t { hex, hex_upper, base64, base64url };

struct SignatureRecipe {
  using Fields = std::vector<std::pair<std::string, std::string>>;  // name, template
  DigestAlgorithm algorithm = DigestAlgorithm::sha256;
  SignatureEncoding encoding = SignatureEncoding::hex;
  std::string signed_text;  // a template
  Fields headers;
  Fields query;  // what a template makes is percent-encoded when it is sent
};

}  // namespace authprobe::wire
