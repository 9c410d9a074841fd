#include "exporter/http/transfer_set.h"

#include <algorithm>
#include <deque>
#include <exception>
#include <set>
#include <unordered_map>
#include <utility>

#include "exporter/http/client_identity_files.h"
#include "exporter/http/connection_race.h"
#include "exporter/http/curl_multi.h"
#include "exporter/http/message_exchange.h"
#include "exporter/http/poller.h"
#include "exporter/http/resolver.h"
#include "exporter/http/transfer.h"
#include "exporter/http/transfer_pool.h"
#include "exporter/http/trust_store.h"

namespace authprobe::http {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kCrowd = 256;   // transfers in progress
constexpr auto kLongestRound = 50ms;  // of events, without a check of deadlines
constexpr auto kNever = CurlMulti::kNever;

}  // namespace

class TransferSet::Impl {
 public:
  explicit Impl(const Options& options)
      : resolver_(poller_, {options.dns_cache, options.dns_servers}), pool_(options.full_handshake_every) {}
  ~Impl() { cancel_all(); }

  void start(std::uint64_t id, Request&& request);
  void watch(int fd, std::function<void()> on_readable);
  void wait(Clock::time_point until);
  Finished* next_finished();
  std::span<const Finished> finished() const { return finished_; }
  void recycle(Response&& response) { pool_.recycle(std::move(response)); }
  std::size_t in_flight() const { return pool_.in_progress().size(); }
  void cancel_all();

 private:
  void begin_hop(Transfer& transfer, Clock::time_point now);
  void run(Transfer& transfer, std::string_view addresses, Clock::time_point now);
  void fail(Transfer& transfer, const Failure& failure, Clock::time_point now);
  void fail_late(Transfer& transfer, Clock::time_point now);
  void finish(Transfer& transfer, Clock::time_point now);
  void take_resolved();
  void give_up_late_names(Clock::time_point now);
  void run_races(Clock::time_point now);
  void take_raced(int fd);
  void take_message_answer(const Poller::Event& event);
  void run_timers();
  void dispatch(const Poller::Event& event);
  void take_messages(bool was_cut = false);
  Clock::time_point next_deadline() const;
  bool all_taken() const { return finished_.empty() && taken_ == handed_out_.size(); }

  Poller poller_;
  Resolver resolver_;
  ConnectionRaces races_{poller_};
  MessageExchanges messages_{poller_};
  TrustStores trust_stores_;
  ClientIdentityFiles identity_files_;
  TransferPool pool_;
  CurlMulti multi_{poller_};  // after the easy handles' owner: it is destroyed first and releases them
  std::unordered_map<std::uint64_t, Transfer*> awaiting_name_;            // by token
  std::set<std::pair<Clock::time_point, std::uint64_t>> name_deadlines_;  // of those, with their tokens
  std::unordered_map<int, std::function<void()>> watched_;
  bool watched_was_readable_ = false;
  std::deque<std::string> spent_names_;  // in libcurl's DNS cache, used, and not removed yet
  std::vector<Finished> finished_;
  std::vector<Finished> handed_out_;  // they stand still while others finish
  std::size_t taken_ = 0;             // number of those already returned; equal to their count: none is left
};

void TransferSet::Impl::start(std::uint64_t id, Request&& request) {
  const auto now = Clock::now();
  Transfer* transfer = nullptr;
  try {
    transfer = &pool_.adopt(request, now);
    transfer->begin(id, std::move(request), pool_.spare_memory(), now);
    begin_hop(*transfer, now);
  } catch (const std::exception& error) {
    const Failure failure{TransportError::other, error.what()};
    if (transfer != nullptr) return fail(*transfer, failure, now);
    Finished& finished = finished_.emplace_back();
    finished.id = id;
    finished.response.error = failure.error;
    finished.response.error_detail = failure.detail;
  }
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
  if (transfer.is_message()) {
    const auto failure =
        messages_.begin(transfer, addresses.empty() ? transfer.server_address() : std::string(addresses));
    if (failure) fail(transfer, *failure, now);
    return;
  }
  const TrustStores::Store* trust = nullptr;
  if (transfer.needs_trust() && transfer.connection().tls.verify) {
    trust = &trust_stores_.get(transfer.connection().tls.ca_file, now);
    if (!trust->certificates) return fail(transfer, {TransportError::tls, trust->error}, now);
  }
  if (transfer.needs_identity_file()) {
    const ClientIdentityFiles::Found& found = identity_files_.get(transfer.connection().tls, now);
    if (!found.error.empty()) return fail(transfer, {TransportError::tls, found.error}, now);
    transfer.set_identity(found.identity);
  }
  if (const auto failure = transfer.check_scope(addresses)) return fail(transfer, *failure, now);
  const bool crowded = in_flight() > kCrowd;
  transfer.set_up_hop({addresses, trust, &spent_names_, multi_.turn_socket(), crowded}, now);
  if (const char* error = multi_.add(transfer)) return fail(transfer, {TransportError::other, error}, now);
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
  Finished& finished = finished_.emplace_back();
  finished.id = transfer.id();
  finished.response = transfer.take_response(now);
  if (Session* session = transfer.session) {
    // A resumed handshake and a kept connection have no certificate: the last seen one is still valid.
    http::Response& response = finished.response;
    if (response.certificate_expiry) {
      session->certificate_expiry = response.certificate_expiry;
      session->certificate_chain = response.certificate_chain;
    } else if (response.error == TransportError::none) {
      response.certificate_expiry = session->certificate_expiry;
      response.certificate_chain = session->certificate_chain;
    }
  }
  pool_.release(transfer, now);
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
  multi_.remove(transfer);
  transfer.take_connection(std::move(won->second), now);
  if (const char* error = multi_.add(transfer)) fail(transfer, {TransportError::other, error}, now);
}

