#include "exporter/http/transfer.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <charconv>
#include <new>
#include <system_error>
#include <utility>

#include "exporter/http/sessions.h"
#include "exporter/http/transport_error.h"

namespace authprobe::http {
namespace {

// All that Debian's libcurl decodes. As a line of ours it costs half of what libcurl's own would: that is formatted
// twice, at some hundred instructions a byte.
constexpr char kEncodings[] = "deflate, gzip, br, zstd";
constexpr std::size_t kMostHeaderLines = 100;
constexpr std::uint64_t kNames = 64;
constexpr std::size_t kMostHeaderBytes = 64 * 1024;

template <typename Value>
void set(CURL* easy, CURLoption option, Value value) {
  if (curl_easy_setopt(easy, option, value) == CURLE_OUT_OF_MEMORY) throw std::bad_alloc();
}

double time_of(CURL* easy, CURLINFO info) {
  curl_off_t microseconds = 0;
  curl_easy_getinfo(easy, info, &microseconds);
  return static_cast<double>(microseconds) * 1e-6;
}

double seconds(Transfer::Clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

long curl_version_of(config::HttpVersion version, bool https) {
  switch (version) {
    case config::HttpVersion::http1_0: return CURL_HTTP_VERSION_1_0;
    case config::HttpVersion::http1_1: return CURL_HTTP_VERSION_1_1;
    case config::HttpVersion::http2: return https ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE;
    case config::HttpVersion::automatic: break;
  }
  return CURL_HTTP_VERSION_2TLS;
}

long curl_version_of(config::TlsVersion version) {
  switch (version) {
    case config::TlsVersion::tls1_0: return CURL_SSLVERSION_TLSv1_0;
    case config::TlsVersion::tls1_1: return CURL_SSLVERSION_TLSv1_1;
    case config::TlsVersion::tls1_2: return CURL_SSLVERSION_TLSv1_2;
    case config::TlsVersion::tls1_3: return CURL_SSLVERSION_TLSv1_3;
  }
  return CURL_SSLVERSION_TLSv1_2;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c < 0x7f && std::string_view("\"(),/:;<=>?@[\\]{}").find(c) == std::string_view::npos;
  });
}

bool breaks_line(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != text.npos;
}

// Headers of the request that say what is asked for, not who asks. A redirect to another origin gets only these: a key
// may stand in any other.
bool may_cross_origin(std::string_view name) {
  return name.size() >= 6 && equal_ignoring_case(name.substr(0, 6), "accept");
}

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
}

