#include "exporter/http/hmac_signature.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <vector>

#include "exporter/wire/encoding.h"
#include "exporter/wire/text.h"
#include "exporter/wire/url.h"

namespace authprobe::http {
namespace {

using wire::DigestAlgorithm;
using wire::RequestPart;

constexpr std::chrono::seconds kValid{60};  // until `expires`

std::string milliseconds_of(WallTime now) {
  return std::to_string(std::chrono::floor<std::chrono::milliseconds>(now.time_since_epoch()).count());
}

std::string seconds_of(WallTime now) {
  return std::to_string(std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count());
}

// "2020-12-08T09:08:57.715Z"
std::string iso8601_with_milliseconds(WallTime now) {
  std::string text = wire::rfc3339(now);
  const std::string milliseconds = milliseconds_of(now);
  text.insert(text.size() - 1, '.' + milliseconds.substr(milliseconds.size() - 3));
  return text;
}

std::string time_text(RequestPart part, WallTime now) {
  switch (part) {
    case RequestPart::timestamp_ms: return milliseconds_of(now);
    case RequestPart::timestamp_iso8601: return wire::rfc3339(now);
    case RequestPart::timestamp_iso8601_ms: return iso8601_with_milliseconds(now);
    case RequestPart::timestamp_http_date: return wire::http_date(now);
    case RequestPart::timestamp_rfc2822: return wire::http_date(now, "-0000");
    case RequestPart::expires: return seconds_of(now + kValid);
    default: return seconds_of(now);
  }
}

// RFC 9562, section 5.4: a version of 4, and a variant of binary 10.
std::string uuid_of(std::string nonce) {
  nonce.at(12) = '4';
  nonce.at(16) = "89ab"[static_cast<unsigned char>(nonce.at(16)) % 4];
  for (const std::size_t at : {20U, 16U, 12U, 8U}) nonce.insert(at, 1, '-');
  return nonce;
}

std::string sorted(std::string_view query) {
  std::vector<std::string_view> parameters;
  while (!query.empty()) parameters.push_back(wire::take_parameter(query).text);
  std::ranges::sort(parameters);
  std::string result;
  for (const std::string_view parameter : parameters) {
    result.append(result.empty() ? "" : "&").append(parameter);
  }
  return result;
}

std::string encoded(std::string_view bytes, wire::SignatureEncoding encoding) {
  switch (encoding) {
    case wire::SignatureEncoding::base64: return wire::base64(bytes);
    case wire::SignatureEncoding::base64url: return wire::base64url(bytes);
    case wire::SignatureEncoding::hex_upper:
    case wire::SignatureEncoding::hex: break;
  }
  std::string text = wire::hex(bytes);
  if (encoding == wire::SignatureEncoding::hex) return text;
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

class Signer {
 public:
  Signer(const wire::SignatureRecipe& recipe, const HmacKey& key, const SignableRequest& request, std::string_view body,
         const Freshness& fresh)
      : recipe_(recipe),
        key_(key),
        request_(request),
        body_(body),
        fresh_(fresh),
        path_(wire::sent_path(request.path)),
        query_(wire::Secret::join({request.query})) {}

  Signature sign() {
    Signature result;
    add_parameters(false, result.query);
    const wire::Secret text = filled(recipe_.signed_text);
    signature_ = encoded(wire::hmac(recipe_.algorithm, key_.secret, text.reveal()).reveal(), recipe_.encoding);
    add_parameters(true, result.query);
    for (const auto& [name, value] : recipe_.headers) result.headers.emplace_back(name, filled(value));
    return result;
  }

 private:
  void add_parameters(bool with_signature, SignatureLines& into) {
    for (const auto& [name, value] : recipe_.query) {
      if (wire::has_part(value, wire::has_signature) != with_signature) continue;
      wire::Secret text = filled(value);
      const wire::Secret longer = wire::with_query(question_and_query().reveal(), name, text.reveal());
      query_ = wire::Secret::join({longer.reveal().substr(1)});
      into.emplace_back(name, std::move(text));
    }
  }

  wire::Secret question_and_query() const { return wire::Secret::join({query_.empty() ? "" : "?", query_.reveal()}); }

  wire::Secret filled(std::string_view text) const {
    wire::Secret result;
    while (!text.empty()) {
      const wire::TemplatePiece piece = wire::take_piece(text);
      piece.part ? append(*piece.part, result) : result.append(piece.text);
    }
    return result;
  }

  void append(RequestPart part, wire::Secret& out) const {
    switch (part) {
      case RequestPart::key_id: return out.append(key_.id);
      case RequestPart::nonce: return out.append(fresh_.nonce);
      case RequestPart::nonce_uuid: return out.append(uuid_of(fresh_.nonce));
      case RequestPart::signature: return out.append(signature_);
      case RequestPart::basic: return out.append(wire::base64(std::string(key_.id) + ':' + signature_));
      default: return wire::is_time(part) ? out.append(time_text(part, fresh_.now)) : append_of_request(part, out);
    }
  }

  void append_of_request(RequestPart part, wire::Secret& out) const {
    switch (part) {
      case RequestPart::method: return out.append(request_.method);
      case RequestPart::method_lower: return out.append(wire::lowered(request_.method));
      case RequestPart::host: return out.append(header("Host"));
      case RequestPart::path: return out.append(path_);
      case RequestPart::query: return out.append(query_.reveal());
      case RequestPart::query_sorted: return out.append(sorted(query_.reveal()));
      case RequestPart::path_and_query: return append_target(out);
      case RequestPart::url:
        out.append(request_.https ? "https://" : "http://");
        out.append(header("Host"));
        return append_target(out);
      case RequestPart::content_type: return out.append(header("Content-Type"));
      default: return append_body(part, out);
    }
  }

  void append_body(RequestPart part, wire::Secret& out) const {
    switch (part) {
      case RequestPart::body_md5: return out.append(wire::hex(wire::digest(DigestAlgorithm::md5, body_)));
      case RequestPart::body_md5_base64: return out.append(wire::base64(wire::digest(DigestAlgorithm::md5, body_)));
      case RequestPart::body_sha256: return out.append(wire::hex(wire::digest(DigestAlgorithm::sha256, body_)));
      case RequestPart::body_sha256_base64:
        return out.append(wire::base64(wire::digest(DigestAlgorithm::sha256, body_)));
      case RequestPart::body_sha512: return out.append(wire::hex(wire::digest(DigestAlgorithm::sha512, body_)));
      default: return out.append(body_);
    }
  }

  void append_target(wire::Secret& out) const {
    out.append(path_);
    out.append(question_and_query().reveal());
  }

  std::string_view header(std::string_view name) const {
    const auto found = std::ranges::find_if(
        request_.headers, [&](const auto& header) { return wire::equal_ignoring_case(header.first, name); });
    return found == request_.headers.end() ? std::string_view() : wire::trimmed(found->second);
  }

  const wire::SignatureRecipe& recipe_;
  const HmacKey& key_;
  const SignableRequest& request_;
  const std::string_view body_;
  const Freshness& fresh_;
  const std::string path_;
  wire::Secret query_;     // without its question mark, with the parameters that were added
  std::string signature_;  // encoded
};

}  // namespace

Signature sign(const wire::SignatureRecipe& recipe, const HmacKey& key, const SignableRequest& request,
               std::string_view body, const Freshness& fresh) {
  return Signer(recipe, key, request, body, fresh).sign();
}

}  // namespace authprobe::http
