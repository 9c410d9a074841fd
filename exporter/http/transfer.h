// One request in libcurl, including redirects. It turns a Request into options of an easy handle, collects the answer,
// and decides the next step; TransferSet decides when. Its handle is used again for later requests: every option that
// any request sets is set for each request, so that no setting of one reaches the next.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/http/curl_handles.h"
#include "exporter/http/flood_limit.h"
#include "exporter/http/header_lines.h"
#include "exporter/http/request.h"
#include "exporter/http/response.h"
#include "exporter/http/signable_request.h"
#include "exporter/http/trust_store.h"
#include "exporter/wire/cookies.h"
#include "exporter/wire/file_descriptor.h"

namespace authprobe::http {

struct RacedConnection;
struct Session;

struct Failure {
  TransportError error;
  std::string detail;
};

// Empty; what they have allocated serves the answer.
struct AnswerMemory {
  wire::Headers headers;
  std::string body;
};

class Transfer {
 public:
  using Clock = std::chrono::steady_clock;

  Transfer();
  ~Transfer();
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  // Takes a request, and memory for its answer; its first hop is prepared with prepare_hop().
  void begin(std::uint64_t id, Request&& request, AnswerMemory&& memory, Clock::time_point now);

  // Checks the hop and finds the host of its connection.
  std::optional<Failure> prepare_hop();

  // After prepare_hop(): the name whose addresses set_up_hop() needs; empty if no name has to be resolved.
  std::string_view name_to_resolve() const { return contact_.name; }
  bool needs_trust() const { return url().https(); }

  // Whether the connection's own client certificate is to be shown, not that of a credential; to this origin only.
  bool needs_identity_file() const { return url().https() && hop_.own_origin && !request_.identity; }
  void set_identity(std::shared_ptr<const ClientIdentity> identity) { request_.identity = std::move(identity); }

  // Whether a redirect leads into a network that the server which sent it cannot reach itself (CWE-918). `addresses` as
  // in Route.
  std::optional<Failure> check_scope(std::string_view addresses) const;

  // How a hop gets to its server.
  struct Route {
    std::string_view addresses;            // as in Resolver::Answer; empty without a name to resolve
    const TrustStores::Store* trust;       // verifies https; null where nothing is verified
    std::deque<std::string>* spent_names;  // used, and still in libcurl's DNS cache: each call drops one
    const int* turn_socket;                // the socket whose event libcurl is handling; outlives the hop
    bool crowded = false;  // so many transfers are in progress that libcurl's linear searches must be kept short
  };

  // Sets the easy handle up. The time until now counts as the resolve phase.
  void set_up_hop(const Route& route, Clock::time_point now);

  // After set_up_hop(): the addresses that libcurl tries, as in Resolver::Answer, and their port.
  const std::string& addresses() const { return addresses_; }
  std::uint16_t port() const { return contact_.port; }
  bool has_several_addresses() const;

  // While libcurl has the hop: it has a connection, or uses a kept one.
  bool connected() const;

  // A connection made beside libcurl's own attempt is used instead. The hop was taken from libcurl, and is to be given
  // to it again.
  void take_connection(RacedConnection&& connection, Clock::time_point now);

  // After a hop: what set_up_hop() put into libcurl's DNS cache, for Route::spent_names; empty: nothing.
  std::string spent_name() const;

  // The hop is over: reads what came. True where a redirect is to be followed, or the same hop to be tried once more:
  // prepare_hop() is next.
  bool finish_hop(CURLcode result);

  // Before finish_hop(): the hop was ended because it did not release the thread.
  void note_flood();
  void take_chain();
  // Why the hop that has ended gave no whole answer.
  std::optional<Failure> hop_failure(CURLcode result);

  // The request ends before or instead of libcurl's work.
  void fail(const Failure& failure, Clock::time_point now);

  // Ends the request, wipes its authorization, and returns its result.
  Response&& take_response(Clock::time_point now);

  // Of a request that is a message: what is sent, to whom, and the answer to it.
  bool is_message() const { return request_.is_message; }
  std::string_view message() const { return request_.body.reveal(); }
  std::string server() const { return url().host_and_port(); }
  std::string server_address() const {
    return contact_.addresses.empty() ? url().bracketed_host() : contact_.addresses;
  }
  void take_answer(std::string message) { response_.body = std::move(message); }

  CURL* easy() const { return easy_.get(); }
  bool has_sent_body() const { return has_sent_body_; }
  std::uint64_t id() const { return id_; }
  const config::Connection& connection() const { return *request_.connection; }
  Clock::time_point deadline() const { return started_ + request_.timeout; }
  std::chrono::milliseconds timeout() const { return request_.timeout; }

  Session* session = nullptr;        // what is kept for the request's key, where its connection mode keeps anything
  std::uint32_t session_number = 0;  // its number
  std::uint64_t token = 0;           // names this transfer to the resolver; never the same again
  std::size_t position = 0;          // in TransferSet's list
  const Clock::time_point made_at = Clock::now();

 private:
  struct Hop {
    std::shared_ptr<const PreparedUrl> url;  // without the credential
    std::string method;
    bool with_body = false;
    bool own_origin = true;    // the credential may be sent
    bool from_public = false;  // a server at a public address has sent us here
  };

