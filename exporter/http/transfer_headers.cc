// The header lines that a Transfer sends, and the signature over them.
#include <algorithm>
#include <chrono>
#include <utility>

#include "exporter/http/hmac_signature.h"
#include "exporter/http/sigv4.h"
#include "exporter/http/transfer.h"
#include "exporter/wire/digest.h"
#include "exporter/wire/text.h"

namespace authprobe::http {
namespace {

// Set as a header of our own, at half the cost: libcurl formats CURLOPT_ACCEPT_ENCODING twice, at about a hundred
// instructions per byte.
constexpr char kEncoding[] = "gzip";
constexpr std::size_t kOwnLines = 256;  // bounds the text of the header lines that a request did not ask for

// Headers that describe the request and not the caller. A redirect to another origin gets only these: any other header
// may contain a key.
bool may_cross_origin(std::string_view name) {
  return wire::starts_with_ignoring_case(name, "accept");
}

}  // namespace

// The headers of the request and of its credential, for the hop's origin.
template <typename Visit>
void Transfer::for_each_header(Visit visit) const {
  const auto& credential = request_.authorization.headers;
  const auto sent_by_credential = [&](std::string_view name) {
    return std::any_of(credential.begin(), credential.end(),
                       [name](const auto& header) { return wire::equal_ignoring_case(header.first, name); });
  };
  for (const auto& [name, value] : request_.headers) {
    const bool about_lost_body =
        !response_.redirects.empty() && !hop_.with_body && wire::starts_with_ignoring_case(name, "content-");
    if (about_lost_body) continue;
    if (hop_.own_origin ? !sent_by_credential(name) : may_cross_origin(name)) visit(name, std::string_view(value));
  }
  if (!hop_.own_origin) return;
  for (const auto& [name, value] : credential) visit(name, value.reveal());
}

void Transfer::write_headers(const SignatureLines& signature) {
  std::size_t bytes = request_.user_agent.size() + url().host().size() + kOwnLines;
  for (const auto& [name, value] : request_.headers) bytes += name.size() + value.size() + 4;
  for (const auto& [name, value] : request_.authorization.headers) bytes += name.size() + value.size() + 4;
  for (const auto& [name, value] : signature) bytes += name.size() + value.size() + 4;
  const std::string cookies = cookies_of_hops();
  lines_.begin(bytes + cookies.size());
  for (const auto& [name, value] : signature) lines_.add(name, value.reveal());
  for_each_header([&](const std::string& name, std::string_view value) {
    if (!signature.empty() && lines_.has(name)) return;
    if (cookies.empty() || !wire::equal_ignoring_case(name, "Cookie")) return lines_.add(name, value);
    lines_.add(name, wire::Secret::join({value, "; ", cookies}).reveal());
  });
  if (!cookies.empty() && !lines_.has("Cookie")) lines_.add("Cookie", cookies);
  add_own_headers();
}

// What the hops before have set, beside what the request sends anyway: that is what is being tested.
std::string Transfer::cookies_of_hops() const {
  if (!hop_.own_origin || cookies_.empty()) return {};
  wire::Secret own;
  for_each_header([&](const std::string& name, std::string_view value) {
    if (!wire::equal_ignoring_case(name, "Cookie")) return;
    own.append(value);
    own.push_back(';');
  });
  return cookies_.line_for(url(), own.reveal());
}

bool Transfer::signs() const {
  const Scheme scheme = request_.authorization.scheme;
  return hop_.own_origin && (scheme == Scheme::sigv4 || scheme == Scheme::hmac || scheme == Scheme::negotiate);
}

std::string_view Transfer::sent_body() const {
  return hop_.with_body && hop_.method != "HEAD" ? request_.body.reveal() : std::string_view();
}

// libcurl 7.88 makes a signature of AWS too, but over another canonical request than AWS's:
// https://github.com/curl/curl/issues/11794
Signature Transfer::signature() const {
  const Authorization& authorization = request_.authorization;
  if (authorization.scheme == Scheme::negotiate) {
    wire::Secret proof = authorization.proof ? authorization.proof() : wire::Secret();
    SignatureLines lines;
    if (!proof.empty()) lines.emplace_back("Authorization", std::move(proof));
    return {std::move(lines), {}};
  }
  const wire::Secret text = path_and_query();
  const std::string_view target = text.reveal().substr(0, text.reveal().find('#'));
  const std::string_view path = target.substr(0, target.find('?'));
  const std::string_view query = path.size() < target.size() ? target.substr(path.size() + 1) : std::string_view();
  SignableRequest signable{hop_.method, path, query, {}, {}, url().https()};
  for_each_header([&](const std::string& name, std::string_view value) { signable.headers.emplace_back(name, value); });
  const std::string host = host_header();
  const auto is_host = [](const auto& header) { return wire::equal_ignoring_case(header.first, "Host"); };
  if (std::ranges::none_of(signable.headers, is_host)) signable.headers.emplace_back("Host", host);
  const auto now = std::chrono::system_clock::now();
  if (authorization.recipe != nullptr) {
    constexpr std::size_t kNonceBytes = 16;
    return sign(*authorization.recipe, {authorization.username, authorization.password.reveal()}, signable, sent_body(),
                {now, wire::random_hex(kNonceBytes)});
  }
  const AwsKey key{authorization.username, authorization.password.reveal(), authorization.region,
                   authorization.service};
  return {sign(key, std::move(signable), sent_body(), now), {}};
}

std::string Transfer::host_header() const {
  const std::uint16_t usual = url().https() ? 443 : 80;
  const std::string host = url().bracketed_host();
  return url().port() == usual ? host : host + ':' + std::to_string(url().port());
}

// Headers that the request does not have itself.
void Transfer::add_own_headers() {
  if (!request_.user_agent.empty() && !lines_.has("User-Agent")) lines_.add("User-Agent", request_.user_agent);
  if (!lines_.has("Accept-Encoding")) lines_.add("Accept-Encoding", kEncoding);
  if ((presents_other_name() || signs()) && !lines_.has("Host")) lines_.add("Host", host_header());
  if (hop_.with_body) {
    if (!lines_.has("Content-Type")) lines_.leave_out("Content-Type");  // libcurl's guess is a web form
    lines_.leave_out("Expect");
  }
}

}  // namespace authprobe::http
