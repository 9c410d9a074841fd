// The request of a Transfer, as options of its easy handle.
#include <algorithm>
#include <new>
#include <utility>

#include "exporter/http/transfer.h"
#include "exporter/wire/text.h"

namespace authprobe::http {
namespace {

// What libcurl reads at once, in bytes. Most answers fit, and each probe in flight has a buffer of this size, which is
// wiped at its end; libcurl's own 16 KiB are most of the memory of a probe that hangs.
constexpr long kReadBuffer = 4 * 1024;

constexpr std::uint64_t kNames = 64;

template <typename Value>
void set(CURL* easy, CURLoption option, Value value) {
  if (curl_easy_setopt(easy, option, value) == CURLE_OUT_OF_MEMORY) throw std::bad_alloc();
}

// `known` is the option's previous value.
void set_if_new(CURL* easy, CURLoption option, long value, long& known) {
  if (value == known) return;
  set(easy, option, value);
  known = value;
}

void set_if_new(CURL* easy, CURLoption option, curl_slist* list, const curl_slist*& known) {
  if (list == known) return;
  set(easy, option, list);
  known = list;
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

}  // namespace

Transfer::Transfer() : easy_(curl_easy_init()) {
  if (easy_ == nullptr) throw std::bad_alloc();
  set_for_all();
}

// The options that are the same for every request.
void Transfer::set_for_all() {
  CURL* easy = easy_.get();
  known_ = {};
  set(easy, CURLOPT_PRIVATE, this);
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_BUFFERSIZE, kReadBuffer);
  set(easy, CURLOPT_ERRORBUFFER, libcurl_words_);
  set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  set(easy, CURLOPT_ACCEPT_ENCODING, "");  // decodes all codings of libcurl; the header line is in our own list
  set(easy, CURLOPT_NOPROXY, "");          // otherwise libcurl reads the environment
  set(easy, CURLOPT_PROXY, "");            // the same
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
  const curl_opensocket_callback open = [](void* self, curlsocktype, curl_sockaddr* address) {
    return static_cast<Transfer*>(self)->open_socket(*address);
  };
  set(easy, CURLOPT_OPENSOCKETFUNCTION, open);
  set(easy, CURLOPT_OPENSOCKETDATA, this);
  const curl_xferinfo_callback turn = [](void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<Transfer*>(self)->on_turn() ? 0 : 1;
  };
  set(easy, CURLOPT_XFERINFOFUNCTION, turn);
  set(easy, CURLOPT_XFERINFODATA, this);
  set(easy, CURLOPT_NOPROGRESS, 0L);
  // libcurl 7.88 fills the trust store only after the context function, and would then replace our store by one of its
  // own, cached for the whole multi handle: https://github.com/curl/curl/issues/11800
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

// Without a session of its own, a transfer keeps nothing: the state could be used again with another target's trust.
bool Transfer::keeps(config::ConnectionMode mode) const {
  return session != nullptr && request_.connection->mode == mode;
}

// True if TLS must use another name than the URL's host. Only for the origin that the name was configured for.
bool Transfer::presents_other_name() const {
  const std::string& name = request_.connection->tls.server_name;
  return url().https() && hop_.own_origin && !name.empty() && !wire::equal_ignoring_case(name, url().host());
}

void Transfer::set_up_hop(const Route& route, Clock::time_point now) {
  add_resolve_time(now);
  set_up_at_ = now;
  const config::Connection& connection = *request_.connection;
  chain_check_ = ChainCheck{};
  if (route.trust != nullptr) {
    chain_check_.trusted = route.trust->certificates;
    chain_check_.verified = route.trust->verified;
  }
  chain_check_.verify = connection.tls.verify;
  chain_check_.verify_again_after = connection.tls.verify_again_after;
  if (hop_.own_origin) chain_check_.identity = request_.identity;
  chain_check_.legacy_versions = connection.tls.min_version < config::TlsVersion::tls1_2;
  chain_check_.kept_alive = keeps(config::ConnectionMode::reuse);
  chain_check_.flood = &flood_;
  chain_check_.resumes = keeps(config::ConnectionMode::resume);
  if (known_.connection != request_.connection) configure(request_.connection);
  const long single_use = keeps(config::ConnectionMode::reuse) ? 0L : 1L;
  set_if_new(easy(), CURLOPT_FORBID_REUSE, single_use, known_.single_use);
  set_if_new(easy(), CURLOPT_FRESH_CONNECT, retried_ ? 1L : single_use, known_.fresh);
  if (chain_check_.resumes) keep_tls_sessions();
  set_if_new(easy(), CURLOPT_SSL_SESSIONID_CACHE, chain_check_.resumes ? 1L : 0L, known_.resumes);
  libcurl_words_[0] = '\0';
  body_begun_ = false;
  flood_.begin(response_.body_bytes);
  turn_socket_ = route.turn_socket;
  if (known_.undecoded != as_it_comes_) set(easy(), CURLOPT_HTTP_CONTENT_DECODING, as_it_comes_ ? 0L : 1L);
  known_.undecoded = as_it_comes_;
  const Signature signature = signs() ? this->signature() : Signature{};
  set_url(signature.query);
  set_method_and_body();
  write_headers(signature.headers);
  set_if_new(easy(), CURLOPT_HTTPHEADER, lines_.list(), known_.lines);
  set_scheme();
  set_connect_name(route);
  set_route();
  set_sockets();
  set_timeout(now);
  set_if_new(easy(), CURLOPT_HTTP_VERSION, curl_version_of(connection.http_version, url().https()),
             known_.http_version);
  // Nagle's algorithm cannot delay a request that is sent in one piece, so this saves a system call.
  const bool one_piece = !url().https() && !hop_.with_body && connection.http_version != config::HttpVersion::http2;
  set_if_new(easy(), CURLOPT_TCP_NODELAY, one_piece ? 0L : 1L, known_.no_delay);
}

// Since version 8.12, libcurl keeps TLS sessions in the multi handle, where every target would find them and trust
// would outlive its settings: https://github.com/curl/curl/pull/15982. Before, they are the easy handle's.
void Transfer::keep_tls_sessions() {
  static const bool kInMultiHandle = curl_version_info(CURLVERSION_NOW)->version_num >= 0x080c00;
  if (tls_sessions_ || !kInMultiHandle) return;
  tls_sessions_.reset(curl_share_init());
  if (!tls_sessions_ || curl_share_setopt(tls_sessions_.get(), CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION) != 0) {
    throw std::bad_alloc();
  }
  set(easy(), CURLOPT_SHARE, tls_sessions_.get());
}

void Transfer::set_timeout(Clock::time_point now) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline() - now).count();
  set_if_new(easy(), CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<decltype(left)>(left, 1)), known_.timeout);
}