void wipe_text(std::string& text) {
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace

Transfer::Transfer() : easy_(curl_easy_init()) {
  CURL* easy = easy_.get();
  if (easy == nullptr) throw std::bad_alloc();
  set(easy, CURLOPT_PRIVATE, this);
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_ERRORBUFFER, libcurl_words_);
  set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  set(easy, CURLOPT_ACCEPT_ENCODING, kEncodings);  // decodes; the header line is in our own list
  set(easy, CURLOPT_NOPROXY, "");                  // else the environment is asked
  set(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(easy, CURLOPT_DNS_CACHE_TIMEOUT,
      -1L);  // what stands there is ours; pruning would walk all of it for each transfer
  const curl_write_callback write = [](char* data, std::size_t, std::size_t length, void* self) {
    return static_cast<Transfer*>(self)->on_body({data, length});
  };
  set(easy, CURLOPT_WRITEFUNCTION, write);
  set(easy, CURLOPT_WRITEDATA, this);
  const curl_write_callback header = [](char* data, std::size_t, std::size_t length, void* self) {
    return static_cast<Transfer*>(self)->on_header({data, length});
  };
  set(easy, CURLOPT_HEADERFUNCTION, header);
  set(easy, CURLOPT_HEADERDATA, this);
  // libcurl 7.88 fills the trust store only after the context function ran, and would then put a store of its own,
  // cached for the whole multi handle, in the place of ours: https://github.com/curl/curl/issues/11800
  set(easy, CURLOPT_CA_CACHE_TIMEOUT, 0L);
  set(easy, CURLOPT_CAINFO, static_cast<char*>(nullptr));
  set(easy, CURLOPT_CAPATH, static_cast<char*>(nullptr));
  const curl_ssl_ctx_callback context = [](CURL*, void* ssl_context, void* self) {
    apply(static_cast<Transfer*>(self)->chain_check_, static_cast<SSL_CTX*>(ssl_context));
    return CURLE_OK;
  };
  set(easy, CURLOPT_SSL_CTX_FUNCTION, context);
  set(easy, CURLOPT_SSL_CTX_DATA, this);
}

Transfer::~Transfer() {
  wipe();
}

void Transfer::begin(std::uint64_t id, Request&& request, Clock::time_point now) {
  id_ = id;
  request_ = std::move(request);
  started_ = hop_started_ = now;
  response_ = Response{};
  chain_check_.expiry.reset();
  hop_.url = request_.url;
  hop_.method = request_.method;
  hop_.with_body =
      !request_.body.empty() || request_.method == "POST" || request_.method == "PUT" || request_.method == "PATCH";
  hop_.own_origin = true;
}

std::optional<Failure> Transfer::check_request() const {
  if (!is_token(request_.method) || request_.method == "CONNECT") {
    return Failure{TransportError::other, "the method is not one that can be sent"};
  }
  for (const auto* headers : {&request_.headers, &request_.authorization.headers}) {
    for (const auto& [name, value] : *headers) {
      if (!is_token(name)) return Failure{TransportError::other, "a header's name is not a valid one"};
      if (breaks_line(value)) return Failure{TransportError::other, "header " + name + ": the value has a line break"};
    }
  }
  if (breaks_line(request_.user_agent)) return Failure{TransportError::other, "the user agent has a line break"};
  return std::nullopt;
}

std::optional<Failure> Transfer::prepare_hop() {
  header_lines_ = header_bytes_ = 0;
  refused_.reset();
  contact_ = Contact{};
  if (response_.redirects == 0) {
    if (auto failure = check_request()) return failure;
  }
  const auto parts = parse_url(hop_.url);
  if (!parts) {
    return Failure{TransportError::other,
                   "not an http or https URL that can be used (letters beyond ASCII in a host: xn--)"};
  }
  hop_.parts = *parts;
  return find_contact();
}

std::optional<Failure> Transfer::find_contact() {
  const config::Connection& connection = *request_.connection;
  const Url* peer = &hop_.parts;
  if (!connection.proxy.empty()) {
    proxy_url_ = connection.proxy.find("://") == std::string::npos ? "http://" + connection.proxy : connection.proxy;
    contact_.proxy = parse_url(proxy_url_);
    if (!contact_.proxy || contact_.proxy->https) {
      return Failure{TransportError::connect, "the proxy is not an http:// URL"};
    }
    peer = &*contact_.proxy;
  }
  contact_.port = peer->port;
  if (!connection.unix_socket.empty()) return std::nullopt;
  for (const auto& [host, port, address] : connection.resolve) {
    if ((port == 0 || port == peer->port) && equal_ignoring_case(host, peer->host)) {
      contact_.addresses = address.find(':') == std::string::npos ? address : '[' + address + ']';
      return std::nullopt;
    }
  }
  if (!peer->literal) {
    contact_.name = peer->host;
    return std::nullopt;
  }
  if ((connection.ip_version == config::IpVersion::v4 && peer->ipv6) ||
      (connection.ip_version == config::IpVersion::v6 && !peer->ipv6)) {
    return Failure{TransportError::dns, "the address is not of the IP version that is asked for"};
  }
  return std::nullopt;
}

// Without a session of its own a transfer keeps nothing: it might come back under another target's trust.
bool Transfer::keeps(config::ConnectionMode mode) const {
  return session != nullptr && request_.connection->mode == mode;
}

// True where TLS is to see another name than the URL's host. Only for the origin that the name was configured for.
bool Transfer::presents_other_name() const {
  const std::string& name = request_.connection->tls.server_name;
  return hop_.parts.https && hop_.own_origin && !name.empty() && !equal_ignoring_case(name, hop_.parts.host);
}

void Transfer::set_up_hop(Route route, Clock::time_point now) {
  response_.phase_seconds[static_cast<std::size_t>(Phase::resolve)] += seconds(now - hop_started_);
  set_up_at_ = now;
  const config::Connection& connection = *request_.connection;
  chain_check_ = ChainCheck{};
  chain_check_.trusted = std::move(route.trusted);
  chain_check_.verify = connection.tls.verify;
  chain_check_.legacy_versions = connection.tls.min_version < config::TlsVersion::tls1_2;
  chain_check_.kept_alive = keeps(config::ConnectionMode::reuse);
  chain_check_.resumes = keeps(config::ConnectionMode::resume);
  if (configured_ != request_.connection) configure(request_.connection);
  const long single_use = keeps(config::ConnectionMode::reuse) ? 0L : 1L;
  set(easy(), CURLOPT_FRESH_CONNECT, single_use);
  set(easy(), CURLOPT_FORBID_REUSE, single_use);
  set(easy(), CURLOPT_SSL_SESSIONID_CACHE, keeps(config::ConnectionMode::resume) ? 1L : 0L);
  libcurl_words_[0] = '\0';
  body_begun_ = false;
  set_url();
  set_method_and_body();
  set_headers();
  set_connect_name(route);
  set_route();
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline() - now).count();
  set(easy(), CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<decltype(left)>(left, 1)));
  set(easy(), CURLOPT_HTTP_VERSION, curl_version_of(connection.http_version, hop_.parts.https));
}

