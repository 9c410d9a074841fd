// Exchanges of one message each way over TCP, each after four bytes with its length, as Kerberos's key distribution
// centers have them (RFC 4120, section 7.2.2). Not thread-safe.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "exporter/http/poller.h"
#include "exporter/http/transfer.h"
#include "exporter/wire/file_descriptor.h"

namespace authprobe::http {

class MessageExchanges {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::size_t kLongest = 256UL * 1024;  // bytes of an answer

  explicit MessageExchanges(Poller& poller) : poller_(poller) {}
  ~MessageExchanges() { clear(); }
  MessageExchanges(const MessageExchanges&) = delete;
  MessageExchanges& operator=(const MessageExchanges&) = delete;

  // Sends the transfer's message to the first of `addresses` (as in Resolver::Answer) that takes it. The failure, where
  // none can be tried.
  std::optional<Failure> begin(Transfer& transfer, std::string_view addresses);
  void clear();

  // For descriptors that the poller reports for Owner::message. The exchange that is over now, if any: with its answer
  // or its failure.
  struct Ended {
    Transfer* transfer;
    std::string answer;
    std::optional<Failure> failure;
  };
  std::optional<Ended> handle(const Poller::Event& event);

  // When the first of them is late, and that one, whose exchange is over then.
  std::optional<Clock::time_point> deadline() const;
  Transfer* next_late(Clock::time_point now);

 private:
  struct Exchange {
    Transfer* transfer = nullptr;
    std::vector<std::string> addresses;
    std::size_t next = 0;  // of the addresses
    std::string server;    // "kdc.example.org:88"
    wire::FileDescriptor socket;
    wire::Secret outgoing;
    std::size_t sent = 0;
    std::string incoming;
  };

  std::optional<Failure> connect(Exchange exchange);
  std::optional<Failure> send(Exchange& exchange);
  std::optional<Failure> receive(Exchange& exchange);
  Exchange take(int fd);

  Poller& poller_;
  std::unordered_map<int, Exchange> exchanges_;            // by descriptor
  std::set<std::pair<Clock::time_point, int>> deadlines_;  // of those
};

}  // namespace authprobe::http