// The options that depend on nothing but the Connection, which many requests share.
void Transfer::configure(const std::shared_ptr<const config::Connection>& connection) {
  known_.connection.reset();
  CURL* handle = easy();
  const auto text_or_null = [](const std::string& text) { return text.empty() ? nullptr : text.c_str(); };
  set(handle, CURLOPT_UNIX_SOCKET_PATH, text_or_null(connection->unix_socket));
  const config::Tls& tls = connection->tls;
  set(handle, CURLOPT_SSLVERSION, curl_version_of(tls.min_version));
  set(handle, CURLOPT_SSL_VERIFYPEER, tls.verify ? 1L : 0L);
  set(handle, CURLOPT_SSL_VERIFYHOST, tls.verify ? 2L : 0L);
  known_.connection = connection;
}

// As they are sent, but for what a signature adds.
wire::Secret Transfer::path_and_query() const {
  wire::Secret text = wire::Secret::join({url().rest()});
  if (!hop_.own_origin) return text;
  const wire::Secret& path = request_.authorization.path;
  if (!path.empty()) text = wire::with_path_secret(text.reveal(), path.reveal());
  for (const auto& [name, value] : request_.authorization.query) {
    text = wire::with_query(text.reveal(), name, value.reveal());
  }
  return text;
}

void Transfer::set_url(const SignatureLines& signed_query) {
  const Authorization& authorization = request_.authorization;
  const bool authorized =
      hop_.own_origin && (!authorization.query.empty() || !authorization.path.empty() || !signed_query.empty());
  const bool as_it_is = !authorized && !presents_other_name();
  // If libcurl sends a second request by itself (digest), libcurl 7.88 uses the handle's last URL text, not the parsed
  // URL: https://github.com/curl/curl/issues/15984
  const bool asks_once = authorization.scheme != Scheme::digest;
  CURLU* parsed = as_it_is && asks_once ? hop_.url->handle() : nullptr;
  if (parsed != nullptr || known_.parsed_url) set(easy(), CURLOPT_CURLU, parsed);
  known_.parsed_url = parsed != nullptr;
  if (parsed != nullptr) return;
  const std::string_view whole = url().text();
  wire::Secret server = wire::Secret::join({whole.substr(0, whole.size() - url().rest().size())});
  if (presents_other_name()) {
    server = wire::Secret::join({"https://", url().userinfo(), url().has_userinfo() ? "@" : "",
                                 request_.connection->tls.server_name, ":", std::to_string(url().port())});
  }
  wire::Secret target = path_and_query();
  for (const auto& [name, value] : signed_query) target = wire::with_query(target.reveal(), name, value.reveal());
  set(easy(), CURLOPT_URL, wire::Secret::join({server.reveal(), target.reveal()}).c_str());
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
  const bool own_method = own_word && !head;
  if (own_method || known_.method) set(handle, CURLOPT_CUSTOMREQUEST, own_method ? hop_.method.c_str() : nullptr);
  known_.method = own_method;
}

