#include "exporter/http/transfer_set.h"

#include <curl/curl.h>

#include <algorithm>
#include <deque>
#include <exception>
#include <new>
#include <set>
#include <unordered_map>
#include <utility>

#include "exporter/http/connection_race.h"
#include "exporter/http/curl_handles.h"
#include "exporter/http/poller.h"
#include "exporter/http/resolver.h"
#include "exporter/http/sessions.h"
#include "exporter/http/transfer.h"
#include "exporter/http/trust_store.h"
#include "exporter/http/turn_guard.h"

namespace authprobe::http {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kPooledTransfers = 256;  // idle ones; a handle needs about 10 kB
constexpr std::size_t kSpareResponses = 32;
constexpr std::size_t kSpareBody = 4096;   // bytes; the memory of a longer body is freed
constexpr long kKeptConnections = 16'384;  // in mode `reuse`
constexpr std::size_t kCrowd = 256;        // transfers in progress
constexpr auto kLongestRound = 50ms;       // of events, without a check of deadlines
constexpr auto kNever = Clock::time_point::max();

// libcurl's library-wide state: lives from before the first handle until after the last.
struct Library {
  Library() { curl_global_init(CURL_GLOBAL_DEFAULT); }
  ~Library() { curl_global_cleanup(); }
};

}  // namespace

class TransferSet::Impl {
 public:
  explicit Impl(const Options& options)
      : options_(options), resolver_(poller_, {options.dns_cache, options.dns_servers}) {
    open();
  }
  ~Impl() { cancel_all(); }

  void start(std::uint64_t id, Request&& request);
  void watch(int fd, std::function<void()> on_readable);
  void wait(Clock::time_point until);
  std::optional<Finished> next_finished();
  std::span<const Finished> finished() const { return std::span(finished_).subspan(taken_); }
  void recycle(Response&& response);
  std::size_t in_flight() const { return transfers_.size(); }
  void cancel_all();

 private:
  void open();
  Transfer& adopt(const Request& request, Clock::time_point now);
  Response spare_response();
  void release(Transfer& transfer, Clock::time_point now);
  void begin_hop(Transfer& transfer, Clock::time_point now);
  void run(Transfer& transfer, std::string_view addresses, Clock::time_point now);
  void fail(Transfer& transfer, const Failure& failure, Clock::time_point now);
  void fail_late(Transfer& transfer, Clock::time_point now);
  void finish(Transfer& transfer, Clock::time_point now);
  void take_resolved();
  void give_up_late_names(Clock::time_point now);
  void run_races(Clock::time_point now);
  void take_raced(int fd);
  void run_timers();
  void dispatch(const Poller::Event& event);
  void take_messages(bool was_cut = false);
  Clock::time_point next_deadline() const;
  static int on_socket(CURL* easy, curl_socket_t fd, int what, void* self, void* socket_data);
  static int on_timer(CURLM* multi, long timeout_ms, void* self);

  const Options options_;
  TurnGuard guard_;
  int turn_socket_ = -1;  // the socket whose event libcurl is handling
  Poller poller_;
  Resolver resolver_;
  ConnectionRaces races_{poller_};
  TrustStores trust_stores_;
  std::vector<std::unique_ptr<Transfer>> idle_;
  std::vector<Response> spare_responses_;  // empty, except for the memory that they own
  Sessions sessions_;
  MultiHandle multi_;  // after the easy handles' owners above: it is destroyed first and releases them
  Clock::time_point curl_deadline_ = kNever;
  std::vector<std::unique_ptr<Transfer>> transfers_;                      // in progress, each at its `position`
  std::unordered_map<std::uint64_t, Transfer*> awaiting_name_;            // by token
  std::set<std::pair<Clock::time_point, std::uint64_t>> name_deadlines_;  // of those, with their tokens
  std::uint64_t last_token_ = 0;
  std::unordered_map<int, std::function<void()>> watched_;
  bool watched_was_readable_ = false;
  std::deque<std::string> spent_names_;  // in libcurl's DNS cache, used, and not removed yet
  std::vector<Finished> finished_;
  std::size_t taken_ = 0;  // number of those already returned; equal to their count: none is left
};

void TransferSet::Impl::open() {
  static const Library library;
  multi_.reset(curl_multi_init());
  if (!multi_) throw std::bad_alloc();
  curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETFUNCTION, &Impl::on_socket);
  curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_.get(), CURLMOPT_TIMERFUNCTION, &Impl::on_timer);
  curl_multi_setopt(multi_.get(), CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, kKeptConnections);
  curl_deadline_ = kNever;
}