void TransferSet::Impl::take_message_answer(const Poller::Event& event) {
  auto ended = messages_.handle(event);
  if (!ended) return;
  if (ended->failure) return fail(*ended->transfer, *ended->failure, Clock::now());
  ended->transfer->take_answer(std::move(ended->answer));
  finish(*ended->transfer, Clock::now());
}

void TransferSet::Impl::run_timers() {
  const auto now = Clock::now();
  while (Transfer* late = messages_.next_late(now)) fail_late(*late, now);
  if (multi_.deadline() <= now) take_messages(multi_.run_timer());
  if (const auto deadline = resolver_.deadline(); deadline && *deadline <= now) resolver_.advance(now);
  give_up_late_names(now);
  run_races(now);
}

Clock::time_point TransferSet::Impl::next_deadline() const {
  auto deadline = multi_.deadline();
  if (const auto resolver = resolver_.deadline()) deadline = std::min(deadline, *resolver);
  if (!name_deadlines_.empty()) deadline = std::min(deadline, name_deadlines_.begin()->first);
  if (const auto race = races_.deadline()) deadline = std::min(deadline, *race);
  if (const auto message = messages_.deadline()) deadline = std::min(deadline, *message);
  return deadline;
}

void TransferSet::Impl::dispatch(const Poller::Event& event) {
  switch (event.owner) {
    case Poller::Owner::transfer: take_messages(multi_.handle(event)); break;
    case Poller::Owner::resolver: resolver_.handle(event); break;
    case Poller::Owner::race: take_raced(event.fd); break;
    case Poller::Owner::message: take_message_answer(event); break;
    case Poller::Owner::caller:
      watched_was_readable_ = true;
      watched_.at(event.fd)();
      break;
  }
}

// `was_cut`: the guard ended the transfers that have ended now.
void TransferSet::Impl::take_messages(bool was_cut) {
  while (const auto done = multi_.next_done()) {
    Transfer& transfer = done->transfer;
    if (was_cut && done->result != CURLE_OK) transfer.note_flood();
    races_.end(transfer);
    const bool redirected = transfer.finish_hop(done->result);
    if (auto name = transfer.spent_name(); !name.empty()) spent_names_.push_back(std::move(name));
    multi_.remove(transfer);
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
    const auto wake = all_taken() ? std::min(until, next_deadline()) : now;
    auto timeout = std::chrono::milliseconds(-1);
    if (wake != kNever) timeout = std::max(std::chrono::ceil<std::chrono::milliseconds>(wake - now), 0ms);
    poller_.wait(timeout);
    // The remaining events are fetched again: other work is due.
    const auto late = Clock::now() + kLongestRound;
    for (auto event = poller_.next(); event; event = Clock::now() < late ? poller_.next() : std::nullopt) {
      dispatch(*event);
    }
    if (!all_taken() || watched_was_readable_ || Clock::now() >= until) return;
  }
}

void TransferSet::Impl::watch(int fd, std::function<void()> on_readable) {
  watched_[fd] = std::move(on_readable);
  poller_.set(fd, Poller::Owner::caller, EPOLLIN);
}

Finished* TransferSet::Impl::next_finished() {
  if (taken_ == handed_out_.size()) {
    handed_out_.clear();
    handed_out_.swap(finished_);
    taken_ = 0;
  }
  return handed_out_.empty() ? nullptr : &handed_out_[taken_++];
}

void TransferSet::Impl::cancel_all() {
  awaiting_name_.clear();
  name_deadlines_.clear();
  races_.clear();
  messages_.clear();
  for (const auto& transfer : pool_.in_progress()) multi_.remove(*transfer);
  pool_.clear();
  spent_names_.clear();
  multi_.open();
}

TransferSet::Options TransferSet::Options::from(const config::Settings& settings) {
  Options options;
  options.dns_cache = settings.dns_cache;
  options.dns_servers = settings.dns_servers;
  return options;
}

TransferSet::TransferSet(const Options& options) : impl_(std::make_unique<Impl>(options)) {}
TransferSet::~TransferSet() = default;
void TransferSet::start(std::uint64_t id, Request&& request) {
  impl_->start(id, std::move(request));
}
void TransferSet::watch(int fd, std::function<void()> on_readable) {
  impl_->watch(fd, std::move(on_readable));
}
void TransferSet::wait(std::chrono::steady_clock::time_point until) {
  impl_->wait(until);
}
Finished* TransferSet::next_finished() {
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
