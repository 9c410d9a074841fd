#include "exporter/web/exchange.h"

#include <microhttpd.h>

#include <utility>

#include "exporter/web/messages.h"

namespace authprobe::web {
namespace {

struct DroppedReply {
  explicit DroppedReply(std::shared_ptr<Exchange> its_exchange) : exchange(std::move(its_exchange)) {}
  DroppedReply(const DroppedReply&) = delete;
  DroppedReply& operator=(const DroppedReply&) = delete;
  ~DroppedReply() { exchange->answer(text_response(503, "no answer could be generated")); }

  std::shared_ptr<Exchange> exchange;
};

}  // namespace

void Exchange::answer(Response response) {
  const std::lock_guard lock(mutex_);
  if (answered_ || connection_ == nullptr) return;
  answered_ = true;
  answer_ = std::move(response);
  // Under the lock, so that end() cannot remove the connection in between.
  if (std::exchange(suspended_, false)) MHD_resume_connection(connection_);
}

std::optional<Response> Exchange::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(answer_, std::nullopt);
}

std::optional<Response> Exchange::take_or_suspend() {
  const std::lock_guard lock(mutex_);
  if (!answer_) {
    suspended_ = true;
    MHD_suspend_connection(connection_);
  }
  return std::exchange(answer_, std::nullopt);
}

void Exchange::end() {
  const std::lock_guard lock(mutex_);
  connection_ = nullptr;
  answer_.reset();
}

Reply reply_to(std::shared_ptr<Exchange> exchange) {
  return [dropped = std::make_shared<DroppedReply>(std::move(exchange))](Response response) {
    dropped->exchange->answer(std::move(response));
  };
}

std::shared_ptr<Exchange> Exchanges::begin(MHD_Connection* connection) {
  auto exchange = std::make_shared<Exchange>(connection);
  const std::lock_guard lock(mutex_);
  under_way_.emplace(exchange.get(), exchange);
  if (refusing_) exchange->answer(text_response(503, "shutting down"));
  return exchange;
}

std::shared_ptr<Exchange> Exchanges::find(const Exchange* exchange) {
  const std::lock_guard lock(mutex_);
  return under_way_.at(exchange);
}

void Exchanges::end(const Exchange* exchange) {
  std::shared_ptr<Exchange> ended;
  {
    const std::lock_guard lock(mutex_);
    auto node = under_way_.extract(exchange);
    if (node.empty()) return;
    ended = std::move(node.mapped());
  }
  ended->end();
  ended_.notify_all();
}

void Exchanges::refuse_all(std::chrono::milliseconds at_most) {
  std::unique_lock lock(mutex_);
  refusing_ = true;
  for (const auto& [_, exchange] : under_way_) exchange->answer(text_response(503, "shutting down"));
  ended_.wait_for(lock, at_most, [this] { return under_way_.empty(); });
}

}  // namespace authprobe::web