int TransferSet::Impl::on_socket(CURL*, curl_socket_t fd, int what, void* self, void*) {
  std::uint32_t events = 0;
  if (what == CURL_POLL_IN || what == CURL_POLL_INOUT) events |= EPOLLIN;
  if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT) events |= EPOLLOUT;
  static_cast<Impl*>(self)->poller_.set(fd, Poller::Owner::transfer, events);
  static_cast<Impl*>(self)->guard_.note(fd, events != 0);
  return 0;
}

int TransferSet::Impl::on_timer(CURLM*, long timeout_ms, void* self) {
  static_cast<Impl*>(self)->curl_deadline_ =
      timeout_ms < 0 ? kNever : Clock::now() + std::chrono::milliseconds(timeout_ms);
  return 0;
}

void TransferSet::Impl::start(std::uint64_t id, Request&& request) {
  const auto now = Clock::now();
  Transfer* transfer = nullptr;
  try {
    transfer = &adopt(request, now);
    transfer->begin(id, std::move(request), spare_response(), now);
    begin_hop(*transfer, now);
  } catch (const std::exception& error) {
    const Failure failure{TransportError::other, error.what()};
    if (transfer != nullptr) return fail(*transfer, failure, now);
    Response response;
    response.error = failure.error;
    response.error_detail = failure.detail;
    finished_.push_back({id, std::move(response)});
  }
}

// The transfer object for a request: the one kept for its key, a pooled one, or a new one.
Transfer& TransferSet::Impl::adopt(const Request& request, Clock::time_point now) {
  const auto mode = request.connection->mode;
  Session* session = nullptr;
  if (mode != config::ConnectionMode::fresh) session = sessions_.take(request.session_key, request.connection, now);
  std::unique_ptr<Transfer> transfer;
  if (session != nullptr && mode == config::ConnectionMode::resume) {
    if (now - session->full_handshake < options_.full_handshake_every) transfer = std::move(session->transfer);
    if (!transfer) {
      transfer = std::make_unique<Transfer>();  // its handle has no TLS session yet
      session->full_handshake = now;
    }
  } else if (!idle_.empty()) {
    transfer = std::move(idle_.back());
    idle_.pop_back();
  } else {
    transfer = std::make_unique<Transfer>();
  }
  transfer->session = session;
  transfer->session_number = session != nullptr ? session->number : 0;
  transfer->token = ++last_token_;
  transfer->position = transfers_.size();
  transfers_.push_back(std::move(transfer));
  return *transfers_.back();
}

void TransferSet::Impl::begin_hop(Transfer& transfer, Clock::time_point now) {
  if (const auto failure = transfer.prepare_hop()) return fail(transfer, *failure, now);
  if (now >= transfer.deadline()) return fail_late(transfer, now);
  const std::string_view name = transfer.name_to_resolve();
  if (name.empty()) return run(transfer, {}, now);
  if (const auto answer = resolver_.look_up(name, transfer.connection().ip_version, transfer.token, now)) {
    return run(transfer, answer->addresses, now);  // only good answers are kept
  }
  awaiting_name_.emplace(transfer.token, &transfer);
  name_deadlines_.emplace(transfer.deadline(), transfer.token);
}

void TransferSet::Impl::run(Transfer& transfer, std::string_view addresses, Clock::time_point now) {
  std::shared_ptr<X509_STORE> trusted;
  if (transfer.needs_trust() && transfer.connection().tls.verify) {
    const auto& store = trust_stores_.get(transfer.connection().tls.ca_file, now);
    if (!store.certificates) return fail(transfer, {TransportError::tls, store.error}, now);
    trusted = store.certificates;
  }
  if (const auto failure = transfer.check_scope(addresses)) return fail(transfer, *failure, now);
  const bool crowded = transfers_.size() > kCrowd;
  transfer.set_up_hop({addresses, std::move(trusted), &spent_names_, &turn_socket_, crowded}, now);
  const CURLMcode added = curl_multi_add_handle(multi_.get(), transfer.easy());
  if (added != CURLM_OK) return fail(transfer, {TransportError::other, curl_multi_strerror(added)}, now);
  if (transfer.has_several_addresses()) races_.begin(transfer, now);
}

void TransferSet::Impl::fail(Transfer& transfer, const Failure& failure, Clock::time_point now) {
  transfer.fail(failure, now);
  finish(transfer, now);
}

void TransferSet::Impl::fail_late(Transfer& transfer, Clock::time_point now) {
  fail(transfer,
       {TransportError::timeout, "no complete answer within " + std::to_string(transfer.timeout().count()) + " ms"},
       now);
}

