#include "exporter/web/listener.h"

#include <gnutls/abstract.h>
#include <microhttpd.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <list>
#include <stdexcept>
#include <utility>

#include "exporter/web/messages.h"
#include "exporter/wire/signals_blocked.h"

namespace authprobe::web {
namespace {

constexpr unsigned kConnections = 2'048;   // open at once; more wait in the kernel's queue
constexpr std::size_t kIdleClients = 768;  // without a complete request; the oldest above this is disconnected
constexpr std::size_t kConnectionMemory = 24 * 1024;  // headers both ways; a request that needs more gets 431 or 414
constexpr unsigned kTimeoutSeconds = 75;              // without a byte moving
constexpr unsigned kSendTimeoutSeconds = 10;          // likewise, of an answer: its client does not read
constexpr int kSendBuffer = 128 * 1024;               // bytes: or clients that do not read take some MB each
constexpr std::size_t kBodyAccepted = 64 * 1024;      // no route needs one
constexpr std::size_t kBodyDrained = 1024 * 1024;     // read and dropped, so that the client receives its 413

// A quarter of the descriptors; the probes have the rest.
unsigned most_connections() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return kConnections;
  return static_cast<unsigned>(std::clamp<rlim_t>(limit.rlim_cur / 4, 4, kConnections));
}

// The clients of one daemon, on its thread only. Whoever just sits there goes first when too many do, so that they
// cannot keep others out.
class Clients {
 public:
  struct Client {
    int socket = -1;
    std::list<Client>* in = nullptr;
    std::list<Client>::iterator self;
    std::shared_ptr<const TlsCredentials> tls;  // of the connection's session; null: plain HTTP
    const char* target_end = nullptr;           // of the request's target, if it is the text that the library sees
  };

  Client* connected(int socket) {
    idle_.push_back({.socket = socket, .in = &idle_, .self = {}, .tls = {}, .target_end = nullptr});
    idle_.back().self = std::prev(idle_.end());
    Client* const added = &idle_.back();
    if (idle_.size() > std::min(kIdleClients, crowd_ / 2)) cut_off(idle_.front());
    if (idle_.size() + busy_.size() + sending_.size() > crowd_ && !sending_.empty()) cut_off(sending_.front());
    return added;
  }
  void begins_request(Client& client) { move(client, busy_); }
  void begins_answer(Client& client) { move(client, sending_); }
  void ends_request(Client& client) { move(client, idle_); }
  void disconnected(Client& client) { client.in->erase(client.self); }

 private:
  // The daemon detects the end of the stream and closes the connection.
  void cut_off(Client& client) {
    shutdown(client.socket, SHUT_RDWR);
    move(client, busy_);
  }
  static void move(Client& client, std::list<Client>& to) {
    to.splice(to.end(), *client.in, client.self);
    client.in = &to;
  }

  // One more, and whoever has been sent to longest is cut off.
  const std::size_t crowd_ = std::size_t{most_connections()} / 4 * 3;
  std::list<Client> idle_;  // oldest first
  std::list<Client> busy_;
  std::list<Client> sending_;  // oldest answer first
};

}  // namespace

class Listener::Daemon {
 public:
  Daemon(ListenSocket socket, const Handler& handler, AccessControl& access, Exchanges& exchanges);
  ~Daemon() { MHD_stop_daemon(daemon_); }
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

 private:
  // The library's callbacks, all on the daemon's thread.
  static size_t keep_escapes(void*, MHD_Connection*, char* text) { return std::strlen(text); }
  static int no_certificate(gnutls_session_t, const gnutls_datum_t*, int, const gnutls_pk_algorithm_t*, int,
                            gnutls_pcert_st**, unsigned*, gnutls_privkey_t*) {
    return -1;
  }
  static void on_connection(void* self, MHD_Connection* connection, void** context,
                            MHD_ConnectionNotificationCode code);
  static void* on_target(void* self, const char* target, MHD_Connection* connection);
  static MHD_Result on_request(void* self, MHD_Connection* connection, const char* target, const char* method,
                               const char* version, const char* upload, size_t* upload_size, void** context);
  static void on_completed(void* self, MHD_Connection* connection, void** context, MHD_RequestTerminationCode);

