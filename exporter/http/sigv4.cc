#include "exporter/http/sigv4.h"

#include <algorithm>
#include <array>

#include "exporter/wire/digest.h"
#include "exporter/wire/encoding.h"
#include "exporter/wire/text.h"
#include "exporter/wire/url.h"

namespace authprobe::http {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kPayloadHeader = "X-Amz-Content-Sha256";
constexpr wire::PercentStyle kPathStyle{.plain = "-._~/"};

// The services whose paths are object keys: they are encoded once and not normalised.
constexpr std::array<std::string_view, 4> kObjectStores = {"s3", "s3-outposts", "s3-object-lambda", "s3express"};

bool is_object_store(std::string_view service) {
  return std::ranges::find(kObjectStores, service) != kObjectStores.end();
}

// OpenSearch Serverless refuses requests without the header, as S3 does:
// https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-clients.html
bool wants_payload_header(std::string_view service) {
  return is_object_store(service) || service == "aoss";
}

std::string sha256_hex(std::string_view text) {
  return wire::hex(wire::digest(wire::DigestAlgorithm::sha256, text));
}

wire::Secret hmac(std::string_view key, std::string_view text) {
  return wire::hmac(wire::DigestAlgorithm::sha256, key, text);
}

std::string with_single_slashes(std::string path) {
  const auto both_slashes = [](char a, char b) { return a == '/' && b == '/'; };
  path.erase(std::unique(path.begin(), path.end(), both_slashes), path.end());
  return path;
}

// S3 accepts an object's key in only one encoding, whatever the client sent. Other services encode the sent path once
// more.
std::string canonical_path(std::string_view path, std::string_view service) {
  const std::string sent = wire::sent_path(path);
  if (!is_object_store(service)) return wire::percent_encoded(with_single_slashes(sent), kPathStyle);
  std::string encoded;
  for (std::string_view rest = sent; !rest.empty();) {
    encoded.append("/").append(wire::percent_encoded(wire::percent_decoded(wire::take_segment(rest))));
  }
  return encoded;
}

std::string canonical_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> parameters;
  while (!query.empty()) {
    const wire::Parameter parameter = wire::take_parameter(query);
    if (parameter.text.empty()) continue;
    parameters.emplace_back(wire::percent_encoded(wire::percent_decoded(parameter.name)),
                            wire::percent_encoded(wire::percent_decoded(parameter.value.value_or(""))));
  }
  std::ranges::sort(parameters);
  std::string result;
  for (const auto& [name, value] : parameters) {
    if (!result.empty()) result.push_back('&');
    result.append(name).append("=").append(value);
  }
  return result;
}

struct CanonicalHeader {
  std::string name;    // in lower case
  wire::Secret value;  // the values of all lines of that name, separated by commas
};

// The value without blanks at both ends; several blanks in a row become one.
void append_folded(wire::Secret& out, std::string_view value) {
  value = wire::trimmed(value);
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] != ' ' || value[i - 1] != ' ') out.push_back(value[i]);
  }
}

std::vector<CanonicalHeader> canonical_headers(const SignableRequest& request) {
  std::vector<CanonicalHeader> headers;
  for (const auto& [name, value] : request.headers) {
    const std::string small = wire::lowered(name);
    auto header = std::ranges::find(headers, small, &CanonicalHeader::name);
    if (header == headers.end()) {
      header = headers.insert(headers.end(), {small, {}});
    } else {
      header->value.push_back(',');
    }
    append_folded(header->value, value);
  }
  std::ranges::sort(headers, {}, &CanonicalHeader::name);
  return headers;
}

std::string names_of(const std::vector<CanonicalHeader>& headers) {
  std::string names;
  for (const auto& header : headers) names += (names.empty() ? "" : ";") + header.name;
  return names;
}

wire::Secret signing_key(const AwsKey& key, std::string_view date) {
  const wire::Secret secret = wire::Secret::join({"AWS4", key.secret_access_key});
  const wire::Secret of_date = hmac(secret.reveal(), date);
  const wire::Secret of_region = hmac(of_date.reveal(), key.region);
  const wire::Secret of_service = hmac(of_region.reveal(), key.service);
  return hmac(of_service.reveal(), "aws4_request");
}

// "2015-08-30T12:36:00Z" as "20150830T123600Z".
std::string timestamp_of(WallTime now) {
  std::string text = wire::rfc3339(now);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

bool is_signed(std::string_view name) {
  return wire::equal_ignoring_case(name, "Host") || wire::equal_ignoring_case(name, "Content-Type") ||
         wire::starts_with_ignoring_case(name, "X-Amz-");
}

}  // namespace

wire::Secret canonical_request(const SignableRequest& request, std::string_view service) {
  const std::vector<CanonicalHeader> headers = canonical_headers(request);
  wire::Secret text = wire::Secret::join(
      {request.method, "\n", canonical_path(request.path, service), "\n", canonical_query(request.query), "\n"});
  for (const auto& [name, value] : headers) {
    text.append(name);
    text.push_back(':');
    text.append(value.reveal());
    text.push_back('\n');
  }
  text.push_back('\n');
  text.append(names_of(headers));
  text.push_back('\n');
  text.append(request.payload_hash);
  return text;
}

wire::Secret signature_header(const AwsKey& key, const SignableRequest& request, std::string_view timestamp) {
  const std::string_view date = timestamp.substr(0, 8);
  std::string scope(date);
  scope.append("/").append(key.region).append("/").append(key.service).append("/aws4_request");
  std::string text(kAlgorithm);
  text.append("\n").append(timestamp).append("\n").append(scope).append("\n");
  text += sha256_hex(canonical_request(request, key.service).reveal());
  const wire::Secret signature = hmac(signing_key(key, date).reveal(), text);
  return wire::Secret::join({kAlgorithm, " Credential=", key.access_key_id, "/", scope, ", SignedHeaders=",
                             names_of(canonical_headers(request)), ", Signature=", wire::hex(signature.reveal())});
}

SignatureLines sign(const AwsKey& key, SignableRequest request, std::string_view body, WallTime now) {
  SignatureLines lines;
  const auto given = std::ranges::find_if(
      request.headers, [](const auto& header) { return wire::equal_ignoring_case(header.first, kPayloadHeader); });
  if (given != request.headers.end()) {
    request.payload_hash = wire::trimmed(given->second);
  } else {
    request.payload_hash = sha256_hex(body);
    if (wants_payload_header(key.service)) lines.emplace_back(kPayloadHeader, wire::Secret(request.payload_hash));
  }
  const std::string timestamp = timestamp_of(now);
  lines.emplace_back("X-Amz-Date", wire::Secret(timestamp));
  std::erase_if(request.headers, [](const auto& header) {
    return !is_signed(header.first) || wire::equal_ignoring_case(header.first, "X-Amz-Date");
  });
  for (const auto& [name, value] : lines) request.headers.emplace_back(name, value.reveal());
  lines.emplace_back("Authorization", signature_header(key, request, timestamp));
  return lines;
}

}  // namespace authprobe::http