void TransferSet::Impl::finish(Transfer& transfer, Clock::time_point now) {
  finished_.push_back({transfer.id(), transfer.take_response(now)});
  Finished& finished = finished_.back();
  if (Session* session = transfer.session) {
    // A resumed handshake and a kept connection have no certificate: the last seen one is still valid.
    auto& expiry = finished.response.certificate_expiry;
    if (expiry) session->certificate_expiry = expiry;
    if (!expiry && finished.response.error == TransportError::none) expiry = session->certificate_expiry;
  }
  release(transfer, now);
}

// Removes the object from the list (the last one moves to its place) and keeps it for a later request.
void TransferSet::Impl::release(Transfer& transfer, Clock::time_point now) {
  const std::size_t position = transfer.position;
  std::unique_ptr<Transfer> owner = std::move(transfers_[position]);
  if (position + 1 != transfers_.size()) {
    transfers_[position] = std::move(transfers_.back());
    transfers_[position]->position = position;
  }
  transfers_.pop_back();
  Session* session = std::exchange(owner->session, nullptr);
  const bool resume = session != nullptr && owner->connection().mode == config::ConnectionMode::resume;
  if (session != nullptr) sessions_.give_back(*session, now);
  if (resume) {
    session->transfer = std::move(owner);
  } else if (idle_.size() < kPooledTransfers) {
    idle_.push_back(std::move(owner));
  }
}

void TransferSet::Impl::take_resolved() {
  while (auto resolved = resolver_.next_resolved()) {
    const auto waiter = awaiting_name_.find(resolved->waiter);
    if (waiter == awaiting_name_.end()) continue;  // its deadline had passed
    Transfer& transfer = *waiter->second;
    name_deadlines_.erase({transfer.deadline(), transfer.token});
    awaiting_name_.erase(waiter);
    const auto now = Clock::now();
    const auto& [addresses, error] = *resolved->answer;
    if (!addresses.empty()) {
      run(transfer, addresses, now);
    } else {
      fail(transfer, {TransportError::dns, "lookup of " + std::string(transfer.name_to_resolve()) + ": " + error}, now);
    }
  }
}

void TransferSet::Impl::give_up_late_names(Clock::time_point now) {
  while (!name_deadlines_.empty() && name_deadlines_.begin()->first <= now) {
    const auto waiter = awaiting_name_.find(name_deadlines_.begin()->second);
    Transfer& transfer = *waiter->second;
    name_deadlines_.erase(name_deadlines_.begin());
    awaiting_name_.erase(waiter);
    fail_late(transfer, now);
  }
}

void TransferSet::Impl::run_races(Clock::time_point now) {
  while (Transfer* transfer = races_.next_due(now)) {
    if (transfer->connected()) {
      races_.end(*transfer);
    } else {
      races_.continue_with_next(*transfer, now);
    }
  }
}

// The attempt of a race has come to something.
void TransferSet::Impl::take_raced(int fd) {
  const auto now = Clock::now();
  auto won = races_.handle(fd, now);
  if (!won || won->first->connected()) return;
  Transfer& transfer = *won->first;
  curl_multi_remove_handle(multi_.get(), transfer.easy());
  transfer.take_connection(std::move(won->second), now);
  const CURLMcode added = curl_multi_add_handle(multi_.get(), transfer.easy());
  if (added != CURLM_OK) fail(transfer, {TransportError::other, curl_multi_strerror(added)}, now);
}

void TransferSet::Impl::run_timers() {
  const auto now = Clock::now();
  if (curl_deadline_ <= now) {
    curl_deadline_ = kNever;  // libcurl sets the next one during the call
    int running = 0;
    guard_.begin(TurnGuard::kAnySocket);
    curl_multi_socket_action(multi_.get(), CURL_SOCKET_TIMEOUT, 0, &running);
    take_messages(guard_.end());
  }
  if (const auto deadline = resolver_.deadline(); deadline && *deadline <= now) resolver_.advance(now);
  give_up_late_names(now);
  run_races(now);
}

Clock::time_point TransferSet::Impl::next_deadline() const {
  auto deadline = curl_deadline_;
  if (const auto resolver = resolver_.deadline()) deadline = std::min(deadline, *resolver);
  if (!name_deadlines_.empty()) deadline = std::min(deadline, name_deadlines_.begin()->first);
  if (const auto race = races_.deadline()) deadline = std::min(deadline, *race);
  return deadline;
}

void TransferSet::Impl::dispatch(const Poller::Event& event) {
  switch (event.owner) {
    case Poller::Owner::transfer: {
      int what = 0;
      if ((event.events & EPOLLIN) != 0) what |= CURL_CSELECT_IN;
      if ((event.events & EPOLLOUT) != 0) what |= CURL_CSELECT_OUT;
      if ((event.events & (EPOLLERR | EPOLLHUP)) != 0) what |= CURL_CSELECT_ERR;
      int running = 0;
      guard_.begin(turn_socket_ = event.fd);
      curl_multi_socket_action(multi_.get(), event.fd, what, &running);
      turn_socket_ = -1;
      take_messages(guard_.end());
      break;
    }
    case Poller::Owner::resolver: resolver_.handle(event); break;
    case Poller::Owner::race: take_raced(event.fd); break;
    case Poller::Owner::caller:
      watched_was_readable_ = true;
      watched_.at(event.fd)();
      break;
  }
}