// The options that depend on nothing but the Connection, which many requests share.
void Transfer::configure(const std::shared_ptr<const config::Connection>& connection) {
  configured_.reset();
  CURL* handle = easy();
  const auto text_or_null = [](const std::string& text) { return text.empty() ? nullptr : text.c_str(); };
  set(handle, CURLOPT_UNIX_SOCKET_PATH, text_or_null(connection->unix_socket));
  const config::Tls& tls = connection->tls;
  set(handle, CURLOPT_SSLVERSION, curl_version_of(tls.min_version));
  set(handle, CURLOPT_SSL_VERIFYPEER, tls.verify ? 1L : 0L);
  set(handle, CURLOPT_SSL_VERIFYHOST, tls.verify ? 2L : 0L);
  set(handle, CURLOPT_SSLCERT, text_or_null(tls.certificate_file));
  set(handle, CURLOPT_SSLKEY, text_or_null(tls.private_key_file));
  configured_ = connection;
}

void Transfer::set_url() {
  const auto& query = request_.authorization.query;
  const bool authorized = hop_.own_origin && !query.first.empty();
  if (!authorized && !presents_other_name()) {
    set(easy(), CURLOPT_URL, hop_.url.c_str());
    return;
  }
  std::string url = hop_.url;
  if (presents_other_name()) {
    url = "https://";
    if (!hop_.parts.userinfo.empty()) url.append(hop_.parts.userinfo).append("@");
    url += request_.connection->tls.server_name;
    url += ':' + std::to_string(hop_.parts.port);
    url += hop_.parts.rest;
  }
  if (authorized) url = with_query(url, query);
  set(easy(), CURLOPT_URL, url.c_str());
  wipe_text(url);
}