// Lets libcurl answer the server's challenge. Its handle would remember the challenge for the next request of any
// target: forget_scheme() resets it.
void Transfer::set_scheme() {
  const auto& authorization = request_.authorization;
  const bool wanted = hop_.own_origin && authorization.scheme == Scheme::digest;
  if (!wanted && !known_.scheme) return;
  known_.scheme = true;  // also after a hop without it: the handle still remembers the challenge
  set(easy(), CURLOPT_USERNAME, wanted ? authorization.username.c_str() : nullptr);
  set(easy(), CURLOPT_PASSWORD, wanted ? authorization.password.c_str() : nullptr);
  set(easy(), CURLOPT_HTTPAUTH, wanted ? CURLAUTH_DIGEST : CURLAUTH_BASIC);
}

void Transfer::forget_scheme() {
  if (!known_.scheme) return;
  curl_easy_reset(easy());  // keeps connections and TLS sessions
  set_for_all();
}

// Gives libcurl the addresses without its resolver, which would start a thread. They go into the DNS cache of the multi
// handle under a name of ours: libcurl loads and finds them in one step, so transfers with other addresses for the same
// host do not interfere. `reuse` has a name for each session, which separates the connections of targets with different
// trust or addresses. An address in the URL needs no name, which saves its cost.
void Transfer::set_connect_name(const Route& route) {
  const wire::Url& peer = this->peer();
  std::string addresses(route.addresses.empty() ? std::string_view(contact_.addresses) : route.addresses);
  const bool zoned = peer.host().find('%') != std::string_view::npos;
  const bool direct_name = !contact_.proxy && (presents_other_name() || !response_.redirects.empty() || route.crowded);
  if (addresses.empty() && !zoned && (direct_name || keeps(config::ConnectionMode::reuse))) {
    addresses = peer.bracketed_host();
  }
  connect_name_.clear();
  addresses_.clear();
  curl_slist* list = nullptr;
  if (!addresses.empty() && request_.connection->unix_socket.empty()) {
    // When a connection ends, libcurl walks the list of its name's connections and that of names: this balances both.
    connect_name_ = session != nullptr ? 's' + std::to_string(session_number) : 't' + std::to_string(token % kNames);
    connect_name_ += ".invalid";
    addresses_ = addresses;
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
  if (list != nullptr || known_.resolve) set(easy(), CURLOPT_RESOLVE, list);
  known_.resolve = list != nullptr;
  // Our names stay until they are removed; addresses that libcurl reads from the URL are dropped after their first use.
  // Dropping walks over all entries, so their number must stay small.
  set_if_new(easy(), CURLOPT_DNS_CACHE_TIMEOUT, list != nullptr ? -1L : 0L, known_.dns_timeout);
}

std::string Transfer::spent_name() const {
  if (connect_name_.empty()) return {};
  return connect_name_ + ':' + std::to_string(contact_.port);
}

// libcurl sends it with the first request: Basic waits for no challenge, where it is the only scheme.
void Transfer::set_proxy_login() {
  const std::string& username = request_.connection->proxy_username;
  response_.proxy_login = contact_.proxy != nullptr && !username.empty();
  if (!response_.proxy_login) return forget_proxy_login();
  set(easy(), CURLOPT_PROXYUSERNAME, username.c_str());
  set(easy(), CURLOPT_PROXYPASSWORD, request_.proxy_password.c_str());
  known_.proxy_login = true;
}

void Transfer::forget_proxy_login() {
  if (!std::exchange(known_.proxy_login, false)) return;
  set(easy(), CURLOPT_PROXYUSERNAME, static_cast<char*>(nullptr));
  set(easy(), CURLOPT_PROXYPASSWORD, static_cast<char*>(nullptr));
}

void Transfer::set_route() {
  CURL* handle = easy();
  connect_to_line_.clear();
  if (!contact_.proxy) {
    if (!connect_name_.empty()) connect_to_line_ = "::" + connect_name_ + ':' + std::to_string(contact_.port);
    if (known_.proxy) set(handle, CURLOPT_PROXY, "");
    known_.proxy = false;
  } else {
    // The request to the proxy has the URL's own host, whatever name TLS uses.
    if (presents_other_name()) connect_to_line_ = "::" + url().host_and_port();
    wire::Secret proxy = wire::Secret::join({contact_.proxy->text()});
    if (!connect_name_.empty()) {
      proxy = wire::Secret::join({"http://", contact_.proxy->userinfo(), contact_.proxy->has_userinfo() ? "@" : "",
                                  connect_name_, ":", std::to_string(contact_.port)});
    }
    set(handle, CURLOPT_PROXY, proxy.c_str());
    known_.proxy = true;
  }
  set_proxy_login();
  connect_to_.data = connect_to_line_.data();
  set_if_new(handle, CURLOPT_CONNECT_TO, connect_to_line_.empty() ? nullptr : &connect_to_, known_.connect_to);
}

}  // namespace authprobe::http
