#include "exporter/http/transfer_pool.h"

#include <utility>

namespace authprobe::http {
namespace {

constexpr std::size_t kMostIdle = 256;  // a handle needs about 10 kB
constexpr std::chrono::minutes kLongestKept{10};
constexpr std::size_t kSpareAnswers = 32;
constexpr std::size_t kSpareBody = 4096;  // bytes; the memory of a longer body is freed

}  // namespace

Transfer& TransferPool::adopt(const Request& request, Clock::time_point now) {
  const auto mode = request.connection->mode;
  Session* session = nullptr;
  if (mode != config::ConnectionMode::fresh) session = sessions_.take(request.session_key, request.connection, now);
  std::unique_ptr<Transfer> transfer;
  if (session != nullptr && mode == config::ConnectionMode::resume) {
    if (now - session->full_handshake < full_handshake_every_) transfer = std::move(session->transfer);
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
  transfer->position = in_progress_.size();
  in_progress_.push_back(std::move(transfer));
  return *in_progress_.back();
}

// The last one in progress moves to the place of this one.
void TransferPool::release(Transfer& transfer, Clock::time_point now) {
  const std::size_t position = transfer.position;
  std::unique_ptr<Transfer> owner = std::move(in_progress_[position]);
  if (position + 1 != in_progress_.size()) {
    in_progress_[position] = std::move(in_progress_.back());
    in_progress_[position]->position = position;
  }
  in_progress_.pop_back();
  const auto is_old = [now](const Transfer& each) { return now - each.made_at >= kLongestKept; };
  Session* session = std::exchange(owner->session, nullptr);
  const bool resume = session != nullptr && owner->connection().mode == config::ConnectionMode::resume;
  if (session != nullptr) sessions_.give_back(*session, now);
  if (resume) {
    session->transfer = std::move(owner);
  } else if (idle_.size() < kMostIdle && !owner->has_sent_body() && !is_old(*owner)) {
    idle_.push_back(std::move(owner));
  }
  while (!idle_.empty() && is_old(*idle_.front())) idle_.pop_front();
}

void TransferPool::clear() {
  in_progress_.clear();
  sessions_.clear();
}

AnswerMemory TransferPool::spare_memory() {
  if (spare_memory_.empty()) return {};
  AnswerMemory memory = std::move(spare_memory_.back());
  spare_memory_.pop_back();
  return memory;
}

void TransferPool::recycle(Response&& response) {
  if (spare_memory_.size() == kSpareAnswers) return;
  AnswerMemory& spare = spare_memory_.emplace_back();
  spare.headers.swap(response.headers);
  spare.headers.clear();
  if (response.body.capacity() > kSpareBody) return;
  spare.body.swap(response.body);
  spare.body.clear();
}

}  // namespace authprobe::http
