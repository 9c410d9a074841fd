// One request on its way to its answer, between the server's thread and whoever answers. libmicrohttpd inside.
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

// Lives from the request's headers until its answer is sent and nobody holds its Reply. Its connection is known only as
// long as the server has it.
class Exchange {
 public:
  explicit Exchange(MHD_Connection* connection) : connection_(connection) {}

  // Any thread. The first answer counts; one that comes after end() goes nowhere.
  void answer(Response response);

  // The server's thread: the answer, or, where there is none yet, the connection sleeps until answer() wakes it.
  std::optional<Response> take_or_suspend();

  // The server's thread: without waiting.
  std::optional<Response> take();

  // The server's thread: the request is over, answered or not, and its connection must not be touched any more.
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

// A Reply whose last copy, when it goes without having been called, answers 503.
Reply reply_to(std::shared_ptr<Exchange> exchange);

// All exchanges of a server, so that its end can answer them.
class Exchanges {
 public:
  std::shared_ptr<Exchange> begin(MHD_Connection* connection);
  std::shared_ptr<Exchange> find(const Exchange* exchange);
  void end(const Exchange* exchange);

  // Answers 503 to every request under way and to those that still come, and waits until they are sent, at most so
  // long.
  void refuse_all(std::chrono::milliseconds at_most);

 private:
  std::mutex mutex_;
  std::condition_variable ended_;
  bool refusing_ = false;
  std::unordered_map<const Exchange*, std::shared_ptr<Exchange>> under_way_;
};

}  // namespace authprobe::web