  static Clients::Client& client_of(MHD_Connection* connection) {
    const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return *static_cast<Clients::Client*>(info->socket_context);
  }
  // False: the connection is to be closed.
  bool begin(MHD_Connection* connection, const char* version, void** context);
  bool advance(Exchange& exchange, MHD_Connection* connection, const char* target, const char* method);
  void dispatch(Exchange& exchange, MHD_Connection* connection, const char* target, const char* method);

  const Handler& handler_;
  AccessControl& access_;
  Exchanges& exchanges_;
  Clients clients_;
  MHD_Daemon* daemon_ = nullptr;
};

Listener::Daemon::Daemon(ListenSocket socket, const Handler& handler, AccessControl& access, Exchanges& exchanges)
    : handler_(handler), access_(access), exchanges_(exchanges) {
  const std::string address = socket.address();
  setsockopt(socket.descriptor(), SOL_SOCKET, SO_SNDBUF, &kSendBuffer, sizeof kSendBuffer);  // its connections have it
  const wire::SignalsBlocked blocked;
  // Without MHD_USE_ERROR_LOG the library writes nothing. It closes the socket, even if it cannot start. With TLS,
  // on_connection() gives each session its certificate; the library asks that there be a callback for it.
  const MHD_OptionItem tls[] = {{MHD_OPTION_HTTPS_CERT_CALLBACK, 0, reinterpret_cast<void*>(&no_certificate)},
                                {MHD_OPTION_END, 0, nullptr}};
  const MHD_OptionItem* const tls_options = access.uses_tls() ? tls : &tls[1];
  unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME;
  if (access.uses_tls()) flags |= MHD_USE_TLS;
  daemon_ =
      MHD_start_daemon(flags, 0, nullptr, nullptr, &on_request, this, MHD_OPTION_LISTEN_SOCKET, socket.release(),
                       MHD_OPTION_CONNECTION_LIMIT, most_connections(), MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                       kConnectionMemory, MHD_OPTION_CONNECTION_TIMEOUT, kTimeoutSeconds, MHD_OPTION_STRICT_FOR_CLIENT,
                       1, MHD_OPTION_UNESCAPE_CALLBACK, &keep_escapes, nullptr, MHD_OPTION_URI_LOG_CALLBACK, &on_target,
                       this, MHD_OPTION_NOTIFY_CONNECTION, &on_connection, this, MHD_OPTION_NOTIFY_COMPLETED,
                       &on_completed, this, MHD_OPTION_ARRAY, tls_options, MHD_OPTION_END);
  if (daemon_ == nullptr) throw std::runtime_error("listen address \"" + address + "\": the web server cannot start");
}

void Listener::Daemon::on_connection(void* self, MHD_Connection* connection, void** context,
                                     MHD_ConnectionNotificationCode code) {
  auto& daemon = *static_cast<Daemon*>(self);
  Clients& clients = daemon.clients_;
  if (code == MHD_CONNECTION_NOTIFY_STARTED) {
    const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    Clients::Client* const client = clients.connected(info->connect_fd);
    *context = client;
    client->tls = daemon.access_.tls();
    if (client->tls == nullptr) return;
    // The handshake has not begun yet.
    const auto* session = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    client->tls->apply(static_cast<gnutls_session_t>(session->tls_session));
  } else if (*context != nullptr) {
    clients.disconnected(*static_cast<Clients::Client*>(*context));
  }
}

// Called with the whole target, before the library takes it apart. It reads a text that ends at the first NUL.
void* Listener::Daemon::on_target(void*, const char* target, MHD_Connection* connection) {
  client_of(connection).target_end = target == nullptr ? nullptr : target + std::strlen(target);
  return nullptr;
}