void Transfer::set_method_and_body() {
  CURL* handle = easy();
  const bool head = hop_.method == "HEAD";
  if (hop_.with_body && !head) {
    set(handle, CURLOPT_POST, 1L);
    set(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    set(handle, CURLOPT_POSTFIELDS, request_.body.c_str());
  } else {
    set(handle, CURLOPT_HTTPGET, 1L);
    if (head) set(handle, CURLOPT_NOBODY, 1L);
  }
  const bool own_word = hop_.with_body ? hop_.method != "POST" : hop_.method != "GET";
  set(handle, CURLOPT_CUSTOMREQUEST, own_word && !head ? hop_.method.c_str() : nullptr);
}

// Writes the header list by hand, into one buffer that can be wiped, instead of two allocations for each line.
void Transfer::set_headers() {
  const auto& credential = request_.authorization.headers;
  const auto sent_by_credential = [&](std::string_view name) {
    return std::any_of(credential.begin(), credential.end(),
                       [name](const auto& header) { return equal_ignoring_case(header.first, name); });
  };
  std::size_t length = request_.user_agent.size() + hop_.parts.host.size() + sizeof kEncodings + 128;
  for (const auto* headers : {&std::as_const(request_.headers), &credential}) {
    for (const auto& [name, value] : *headers) length += name.size() + value.size() + 3;
  }
  lines_.clear();
  lines_.reserve(length);  // it must not move: list_ points into it, and an outgrown buffer would keep the secret
  list_.clear();
  const auto add = [this](std::string_view name, std::string_view separator, std::string_view value) {
    list_.push_back({lines_.data() + lines_.size(), nullptr});
    lines_.append(name).append(separator).append(value).push_back('\0');
  };
  bool user_agent = false;
  bool host = false;
  bool content_type = false;
  bool encodings = false;
  const auto add_header = [&](const std::string& name, const std::string& value) {
    user_agent |= equal_ignoring_case(name, "User-Agent");
    host |= equal_ignoring_case(name, "Host");
    content_type |= equal_ignoring_case(name, "Content-Type");
    encodings |= equal_ignoring_case(name, "Accept-Encoding");
    add(name, value.empty() ? ";" : ": ", value);  // libcurl leaves "Name:" out and sends "Name;" empty
  };
  for (const auto& [name, value] : request_.headers) {
    const bool about_body = name.size() >= 8 && equal_ignoring_case(name.substr(0, 8), "content-");
    if (about_body && !hop_.with_body && response_.redirects > 0) continue;
    if (hop_.own_origin ? !sent_by_credential(name) : may_cross_origin(name)) add_header(name, value);
  }
  if (hop_.own_origin) {
    for (const auto& [name, value] : credential) add_header(name, value);
  }
  if (!user_agent && !request_.user_agent.empty()) add("User-Agent", ": ", request_.user_agent);
  if (!encodings) add("Accept-Encoding", ": ", kEncodings);
  if (!host && presents_other_name()) {
    std::string authority(hop_.parts.ipv6 ? '[' + std::string(hop_.parts.host) + ']' : std::string(hop_.parts.host));
    if (hop_.parts.port != 443) authority += ':' + std::to_string(hop_.parts.port);
    add("Host", ": ", authority);
  }
  if (hop_.with_body) {
    if (!content_type) add("Content-Type", ":", "");  // libcurl's guess is a web form
    add("Expect", ":", "");
  }
  for (std::size_t i = 1; i < list_.size(); ++i) list_[i - 1].next = &list_[i];
  set(easy(), CURLOPT_HTTPHEADER, list_.data());
}

// Tells libcurl the addresses without its resolver, which would start a thread. They go into the DNS cache of the multi
// handle under a name of ours: libcurl loads and looks them up in one step, so that transfers with other addresses for
// the same host cannot meet. `reuse` has a name for each session, which keeps apart the connections of targets that
// trust or resolve otherwise. An address in the URL needs no name, and is spared what one costs.
void Transfer::set_connect_name(const Route& route) {
  const Url& peer = contact_.proxy ? *contact_.proxy : hop_.parts;
  std::string addresses(route.addresses.empty() ? std::string_view(contact_.addresses) : route.addresses);
  const bool zoned = peer.host.find('%') != std::string_view::npos;
  const bool direct_name = !contact_.proxy && (presents_other_name() || response_.redirects > 0 || route.crowded);
  if (addresses.empty() && !zoned && (direct_name || keeps(config::ConnectionMode::reuse))) {
    addresses = peer.ipv6 ? '[' + std::string(peer.host) + ']' : std::string(peer.host);
  }
  connect_name_.clear();
  curl_slist* list = nullptr;
  if (!addresses.empty() && request_.connection->unix_socket.empty()) {
    // libcurl walks the list of a name's connections, and the list of names, when one ends: this splits them evenly.
    connect_name_ = session != nullptr ? 's' + std::to_string(session->number) : 't' + std::to_string(token % kNames);
    connect_name_ += ".invalid";
    resolve_line_ = connect_name_ + ':' + std::to_string(contact_.port) + ':' + addresses;
    resolve_ = {resolve_line_.data(), nullptr};
    list = &resolve_;
    if (!route.spent_names->empty()) {
      forget_line_ = '-' + route.spent_names->front();
      route.spent_names->pop_front();
      forget_ = {forget_line_.data(), &resolve_};
      list = &forget_;
    }
  }
  set(easy(), CURLOPT_RESOLVE, list);
  // Ours stay until they are forgotten; addresses that libcurl reads off the URL are dropped as soon as they are used.
  // Dropping walks all that is there, which is why it must not become much.
  set(easy(), CURLOPT_DNS_CACHE_TIMEOUT, list != nullptr ? -1L : 0L);
}

std::string Transfer::spent_name() const {
  if (connect_name_.empty()) return {};
  return connect_name_ + ':' + std::to_string(contact_.port);
}

void Transfer::set_route() {
  CURL* handle = easy();
  connect_to_line_.clear();
  if (!contact_.proxy) {
    if (!connect_name_.empty()) connect_to_line_ = "::" + connect_name_ + ':' + std::to_string(contact_.port);
    set(handle, CURLOPT_PROXY, "");
  } else {
    // The proxy is asked for the URL's own host, whatever name TLS is to see.
    if (presents_other_name()) connect_to_line_ = "::" + origin_text(hop_.parts).substr(sizeof "https://" - 1);
    std::string proxy = proxy_url_;
    if (!connect_name_.empty()) {
      proxy = "http://";
      if (!contact_.proxy->userinfo.empty()) proxy.append(contact_.proxy->userinfo).append("@");
      proxy += connect_name_ + ':' + std::to_string(contact_.port);
    }
    set(handle, CURLOPT_PROXY, proxy.c_str());
    wipe_text(proxy);
  }
  connect_to_.data = connect_to_line_.data();
  set(handle, CURLOPT_CONNECT_TO, connect_to_line_.empty() ? nullptr : &connect_to_);
}

void Transfer::on_status_line(std::string_view line) {
  response_.headers.clear();
  response_.status = 0;
  header_lines_ = 0;
  const auto space = std::min(line.find(' '), line.size());
  response_.http_version = line.substr(5, space - 5);
  const std::string_view code = line.substr(std::min(space + 1, line.size()), 3);
  std::from_chars(code.data(), code.data() + code.size(), response_.status);
}

std::size_t Transfer::on_header(std::string_view line) {
  header_bytes_ += line.size();
  if (++header_lines_ > kMostHeaderLines + 1 || header_bytes_ > kMostHeaderBytes) {  // + the blank line at the end
    refused_ = Failure{TransportError::protocol, "the answer has more than 100 header lines or 64 KiB of headers"};
    return 0;
  }
  if (line.starts_with("HTTP/")) {
    on_status_line(line);
    return line.size();
  }
  if (body_begun_) return line.size();  // a trailer
  const auto colon = line.find(':');
  if ((line.starts_with(' ') || line.starts_with('\t')) && !response_.headers.empty()) {
    response_.headers.back().second.append(" ").append(trimmed(line));
  } else if (colon != std::string_view::npos) {
    response_.headers.emplace_back(trimmed(line.substr(0, colon)), trimmed(line.substr(colon + 1)));
  }
  return line.size();
}

std::size_t Transfer::on_body(std::string_view bytes) {
  body_begun_ = true;
  response_.body_bytes += bytes.size();
  const std::size_t room = kBodyKept - response_.body.size();
  response_.body.append(bytes.substr(0, room));
  if (response_.body_bytes > request_.connection->max_response_bytes) {
    refused_ = Failure{TransportError::too_large,
                       "the body is longer than " + std::to_string(request_.connection->max_response_bytes) + " bytes"};
    return 0;
  }
  return bytes.size();
}

bool Transfer::finish_hop(CURLcode result) {
  read_times();
  if (chain_check_.expiry) {
    response_.certificate_expiry = response_.certificate_expiry
                                       ? std::min(*response_.certificate_expiry, *chain_check_.expiry)
                                       : *chain_check_.expiry;
  }
  if (response_.status < 200 && result != CURLE_OK) response_.status = 0;  // an interim answer is none
  std::optional<Failure> failure = refused_;
  if (!failure && result != CURLE_OK) failure = failure_of(result);
  if (!failure && is_redirect(response_.status) && response_.redirects < request_.connection->max_redirects) {
    const auto location = std::find_if(response_.headers.begin(), response_.headers.end(), [](const auto& header) {
      return equal_ignoring_case(header.first, "Location");
    });
    if (location == response_.headers.end()) return false;
    const int before = response_.redirects;
    failure = follow(location->second);
    if (!failure) return response_.redirects > before;
  }
  if (failure) {
    response_.error = failure->error;
    response_.error_detail = failure->detail;
  }
  return false;
}

// Makes the redirect the next hop, unless it must not be followed: then the redirect is the answer.
std::optional<Failure> Transfer::follow(const std::string& location) {
  std::string next = redirect_url(hop_.url, location);
  auto parts = parse_url(next);
  if (!parts) return Failure{TransportError::protocol, "a redirect leads to what is not an http or https URL"};
  const auto first = parse_url(request_.url);
  const bool own_origin = hop_.own_origin && first && same_origin(*first, *parts);
  const int status = response_.status;
  const bool becomes_get =
      (status == 303 && hop_.method != "HEAD") || ((status == 301 || status == 302) && hop_.method == "POST");
  // A body may hold a secret, and another origin is not whom it was meant for.
  if (hop_.with_body && !becomes_get && !own_origin && !request_.body.empty()) return std::nullopt;
  if (becomes_get) {
    hop_.method = "GET";
    hop_.with_body = false;
  }
  const std::string& parameter = request_.authorization.query.first;
  if (!parameter.empty()) next = without_query(next, parameter);  // servers copy queries into Location
  if (own_origin && !first->userinfo.empty()) {
    next.insert(next.find("://") + 3, std::string(first->userinfo) + '@');
  }
  hop_.url = std::move(next);
  hop_.own_origin = own_origin;
  ++response_.redirects;
  response_.status = 0;
  response_.headers.clear();
  response_.body.clear();
  response_.body_bytes = 0;
  hop_started_ = Clock::now();
  return std::nullopt;
}

// Points in time, in the order in which a transfer passes them, become phases. The phase that was running when it ended
// gets the rest.
void Transfer::read_times() {
  const double total = time_of(easy(), CURLINFO_TOTAL_TIME_T);
  double connected = time_of(easy(), CURLINFO_CONNECT_TIME_T);
  // libcurl tells the time of connecting only when TLS stands too.
  if (connected <= 0 && chain_check_.begun) connected = seconds(*chain_check_.begun - set_up_at_);
  const double secured = time_of(easy(), CURLINFO_APPCONNECT_TIME_T);
  const double ready = time_of(easy(), CURLINFO_PRETRANSFER_TIME_T);
  const double answered = time_of(easy(), CURLINFO_STARTTRANSFER_TIME_T);
  double last = 0;
  const auto pass = [&](Phase phase, double until) {
    response_.phase_seconds[static_cast<std::size_t>(phase)] += std::max(until - last, 0.0);
    last = std::max(last, until);
  };
  const bool under_way = ready > 0;  // a kept connection has no time of connecting
  pass(Phase::connect, connected > 0 || under_way ? connected : total);
  if (hop_.parts.https) pass(Phase::tls, secured > 0 || under_way ? secured : total);
  last = std::max(last, ready);
  pass(Phase::processing, answered > 0 ? answered : total);
  pass(Phase::transfer, total);
  if ((connected > 0 || under_way) && request_.connection->unix_socket.empty()) {
    const char* address = nullptr;
    curl_easy_getinfo(easy(), CURLINFO_PRIMARY_IP, &address);
    response_.address = address != nullptr ? address : "";
  }
}

Failure Transfer::failure_of(CURLcode result) const {
  Failure failure{transport_error_of(result), libcurl_words_[0] != '\0' ? libcurl_words_ : curl_easy_strerror(result)};
  const Url& peer = contact_.proxy ? *contact_.proxy : hop_.parts;
  if (result == CURLE_COULDNT_CONNECT) {
    long error = 0;
    curl_easy_getinfo(easy(), CURLINFO_OS_ERRNO, &error);
    const std::string& socket = request_.connection->unix_socket;
    failure.detail = "connect to " + (socket.empty() ? origin_text(peer) : socket);
    if (error != 0) failure.detail += ": " + std::generic_category().message(static_cast<int>(error));
  } else if (result == CURLE_OPERATION_TIMEDOUT) {
    failure.detail = "no complete answer within " + std::to_string(request_.timeout.count()) + " ms";
  } else if (result == CURLE_OUT_OF_MEMORY) {
    failure.detail = "a header line of the answer is too long";
  } else if (result == CURLE_RECV_ERROR) {
    long tunnel_status = 0;
    curl_easy_getinfo(easy(), CURLINFO_HTTP_CONNECTCODE, &tunnel_status);
    if (tunnel_status >= 300) failure.error = TransportError::connect;  // the proxy refused to connect
    // TLS 1.3 refuses a client certificate only after the handshake, as an alert in place of an answer.
    if (failure.detail.find("SSL routines") != std::string::npos) failure.error = TransportError::tls;
  }
  if (!connect_name_.empty()) replace_all(failure.detail, connect_name_, peer.host);
  const auto hide = [&failure](const std::string& secret) {
    if (secret.size() >= 4) replace_all(failure.detail, secret, "...");  // a shorter one is in any text
  };
  for (const auto& [name, value] : request_.authorization.headers) hide(value);
  hide(request_.authorization.query.second);
  return failure;
}

void Transfer::fail(const Failure& failure, Clock::time_point now) {
  response_.phase_seconds[static_cast<std::size_t>(Phase::resolve)] += seconds(now - hop_started_);
  response_.error = failure.error;
  response_.error_detail = failure.detail;
}

Response Transfer::take_response(Clock::time_point now) {
  response_.total_seconds = seconds(now - started_);
  wipe();
  return std::move(response_);
}

void Transfer::wipe() {
  for (auto& [name, value] : request_.authorization.headers) wipe_text(value);
  wipe_text(request_.authorization.query.second);
  wipe_text(lines_);
}

}  // namespace authprobe::http