// `was_cut`: the guard ended the transfers that have ended now.
void TransferSet::Impl::take_messages(bool was_cut) {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* easy = message->easy_handle;
    const CURLcode result = message->data.result;  // the message is invalid after the next call
    char* owner = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &owner);
    auto& transfer = *reinterpret_cast<Transfer*>(owner);
    if (was_cut && result != CURLE_OK) transfer.note_flood();
    races_.end(transfer);
    const bool redirected = transfer.finish_hop(result);
    if (auto name = transfer.spent_name(); !name.empty()) spent_names_.push_back(std::move(name));
    curl_multi_remove_handle(multi_.get(), easy);
    const auto now = Clock::now();
    if (redirected) {
      begin_hop(transfer, now);
    } else {
      finish(transfer, now);
    }
  }
}

void TransferSet::Impl::wait(Clock::time_point until) {
  watched_was_readable_ = false;
  while (true) {
    take_resolved();
    run_timers();
    take_messages();
    const auto now = Clock::now();
    const auto wake = finished_.empty() ? std::min(until, next_deadline()) : now;
    auto timeout = std::chrono::milliseconds(-1);
    if (wake != kNever) timeout = std::max(std::chrono::ceil<std::chrono::milliseconds>(wake - now), 0ms);
    poller_.wait(timeout);
    // The remaining events are fetched again: other work is due.
    const auto late = Clock::now() + kLongestRound;
    for (auto event = poller_.next(); event; event = Clock::now() < late ? poller_.next() : std::nullopt) {
      dispatch(*event);
    }
    if (!finished_.empty() || watched_was_readable_ || Clock::now() >= until) return;
  }
}

void TransferSet::Impl::watch(int fd, std::function<void()> on_readable) {
  watched_[fd] = std::move(on_readable);
  poller_.set(fd, Poller::Owner::caller, EPOLLIN);
}

std::optional<Finished> TransferSet::Impl::next_finished() {
  if (finished_.empty()) return std::nullopt;
  std::optional<Finished> finished(std::move(finished_[taken_++]));
  if (taken_ == finished_.size()) {
    finished_.clear();
    taken_ = 0;
  }
  return finished;
}

void TransferSet::Impl::recycle(Response&& response) {
  if (spare_responses_.size() == kSpareResponses) return;
  Response& spare = spare_responses_.emplace_back();
  spare.headers.swap(response.headers);
  spare.headers.clear();
  if (response.body.capacity() > kSpareBody) return;
  spare.body.swap(response.body);
  spare.body.clear();
}

Response TransferSet::Impl::spare_response() {
  if (spare_responses_.empty()) return {};
  Response response = std::move(spare_responses_.back());
  spare_responses_.pop_back();
  return response;
}

void TransferSet::Impl::cancel_all() {
  awaiting_name_.clear();
  name_deadlines_.clear();
  races_.clear();
  for (const auto& transfer : transfers_) curl_multi_remove_handle(multi_.get(), transfer->easy());
  transfers_.clear();
  sessions_.clear();
  spent_names_.clear();
  open();  // the old multi handle closes the kept connections in its destructor
}

TransferSet::Options TransferSet::Options::from(const config::Settings& settings) {
  Options options;
  options.dns_cache = settings.dns_cache;
  options.dns_servers = settings.dns_servers;
  return options;
}

TransferSet::TransferSet(const Options& options) : impl_(std::make_unique<Impl>(options)) {}
TransferSet::~TransferSet() = default;
void TransferSet::start(std::uint64_t id, Request request) {
  impl_->start(id, std::move(request));
}
void TransferSet::watch(int fd, std::function<void()> on_readable) {
  impl_->watch(fd, std::move(on_readable));
}
void TransferSet::wait(std::chrono::steady_clock::time_point until) {
  impl_->wait(until);
}
std::optional<Finished> TransferSet::next_finished() {
  return impl_->next_finished();
}
std::span<const Finished> TransferSet::finished() const {
  return impl_->finished();
}
void TransferSet::recycle(Response&& response) {
  impl_->recycle(std::move(response));
}
std::size_t TransferSet::in_flight() const {
  return impl_->in_flight();
}
void TransferSet::cancel_all() {
  impl_->cancel_all();
}

}  // namespace authprobe::http
