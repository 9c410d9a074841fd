#include "exporter/http/resolver.h"

#include <ares.h>
#include <arpa/inet.h>
#include <sys/stat.h>

#include <algorithm>
#include <climits>
#include <utility>

#include "exporter/wire/owned.h"
#include "exporter/wire/text.h"

namespace authprobe::http {
namespace {

using namespace std::chrono_literals;

// c-ares has its own retry times. To find the next one, it walks over all queries, so they are handled at this fixed
// pace. Retries are seconds apart.
constexpr auto kPace = 50ms;
constexpr int kFirstTimeoutMs = 2'000;  // of one server; c-ares doubles it with each round
constexpr int kTries = 3;
constexpr std::size_t kMostNames = 20'000;
constexpr char kConfiguration[] = "/etc/resolv.conf";

// c-ares's library-wide state: lives from before the first channel until after the last.
struct Library {
  Library() { ares_library_init(ARES_LIB_INIT_ALL); }
  ~Library() { ares_library_cleanup(); }
};

std::int64_t stamp_of(const char* path) {
  struct stat file {};
  if (stat(path, &file) != 0) return 0;
  return std::int64_t{file.st_mtim.tv_sec} * 1'000'000'000 + file.st_mtim.tv_nsec;
}

int family_of(config::IpVersion version) {
  switch (version) {
    case config::IpVersion::v4: return AF_INET;
    case config::IpVersion::v6: return AF_INET6;
    case config::IpVersion::any: break;
  }
  return AF_UNSPEC;
}

std::string key_of(std::string_view host, config::IpVersion family) {
  std::string key(1, static_cast<char>('0' + static_cast<int>(family)));
  for (const char c : host) key += c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  return key;
}

std::string text_of(const sockaddr& address) {
  char text[INET6_ADDRSTRLEN] = {};
  if (address.sa_family == AF_INET6) {
    inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, text, sizeof text);
    return '[' + std::string(text) + ']';
  }
  inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, text, sizeof text);
  return text;
}

// RFC 6761, 6.3: `localhost` and the names below it are never sent to a DNS server. A container may have no hosts file.
Resolver::AnswerPtr answer_of_localhost(std::string_view host, config::IpVersion family) {
  constexpr std::string_view kName = "localhost";
  if (host.size() < kName.size()) return nullptr;
  const std::size_t begin = host.size() - kName.size();
  if (!wire::equal_ignoring_case(host.substr(begin), kName) || (begin != 0 && host[begin - 1] != '.')) return nullptr;
  const char* addresses = "127.0.0.1,[::1]";
  if (family == config::IpVersion::v4) addresses = "127.0.0.1";
  if (family == config::IpVersion::v6) addresses = "[::1]";
  return std::make_shared<const Resolver::Answer>(Resolver::Answer{addresses, ""});
}

struct Addresses {
  std::string text;
  std::chrono::seconds ttl{0};
};

// A hostile server may send hundreds of addresses: the first dozen is more than a client ever tries.
Addresses addresses_of(const ares_addrinfo* result) {
  constexpr int kMost = 12;
  Addresses addresses;
  int shortest = INT_MAX;
  int count = 0;
  for (const auto* node = result->nodes; node != nullptr && count < kMost; node = node->ai_next, ++count) {
    if (!addresses.text.empty()) addresses.text += ',';
    addresses.text += text_of(*node->ai_addr);
    shortest = std::min(shortest, node->ai_ttl);
  }
  for (const auto* cname = result->cnames; cname != nullptr; cname = cname->next) {
    shortest = std::min(shortest, cname->ttl);
  }
  addresses.ttl = std::chrono::seconds(std::max(shortest, 0));
  return addresses;
}

}  // namespace

struct Resolver::LookUp {
  Resolver* resolver;
  std::string key;
  config::IpVersion family;
  std::vector<std::uint64_t> waiters;
};

void Resolver::ChannelDeleter::operator()(ares_channeldata* channel) const {
  ares_destroy(channel);
}

Resolver::Resolver(Poller& poller, Options options) : poller_(poller), options_(std::move(options)) {
  static const Library library;
  configuration_stamp_ = stamp_of(kConfiguration);
  channel_ = make_channel();
}

Resolver::~Resolver() {
  replacing_channel_ = true;  // lookups that the old channel returns must not be finished
  channel_.reset();
}

Resolver::Channel Resolver::make_channel() {
  ares_options options{};
  options.timeout = kFirstTimeoutMs;
  options.tries = kTries;
  options.sock_state_cb = &Resolver::on_socket;
  options.sock_state_cb_data = this;
  int set = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
#ifdef ARES_OPT_QUERY_CACHE  // since 1.31 c-ares has a cache of its own, for an hour: ours alone obeys dns_cache
  options.qcache_max_ttl = 0;
  set |= ARES_OPT_QUERY_CACHE;
#endif
  ares_channel channel = nullptr;
  if (ares_init_options(&channel, &options, set) != ARES_SUCCESS) return nullptr;
  Channel owner(channel);
  std::string servers;
  for (const std::string& server : options_.servers) servers += (servers.empty() ? "" : ",") + server;
  if (!servers.empty() && ares_set_servers_ports_csv(channel, servers.c_str()) != ARES_SUCCESS) return nullptr;
  return owner;
}

