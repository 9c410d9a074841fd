#include "tests/support/dns_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace authprobe::http_test {
namespace {

constexpr std::size_t kHeader = 12;
constexpr int kA = 1;
constexpr int kAaaa = 28;

void put16(std::string& out, unsigned value) {
  out += static_cast<char>(value >> 8);
  out += static_cast<char>(value & 255);
}

}  // namespace

DnsServer::DnsServer() : socket_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (bind(socket_, reinterpret_cast<sockaddr*>(&address), length) != 0) {
    throw std::system_error(errno, std::generic_category(), "bind");
  }
  getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &length);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { run(); });
}

DnsServer::~DnsServer() {
  stopping_ = true;
  thread_.join();
  close(socket_);
}

void DnsServer::set(const std::string& name, const std::vector<std::string>& addresses, std::uint32_t ttl) {
  const std::lock_guard lock(mutex_);
  records_[name] = {addresses, ttl};
}

int DnsServer::questions(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = questions_.find(name);
  return found == questions_.end() ? 0 : found->second;
}

void DnsServer::run() {
  while (!stopping_) {
    pollfd polled{socket_, POLLIN, 0};
    if (poll(&polled, 1, 20) <= 0) continue;
    char buffer[1500];
    sockaddr_in client{};
    socklen_t length = sizeof client;
    const ssize_t received = recvfrom(socket_, buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&client), &length);
    if (received <= static_cast<ssize_t>(kHeader)) continue;
    const std::string reply = reply_to(std::string(buffer, static_cast<std::size_t>(received)));
    if (answering_) sendto(socket_, reply.data(), reply.size(), 0, reinterpret_cast<sockaddr*>(&client), length);
  }
}

std::string DnsServer::reply_to(const std::string& question) {
  std::string name;
  std::size_t at = kHeader;
  while (at < question.size() && question[at] != 0) {
    const auto label = static_cast<unsigned char>(question[at]);
    if (!name.empty()) name += '.';
    name += question.substr(at + 1, label);
    at += 1 + label;
  }
  const std::size_t end = at + 5;  // the root label, type and class
  const int type = static_cast<unsigned char>(question.at(at + 2));
  const std::lock_guard lock(mutex_);
  ++questions_[name];
  const auto found = records_.find(name);
  std::string answers;
  unsigned count = 0;
  if (found != records_.end()) {
    for (const std::string& address : found->second.addresses) {
      char bytes[16];
      const bool v6 = address.find(':') != std::string::npos;
      if (type != (v6 ? kAaaa : kA)) continue;
      inet_pton(v6 ? AF_INET6 : AF_INET, address.c_str(), bytes);
      put16(answers, 0xc00c);  // the name: as in the question
      put16(answers, static_cast<unsigned>(type));
      put16(answers, 1);
      put16(answers, found->second.ttl >> 16);
      put16(answers, found->second.ttl & 0xffff);
      put16(answers, v6 ? 16 : 4);
      answers.append(bytes, v6 ? 16 : 4);
      ++count;
    }
  }
  std::string reply = question.substr(0, 2);
  put16(reply, found == records_.end() ? 0x8583 : 0x8580);  // answer, authoritative, recursion; NXDOMAIN
  put16(reply, 1);
  put16(reply, count);
  put16(reply, 0);
  put16(reply, 0);
  return reply + question.substr(kHeader, end - kHeader) + answers;
}

}  // namespace authprobe::http_test