  // Whom a hop's connection goes to.
  struct Contact {
    std::string_view name;  // to be resolved; stands in the URL
    std::string addresses;  // known without a lookup
    std::uint16_t port = 0;
    const wire::Url* proxy = nullptr;  // the connection's; null: none
  };

  // The way through a proxy to an https server.
  enum class Tunnel : std::uint8_t { none, asked_for, refused };

  const wire::Url& url() const { return hop_.url->url(); }
  const wire::Url& peer() const { return contact_.proxy != nullptr ? *contact_.proxy : url(); }
  std::optional<Failure> check_request() const;
  std::optional<Failure> find_contact();
  void configure(const std::shared_ptr<const config::Connection>& connection);
  void set_url(const SignatureLines& signed_query);
  void set_method_and_body();
  void write_headers(const SignatureLines& signature);
  template <typename Visit>
  void for_each_header(Visit visit) const;
  bool signs() const;
  std::string cookies_of_hops() const;
  Signature signature() const;
  wire::Secret path_and_query() const;
  std::string_view sent_body() const;
  std::string host_header() const;
  void set_scheme();
  void forget_scheme();
  void set_for_all();
  void add_own_headers();
  void set_connect_name(const Route& route);
  void set_route();
  void set_proxy_login();
  void forget_proxy_login();
  void set_sockets();
  void set_timeout(Clock::time_point now);
  void keep_tls_sessions();
  curl_socket_t open_socket(const curl_sockaddr& address);
  bool lacks_resources() const;
  int on_socket(curl_socket_t socket);
  bool keeps(config::ConnectionMode mode) const;
  bool presents_other_name() const;
  void add_resolve_time(Clock::time_point now);
  void read_times();
  void note_other_addresses();
  bool lost_kept_connection(CURLcode result) const;
  bool needs_undecoded(CURLcode result) const;
  Failure failure_of(CURLcode result) const;
  std::optional<Failure> follow(const std::string& location);
  std::size_t on_header(std::string_view line);
  std::size_t on_body(std::string_view bytes);
  bool on_turn();
  bool on_status_line(std::string_view line);
  void on_content_encoding(std::string_view codings);
  void on_tunnel_answer();
  bool refused_by_proxy() const { return tunnel_ == Tunnel::refused; }
  void wipe();

  // What the handle's options were last set to. Most requests need no other values, and setting one costs.
  struct Known {
    static constexpr long kNotSet = std::numeric_limits<long>::min();
    std::shared_ptr<const config::Connection> connection;
    long single_use = kNotSet;
    long fresh = kNotSet;
    long resumes = kNotSet;
    long http_version = kNotSet;
    long no_delay = kNotSet;
    long dns_timeout = kNotSet;
    long timeout = kNotSet;
    const curl_slist* lines = nullptr;
    const curl_slist* connect_to = nullptr;
    bool resolve = false;  // libcurl forgets the list once it has read it
    bool method = false;   // a word of its own
    bool proxy = false;
    bool proxy_login = false;
    bool sockets = false;     // CURLOPT_SOCKOPTFUNCTION
    bool parsed_url = false;  // CURLOPT_CURLU
    bool scheme = false;      // a user and a password
    bool undecoded = false;   // CURLOPT_HTTP_CONTENT_DECODING is off
  };

  ShareHandle tls_sessions_;  // of `resume`; outlives easy_, which uses it
  EasyHandle easy_;
  Known known_;
  char libcurl_words_[CURL_ERROR_SIZE] = {};

  std::uint64_t id_ = 0;
  Request request_;
  bool has_sent_body_ = false;  // its handle, at any time
  Clock::time_point started_;
  Clock::time_point hop_started_;  // its name is resolved first
  Clock::time_point set_up_at_;    // libcurl has the hop from here
  Hop hop_;
  bool as_it_comes_ = false;  // this hop is sent once more, with an answer that libcurl does not decode
  bool retried_ = false;      // on a fresh connection, after a kept one was lost: once
  wire::CookieJar cookies_;   // that the request's own origin set on the way through its redirects
  Contact contact_;
  std::string connect_name_;  // under which libcurl knows the addresses; empty: it uses the URL's literal
  std::string addresses_;     // those
  ChainCheck chain_check_;
  FloodLimit flood_;
  const int* turn_socket_ = nullptr;

  HeaderLines lines_;
  std::string connect_to_line_;
  std::string resolve_line_;
  curl_slist connect_to_{};
  std::string forget_line_;
  curl_slist resolve_{};
  curl_slist forget_{};

  Response response_;
  int challenges_ = 0;  // answers that asked for them, in this hop
  std::size_t header_lines_ = 0;
  std::size_t header_bytes_ = 0;
  bool headers_ended_ = false;  // with their blank line
  bool body_begun_ = false;
  Tunnel tunnel_ = Tunnel::none;  // as long as header lines may be a proxy's answer to CONNECT
  curl_socket_t proxy_socket_ = CURL_SOCKET_BAD;
  struct Socket {
    curl_socket_t fd;
    ino_t inode;
  };
  std::vector<Socket> sockets_;                  // that libcurl has opened for this hop; not owned
  wire::FileDescriptor own_socket_;              // connected, for libcurl to take
  curl_socket_t handed_over_ = CURL_SOCKET_BAD;  // that one, once libcurl has it
  int socket_error_ = 0;                         // errno, where there was no socket for this hop
  std::optional<Failure> refused_;               // by a callback, which ended the transfer
};

}  // namespace authprobe::http