// resolv.conf is checked at most once a second, while there are lookups.
void Resolver::follow_configuration(Clock::time_point now) {
  if (now < next_configuration_check_) return;
  next_configuration_check_ = now + 1s;
  const auto stamp = stamp_of(kConfiguration);
  if (stamp == configuration_stamp_ && channel_) return;
  configuration_stamp_ = stamp;
  replacing_channel_ = true;
  channel_ = make_channel();  // the old one returns its lookups: they go to the new servers
  replacing_channel_ = false;
  std::vector<LookUp*> under_way;
  for (const auto& [key, look_up] : look_ups_) under_way.push_back(look_up.get());
  for (LookUp* look_up : under_way) send(*look_up);
}

Resolver::AnswerPtr Resolver::look_up(std::string_view host, config::IpVersion family, std::uint64_t waiter,
                                      Clock::time_point now) {
  if (auto here = answer_of_localhost(host, family)) return here;
  std::string key = key_of(host, family);
  if (const auto kept = cache_.find(key); kept != cache_.end()) {
    if (now < kept->second.until) return kept->second.answer;
    cache_.erase(kept);
  }
  now_ = now;
  follow_configuration(now);
  if (look_ups_.empty()) next_advance_ = now + kPace;
  auto& look_up = look_ups_[key];
  if (look_up) {
    look_up->waiters.push_back(waiter);
    return nullptr;
  }
  look_up = std::make_unique<LookUp>(LookUp{this, std::move(key), family, {waiter}});
  send(*look_up);
  return nullptr;
}

void Resolver::send(LookUp& look_up) {
  if (!channel_) {
    finish(look_up, std::make_shared<Answer>(Answer{"", "the DNS servers' configuration cannot be used"}), 0ms);
    return;
  }
  ares_addrinfo_hints hints{};
  hints.ai_family = family_of(look_up.family);
  hints.ai_socktype = SOCK_STREAM;  // otherwise each address is returned once per socket type
  sending_ = &look_up;
  // May answer at once, and then `look_up` is destroyed; the name is copied, since c-ares reads it after that too.
  const std::string name = look_up.key.substr(1);
  ares_getaddrinfo(channel_.get(), name.c_str(), nullptr, &hints, &Resolver::on_answer, &look_up);
  sending_ = nullptr;
}

void Resolver::on_answer(void* argument, int status, int /*timeouts*/, ares_addrinfo* result) {
  auto& look_up = *static_cast<LookUp*>(argument);
  const wire::Owned<ares_addrinfo, ares_freeaddrinfo> owner(result);
  Resolver& self = *look_up.resolver;
  if (status == ARES_EDESTRUCTION && self.replacing_channel_) return;
  auto answer = std::make_shared<Answer>();
  std::chrono::milliseconds keep{0};
  if (status == ARES_SUCCESS && result != nullptr && result->nodes != nullptr) {
    Addresses addresses = addresses_of(result);
    answer->addresses = std::move(addresses.text);
    // An answer from the hosts file arrives at once and has no TTL.
    const bool from_file = self.sending_ == &look_up;
    keep = from_file ? self.options_.cache : std::min<std::chrono::milliseconds>(self.options_.cache, addresses.ttl);
  } else {
    answer->error = ares_strerror(status == ARES_SUCCESS ? ARES_ENODATA : status);
  }
  self.finish(look_up, std::move(answer), keep);
}

void Resolver::finish(LookUp& look_up, AnswerPtr answer, std::chrono::milliseconds how_long) {
  for (const std::uint64_t waiter : look_up.waiters) resolved_.push_back({waiter, answer});
  const std::string key = look_up.key;
  look_ups_.erase(key);
  if (how_long > 0ms) keep(key, std::move(answer), now_, how_long);
}

void Resolver::keep(const std::string& key, AnswerPtr answer, Clock::time_point now,
                    std::chrono::milliseconds how_long) {
  if (cache_.size() >= kMostNames)
    std::erase_if(cache_, [now](const auto& entry) { return entry.second.until <= now; });
  if (cache_.size() >= kMostNames) cache_.clear();
  cache_.insert_or_assign(key, Kept{std::move(answer), now + how_long});
}

std::optional<Resolver::Resolved> Resolver::next_resolved() {
  if (resolved_.empty()) return std::nullopt;
  Resolved resolved = std::move(resolved_.front());
  resolved_.pop_front();
  return resolved;
}

void Resolver::on_socket(void* resolver, int fd, int readable, int writable) {
  const std::uint32_t events = (readable != 0 ? EPOLLIN : 0U) | (writable != 0 ? EPOLLOUT : 0U);
  static_cast<Resolver*>(resolver)->poller_.set(fd, Poller::Owner::resolver, events);
}

void Resolver::handle(const Poller::Event& event) {
  now_ = Clock::now();
  const bool broken = (event.events & (EPOLLERR | EPOLLHUP)) != 0;
  const bool readable = broken || (event.events & EPOLLIN) != 0;
  const bool writable = broken || (event.events & EPOLLOUT) != 0;
  ares_process_fd(channel_.get(), readable ? event.fd : ARES_SOCKET_BAD, writable ? event.fd : ARES_SOCKET_BAD);
}

std::optional<Resolver::Clock::time_point> Resolver::deadline() const {
  if (look_ups_.empty()) return std::nullopt;
  return next_advance_;
}

void Resolver::advance(Clock::time_point now) {
  now_ = now;
  next_advance_ = now + kPace;
  follow_configuration(now);
  if (channel_) ares_process_fd(channel_.get(), ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

}  // namespace authprobe::http
