#include "exporter/http/transfer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "exporter/http/address_scope.h"
#include "exporter/http/transport_error.h"
#include "exporter/wire/encoding.h"
#include "exporter/wire/text.h"
#include "exporter/wire/wide_text.h"

namespace authprobe::http {
namespace {

double time_of(CURL* easy, CURLINFO info) {
  curl_off_t microseconds = 0;
  curl_easy_getinfo(easy, info, &microseconds);
  return static_cast<double>(microseconds) * 1e-6;
}

double to_seconds(Transfer::Clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

// The characters of tokens (RFC 9110, section 5.6.2), by code: every probe has some to check.
constexpr std::array<bool, 256> kTokenCharacters = [] {
  std::array<bool, 256> allowed{};
  for (char c = ' ' + 1; c < 0x7f; ++c) {
    allowed[static_cast<unsigned char>(c)] = std::string_view("\"(),/:;<=>?@[\\]{}").find(c) == std::string_view::npos;
  }
  return allowed;
}();

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) { return kTokenCharacters[c]; });
}

bool breaks_line(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

// To replace one that is empty, as most are, costs as much as to replace another.
bool is_empty(const wire::Authorization& authorization) {
  return authorization.headers.empty() && authorization.query.empty() && authorization.path.empty() &&
         authorization.scheme == wire::Scheme::none;
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// True where a URL has the secret, also encoded more than once: servers copy paths into parameters of other URLs.
bool repeats(const std::string& url, const wire::Secret& secret) {
  constexpr int kDeepest = 4;
  std::string text = url;
  for (int depth = 0; !secret.empty() && depth < kDeepest; ++depth) {
    if (text.find(secret.reveal()) != std::string::npos) return true;
    text = wire::percent_decoded(text);
  }
  return false;
}

}  // namespace

Transfer::~Transfer() {
  wipe();
}

void Transfer::begin(std::uint64_t id, Request&& request, AnswerMemory&& memory, Clock::time_point now) {
  id_ = id;
  request_ = std::move(request);
  has_sent_body_ = has_sent_body_ || !request_.body.empty();
  started_ = hop_started_ = now;
  response_ = {};
  response_.headers.swap(memory.headers);
  response_.body.swap(memory.body);
  chain_check_.chain.reset();
  chain_check_.identity.reset();
  forget_scheme();
  hop_.url = request_.url;
  hop_.method = request_.method;
  hop_.with_body =
      !request_.body.empty() || request_.method == "POST" || request_.method == "PUT" || request_.method == "PATCH";
  hop_.own_origin = true;
  retried_ = false;
  as_it_comes_ = false;
  cookies_.clear();
  hop_.from_public = false;
}

std::optional<Failure> Transfer::check_request() const {
  if (!is_token(request_.method) || request_.method == "CONNECT") {
    return Failure{TransportError::other, "the method is not valid"};
  }
  const auto problem_of = [](const std::string& name, std::string_view value) -> std::optional<Failure> {
    if (!is_token(name)) return Failure{TransportError::other, "the name of a header is not valid"};
    if (breaks_line(value)) return Failure{TransportError::other, "header " + name + ": the value has a line break"};
    return std::nullopt;
  };
  for (const auto& [name, value] : request_.headers) {
    if (auto problem = problem_of(name, value)) return problem;
  }
  for (const auto& [name, value] : request_.authorization.headers) {
    if (auto problem = problem_of(name, value.reveal())) return problem;
  }
  if (breaks_line(request_.user_agent)) return Failure{TransportError::other, "the user agent has a line break"};
  if (request_.authorization.scheme != Scheme::none && breaks_line(request_.authorization.username)) {
    return Failure{TransportError::other, "the user name or the key's id has a line break"};
  }
  return std::nullopt;
}

std::optional<Failure> Transfer::prepare_hop() {
  header_lines_ = header_bytes_ = 0;
  challenges_ = 0;
  refused_.reset();
  contact_ = Contact{};
  if (response_.redirects.empty()) {
    if (auto failure = check_request()) return failure;
  }
  return find_contact();
}

std::optional<Failure> Transfer::find_contact() {
  const config::Connection& connection = *request_.connection;
  contact_.proxy = is_message() ? nullptr : connection.proxy_for(url());
  if (contact_.proxy != nullptr && !request_.proxy_problem.empty()) {
    return Failure{TransportError::connect, std::string(kNoProxyPassword) + request_.proxy_problem};
  }
  const wire::Url& peer = this->peer();
  contact_.port = peer.port();
  if (!connection.unix_socket.empty() && !is_message()) return std::nullopt;
  for (const auto& [host, port, address] : connection.resolve) {
    if ((port == 0 || port == peer.port()) && wire::equal_ignoring_case(host, peer.host())) {
      contact_.addresses = address.find(':') == std::string::npos ? address : '[' + address + ']';
      return std::nullopt;
    }
  }
  if (!peer.host_is_address()) {
    contact_.name = peer.host();
    return std::nullopt;
  }
  if ((connection.ip_version == config::IpVersion::v4 && peer.host_is_ipv6()) ||
      (connection.ip_version == config::IpVersion::v6 && !peer.host_is_ipv6())) {
    return Failure{TransportError::dns, "the address does not have the configured IP version"};
  }
  return std::nullopt;
}

void Transfer::note_flood() {
  refused_ = Failure{TransportError::protocol, "the server sends endless data that is not part of an answer"};
}

// The server had closed a kept connection before this request came, or while it came: nothing of an answer is there
// (RFC 9112, section 9.3.1). libcurl 7.88 tries again too, but gives up on every sixth occasion of a handle, and by
// then the addresses that it was given may be forgotten: hence its words for a name that it cannot resolve.
bool Transfer::lost_kept_connection(CURLcode result) const {
  if (retried_ || refused_ || !keeps(config::ConnectionMode::reuse)) return false;
  if (response_.status != 0 || header_bytes_ != 0) return false;
  if (result == CURLE_COULDNT_RESOLVE_HOST) return !connect_name_.empty();
  long opened = 0;
  curl_easy_getinfo(easy(), CURLINFO_NUM_CONNECTS, &opened);
  return opened == 0 && transport_error_of(result) == TransportError::reset;
}

std::optional<Failure> Transfer::check_scope(std::string_view addresses) const {
  const config::Connection& connection = *request_.connection;
  const bool direct = contact_.proxy == nullptr && contact_.addresses.empty() && connection.unix_socket.empty();
  if (!hop_.from_public || hop_.own_origin || !direct || connection.redirects_to_private) return std::nullopt;
  const std::string literal(url().host());
  if (addresses.empty()) addresses = literal;
  while (!addresses.empty()) {
    const std::string_view address = wire::take_part(addresses, ',');
    if (!is_private(address)) continue;
    return Failure{TransportError::other, "a redirect leads to the private address " + std::string(address) +
                                              ", which only redirects_to_private = true allows"};
  }
  return std::nullopt;
}

// The chain of the last hop is shown; the earliest end of all hops counts.
void Transfer::take_chain() {
  response_.certificate_chain = chain_check_.chain;
  response_.tls_version = chain_check_.tls_version;
  response_.tls_cipher = chain_check_.tls_cipher;
  const auto end = chain_check_.chain->first_end();
  if (!end) return;
  auto& expiry = response_.certificate_expiry;
  expiry = expiry ? std::min(*expiry, *end) : *end;
}

// libcurl 8.14, unlike 7.88, decides how to decode a body before it hands the header over, which is too late for
// on_content_encoding(). Only a request without a body is sent again; of another, the answer's body is lost.
bool Transfer::needs_undecoded(CURLcode result) const {
  if (!known_.undecoded || refused_) return false;
  curl_off_t received = 0;
  curl_easy_getinfo(easy(), CURLINFO_SIZE_DOWNLOAD_T, &received);
  const bool swallowed = result == CURLE_OK && response_.body_bytes == 0 && received > 0;  // by a decoder that waits
  return result == CURLE_BAD_CONTENT_ENCODING || swallowed;
}

bool Transfer::finish_hop(CURLcode result) {
  if (flood_.passed()) note_flood();
  read_times();
  if (lost_kept_connection(result)) {
    retried_ = true;
    hop_started_ = Clock::now();
    return true;
  }
  if (needs_undecoded(result)) {
    if (!hop_.with_body && !std::exchange(as_it_comes_, true)) {
      hop_started_ = Clock::now();
      return true;
    }
    response_.body_is_cut = true;
    result = CURLE_OK;
  }
  if (chain_check_.chain) take_chain();
  // A password is only ever the answer to a challenge, after which libcurl would have asked again.
  const bool may_answer = hop_.own_origin && request_.authorization.scheme == Scheme::digest;
  response_.unanswered = may_answer && response_.status >= 400 && challenges_ == (response_.status == 401 ? 1 : 0);
  // 407 is the word of a proxy (RFC 9110, section 15.5.8), here of the one that we know.
  const bool from_plain_proxy = contact_.proxy != nullptr && !url().https() && result == CURLE_OK;
  if (refused_by_proxy() || (from_plain_proxy && response_.status == 407)) {
    response_.from_proxy = true;
    return false;
  }
  if (tunnel_ == Tunnel::asked_for) response_.status = 0;                  // the proxy's answer is incomplete
  if (response_.status < 200 && result != CURLE_OK) response_.status = 0;  // an interim answer is not an answer
  std::optional<Failure> failure = hop_failure(result);
  if (!failure && is_redirect(response_.status) &&
      std::cmp_less(response_.redirects.size(), request_.connection->max_redirects)) {
    const std::string* location = wire::find_header(response_.headers, "Location");
    if (location == nullptr) return false;
    const std::size_t before = response_.redirects.size();
    if (hop_.own_origin) cookies_.take(response_.headers, url(), std::chrono::system_clock::now());
    failure = follow(*location);
    if (!failure) return response_.redirects.size() > before;
  }
  if (failure) {
    response_.error = failure->error;
    response_.error_detail = failure->detail;
  }
  return false;
}

// Makes the redirect the next hop, unless it must not be followed: then the redirect is the answer.
std::optional<Failure> Transfer::follow(const std::string& location) {
  auto next = redirect_url(url(), location);
  if (!next) return Failure{TransportError::protocol, "a redirect leads to a URL that is not http or https"};
  const wire::Url& first = request_.url->url();
  const bool own_origin = hop_.own_origin && same_origin(first, *next);
  const int status = response_.status;
  const bool becomes_get =
      (status == 303 && hop_.method != "HEAD") || ((status == 301 || status == 302) && hop_.method == "POST");
  // A body may contain a secret, which is not intended for another origin.
  if (hop_.with_body && !becomes_get && !own_origin && !request_.body.empty()) return std::nullopt;
  if (!own_origin && repeats(next->text(), request_.authorization.path)) return std::nullopt;
  if (becomes_get) {
    hop_.method = "GET";
    hop_.with_body = false;
  }
  for (const auto& [parameter, value] : request_.authorization.query) {
    next = wire::Url(next->without_query(parameter));  // servers copy queries into Location
  }
  if (const auto& recipe = request_.authorization.recipe; recipe != nullptr) {
    for (const auto& [parameter, value] : recipe->query) next = wire::Url(next->without_query(parameter));
  }
  if (own_origin && first.has_userinfo()) next = next->with_userinfo(first.userinfo());
  hop_.url = prepared(std::move(*next));
  hop_.own_origin = own_origin;
  as_it_comes_ = false;
  hop_.from_public = !response_.address.empty() && !is_private(response_.address);
  response_.redirects.push_back({status, url().shown(), own_origin});
  response_.status = 0;
  response_.headers.clear();
  response_.body.clear();
  response_.body_is_cut = false;
  response_.body_bytes = 0;
  hop_started_ = Clock::now();
  return std::nullopt;
}

// The times of a transfer's steps, in their order, become phases. The last phase before the end gets the
// rest.
void Transfer::read_times() {
  const double total = time_of(easy(), CURLINFO_TOTAL_TIME_T);
  double connected = time_of(easy(), CURLINFO_CONNECT_TIME_T);
  // libcurl reports the connect time only after TLS is established too.
  if (connected <= 0 && chain_check_.begun) connected = to_seconds(*chain_check_.begun - set_up_at_);
  const double secured = time_of(easy(), CURLINFO_APPCONNECT_TIME_T);
  const double ready = time_of(easy(), CURLINFO_PRETRANSFER_TIME_T);
  const double answered = time_of(easy(), CURLINFO_STARTTRANSFER_TIME_T);
  double last = 0;
  const auto pass = [&](Phase phase, double until) {
    response_.phase_seconds[static_cast<std::size_t>(phase)] += std::max(until - last, 0.0);
    last = std::max(last, until);
  };
  const bool under_way = ready > 0;  // a kept connection has no connect time
  pass(Phase::connect, connected > 0 || under_way ? connected : total);
  if (url().https()) pass(Phase::tls, secured > 0 || under_way ? secured : total);
  last = std::max(last, ready);
  pass(Phase::processing, answered > 0 ? answered : total);
  pass(Phase::transfer, total);
  if ((connected > 0 || under_way) && request_.connection->unix_socket.empty()) {
    const char* address = nullptr;
    curl_easy_getinfo(easy(), CURLINFO_PRIMARY_IP, &address);
    response_.address = address != nullptr ? address : "";
    const char* own = nullptr;
    curl_easy_getinfo(easy(), CURLINFO_LOCAL_IP, &own);
    response_.local_address = own != nullptr ? own : "";
    note_other_addresses();
  }
}

void Transfer::add_resolve_time(Clock::time_point now) {
  response_.phase_seconds[static_cast<std::size_t>(Phase::resolve)] += to_seconds(now - hop_started_);
}

void Transfer::fail(const Failure& failure, Clock::time_point now) {
  add_resolve_time(now);
  response_.error = failure.error;
  response_.error_detail = failure.detail;
}

Response&& Transfer::take_response(Clock::time_point now) {
  response_.total_seconds = wire::in_microseconds(to_seconds(now - started_));
  for (double& seconds : response_.phase_seconds) seconds = wire::in_microseconds(seconds);
  if (const std::string_view start = std::string_view(response_.body).substr(0, 2);
      start == "\xfe\xff" || start == "\xff\xfe" || start.find('\0') != std::string_view::npos) {
    const std::string* type = wire::find_header(response_.headers, "Content-Type");
    if (auto text = wire::utf8_of_wide_text(response_.body, type != nullptr ? *type : ""))
      response_.body = *std::move(text);
  }
  response_.undecoded = response_.status != 0 && known_.undecoded;
  wipe();
  return std::move(response_);
}

void Transfer::wipe() {
  if (!is_empty(request_.authorization)) request_.authorization = {};
  request_.body.clear();
  request_.proxy_password.clear();
  forget_proxy_login();
  lines_.clear();
}

}  // namespace authprobe::http
