// One request until its answer, shared by the server's thread and the thread that answers. libmicrohttpd inside.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "exporter/web/http.h"

struct MHD_Connection;

namespace authprobe::web {

// Lives from the request's headers until its answer is sent and its last Reply is destroyed. Its connection is known
// only while the server has it.
class Exchange {
 public:
  explicit Exchange(MHD_Connection* connection) : connection_(connection) {}

  // Any thread. The first answer counts; an answer after end() is dropped.
  void answer(Response response);

  // The server's thread: sends the answer; if there is none yet, the connection sleeps until answer() wakes it.
  std::optional<Response> take_or_suspend();

  // The server's thread: without waiting.
  std::optional<Response> take();

  // The server's thread: the request is over, answered or not, and its connection must no longer be used.
  void end();

  std::size_t body_bytes = 0;  // received so far; the server's thread only
  bool dispatched = false;     // the handler has been called; the server's thread only

 private:
  std::mutex mutex_;
  MHD_Connection* connection_;  // null after end()
  std::optional<Response> answer_;
  bool answered_ = false;
  bool suspended_ = false;
};

// A Reply that answers 503 if its last copy is destroyed without a call.
Reply reply_to(std::shared_ptr<Exchange> exchange);

// All exchanges of a server, so that its destructor can answer them.
class Exchanges {
 public:
  std::shared_ptr<Exchange> begin(MHD_Connection* connection);
  std::shared_ptr<Exchange> find(const Exchange* exchange);
  void end(const Exchange* exchange);

  // Answers 503 to every request in progress and to new ones, and waits until the answers are sent, at most this
  // long.
  void refuse_all(std::chrono::milliseconds at_most);

 private:
  std::mutex mutex_;
  std::condition_variable ended_;
  bool refusing_ = false;
  std::unordered_map<const Exchange*, std::shared_ptr<Exchange>> under_way_;
};

}  // namespace authprobe::web
