#include "exporter/http/curl_multi.h"

#include <cstdint>
#include <new>

#include "exporter/http/curl_memory.h"
#include "exporter/http/transfer.h"

namespace authprobe::http {
namespace {

constexpr long kKeptConnections = 16'384;  // in mode `reuse`

}  // namespace

void CurlMulti::open() {
  static const CurlLibrary library;
  multi_.reset(curl_multi_init());
  if (!multi_) throw std::bad_alloc();
  curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETFUNCTION, &CurlMulti::on_socket);
  curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_.get(), CURLMOPT_TIMERFUNCTION, &CurlMulti::on_timer);
  curl_multi_setopt(multi_.get(), CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, kKeptConnections);
  deadline_ = kNever;
}

int CurlMulti::on_socket(CURL*, curl_socket_t fd, int what, void* self, void*) {
  std::uint32_t events = 0;
  if (what == CURL_POLL_IN || what == CURL_POLL_INOUT) events |= EPOLLIN;
  if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT) events |= EPOLLOUT;
  static_cast<CurlMulti*>(self)->poller_.set(fd, Poller::Owner::transfer, events);
  static_cast<CurlMulti*>(self)->guard_.note(fd, events != 0);
  return 0;
}

int CurlMulti::on_timer(CURLM*, long timeout_ms, void* self) {
  static_cast<CurlMulti*>(self)->deadline_ =
      timeout_ms < 0 ? kNever : Clock::now() + std::chrono::milliseconds(timeout_ms);
  return 0;
}

const char* CurlMulti::add(Transfer& transfer) {
  const CURLMcode added = curl_multi_add_handle(multi_.get(), transfer.easy());
  return added == CURLM_OK ? nullptr : curl_multi_strerror(added);
}

void CurlMulti::remove(const Transfer& transfer) {
  curl_multi_remove_handle(multi_.get(), transfer.easy());
}

bool CurlMulti::handle(const Poller::Event& event) {
  int what = 0;
  if ((event.events & EPOLLIN) != 0) what |= CURL_CSELECT_IN;
  if ((event.events & EPOLLOUT) != 0) what |= CURL_CSELECT_OUT;
  if ((event.events & (EPOLLERR | EPOLLHUP)) != 0) what |= CURL_CSELECT_ERR;
  int running = 0;
  guard_.begin(turn_socket_ = event.fd);
  curl_multi_socket_action(multi_.get(), event.fd, what, &running);
  turn_socket_ = -1;
  return guard_.end();
}

bool CurlMulti::run_timer() {
  deadline_ = kNever;  // libcurl sets the next one during the call
  int running = 0;
  guard_.begin(TurnGuard::kAnySocket);
  curl_multi_socket_action(multi_.get(), CURL_SOCKET_TIMEOUT, 0, &running);
  return guard_.end();
}

std::optional<CurlMulti::Done> CurlMulti::next_done() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    char* owner = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &owner);
    return Done{*reinterpret_cast<Transfer*>(owner),
                message->data.result};  // the message is invalid after the next call
  }
  return std::nullopt;
}

}  // namespace authprobe::http
