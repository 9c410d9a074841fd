// A tiny DNS server on loopback for tests: it answers A and AAAA from a table and counts what it is asked. One thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace authprobe::http_test {

class DnsServer {
 public:
  DnsServer();
  ~DnsServer();
  DnsServer(const DnsServer&) = delete;
  DnsServer& operator=(const DnsServer&) = delete;

  // From now on `name` has these addresses, IPv4 and IPv6 mixed; other names do not exist (NXDOMAIN).
  void set(const std::string& name, const std::vector<std::string>& addresses, std::uint32_t ttl = 300);
  void answer(bool on) { answering_ = on; }  // off: every question is taken and none is answered

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  int questions(const std::string& name) const;  // about this name so far, A and AAAA counted each

 private:
  struct Records {
    std::vector<std::string> addresses;
    std::uint32_t ttl;
  };

  void run();
  std::string reply_to(const std::string& question);

  int socket_ = -1;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::map<std::string, Records> records_;
  std::map<std::string, int> questions_;
  std::atomic<bool> answering_{true};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace authprobe::http_test