// Called with the headers, then with each piece of the body, then once the request is whole, and again after a pause.
MHD_Result Listener::Daemon::on_request(void* self, MHD_Connection* connection, const char* target, const char* method,
                                        const char* version, const char*, size_t* upload_size, void** context) {
  auto& daemon = *static_cast<Daemon*>(self);
  try {
    auto* const exchange = static_cast<Exchange*>(*context);
    if (exchange == nullptr) return daemon.begin(connection, version, context) ? MHD_YES : MHD_NO;
    if (*upload_size > 0) {
      exchange->body_bytes += std::exchange(*upload_size, 0);
      return exchange->body_bytes <= kBodyDrained ? MHD_YES : MHD_NO;
    }
    return daemon.advance(*exchange, connection, target, method) ? MHD_YES : MHD_NO;
  } catch (const std::exception&) {
    return MHD_NO;  // out of memory: only this connection is closed
  }
}

bool Listener::Daemon::begin(MHD_Connection* connection, const char* version, void** context) {
  const std::shared_ptr<Exchange> exchange = exchanges_.begin(connection);
  *context = exchange.get();
  std::optional<std::string> fault = fault_of_request(connection, version != nullptr ? version : "");
  // The library has put an end in place of the blank before the version. Another end in front of it came with the
  // target.
  const char* const target_end = client_of(connection).target_end;
  if (!fault && target_end != nullptr && !std::all_of(target_end + 1, version, [](char c) { return c == ' '; })) {
    fault = "the target has a NUL in it";
  }
  if (fault) {
    Response refusal = text_response(400, *fault);
    refusal.headers.emplace_back("Connection", "close");  // where the next request begins is anybody's guess
    return send_response(connection, refusal);
  }
  if (declared_body_bytes(connection) <= kBodyDrained) return true;
  return send_response(connection, text_response(413, "request body too large"));
}

bool Listener::Daemon::advance(Exchange& exchange, MHD_Connection* connection, const char* target, const char* method) {
  if (!exchange.dispatched) {
    exchange.dispatched = true;
    clients_.begins_request(client_of(connection));
    dispatch(exchange, connection, target, method);
  }
  const std::optional<Response> response = exchange.take_or_suspend();
  if (!response) return true;
  clients_.begins_answer(client_of(connection));
  MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT, kSendTimeoutSeconds);
  return send_response(connection, *response);
}

void Listener::Daemon::dispatch(Exchange& exchange, MHD_Connection* connection, const char* target,
                                const char* method) {
  if (exchange.body_bytes > kBodyAccepted) return exchange.answer(text_response(413, "request body too large"));
  const Reply reply = reply_to(exchanges_.find(&exchange));
  try {
    handler_(read_request(connection, method, target), reply);
  } catch (const std::exception&) {
    reply(text_response(500, "internal error"));
  }
}

void Listener::Daemon::on_completed(void* self, MHD_Connection* connection, void** context,
                                    MHD_RequestTerminationCode end) {
  auto& daemon = *static_cast<Daemon*>(self);
  const auto* exchange = static_cast<const Exchange*>(std::exchange(*context, nullptr));
  if (exchange == nullptr) return;
  daemon.exchanges_.end(exchange);
  daemon.clients_.ends_request(client_of(connection));
  if (end != MHD_REQUEST_TERMINATED_COMPLETED_OK) return;  // the connection ends too: it is in none of MHD's lists
  MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT, kTimeoutSeconds);
}

Listener::Listener(ListenSocket socket, const Handler& handler, AccessControl& access, Exchanges& exchanges)
    : address_(socket.address()), daemon_(std::make_unique<Daemon>(std::move(socket), handler, access, exchanges)) {}

Listener::~Listener() = default;

}  // namespace authprobe::web
