// The reference: nothing but a libcurl multi handle on epoll, with pooled easy handles and one shared trust store, that
// sends the request that the exporter sends. What a prober costs over this is what it adds.
#include <curl/curl.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>

#include <deque>
#include <memory>
#include <vector>

#include "bench/load.h"

namespace authprobe::bench {
namespace {

class BareSet {
 public:
  explicit BareSet(const std::string& ca_file) : epoll_(epoll_create1(EPOLL_CLOEXEC)), multi_(curl_multi_init()) {
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    lines_ = curl_slist_append(lines_, "User-Agent: authprobe/0.1.0");
    lines_ = curl_slist_append(lines_, "Accept-Encoding: gzip");
    if (ca_file.empty()) return;
    store_ = X509_STORE_new();
    if (X509_STORE_load_file(store_, ca_file.c_str()) != 1) throw std::runtime_error("cannot read " + ca_file);
  }

  void start(std::uint64_t, const std::string& url) {
    if (idle_.empty()) idle_.push_back(make_handle());
    Transfer* transfer = idle_.back();
    idle_.pop_back();
    transfer->headers.clear();
    transfer->body.clear();
    curl_easy_setopt(transfer->easy, CURLOPT_URL, url.c_str());
    curl_multi_add_handle(multi_, transfer->easy);
  }

  void wait(Clock::time_point until) {
    while (done_.empty()) {
      const auto now = Clock::now();
      const auto wake = timer_ ? std::min(*timer_, until) : until;
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(wake - now).count();
      epoll_event events[256];
      const int count = epoll_wait(epoll_, events, 256, static_cast<int>(std::max<long long>(left, 0)));
      int running = 0;
      for (int i = 0; i < count; ++i)
        curl_multi_socket_action(multi_, events[i].data.fd, curl_events(events[i].events), &running);
      if (timer_ && Clock::now() >= *timer_) {
        timer_.reset();
        curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
      }
      collect();
      if (Clock::now() >= until) return;
    }
  }

  std::optional<bool> take() {
    if (done_.empty()) return std::nullopt;
    const bool good = done_.front();
    done_.pop_front();
    return good;
  }

 private:
  struct Transfer {
    CURL* easy;
    std::string headers;
    std::string body;
  };

  Transfer* make_handle() {
    auto& transfer = all_.emplace_back(std::make_unique<Transfer>());
    CURL* easy = transfer->easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer.get());
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, append);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer->body);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, append);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer->headers);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, lines_);
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 10'000L);
    curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    curl_easy_setopt(easy, CURLOPT_CAINFO, nullptr);
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, share_store);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, this);
    return transfer.get();
  }

  void collect() {
    int left = 0;
    while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      CURL* easy = message->easy_handle;
      const CURLcode result = message->data.result;
      Transfer* transfer = nullptr;
      long status = 0;
      curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
      curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
      curl_multi_remove_handle(multi_, easy);
      idle_.push_back(transfer);
      done_.push_back(result == CURLE_OK && status == 200);
    }
  }

  static int curl_events(std::uint32_t events) {
    return (events & EPOLLIN ? CURL_CSELECT_IN : 0) | (events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
           (events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
  }

  static std::size_t append(char* data, std::size_t, std::size_t size, void* text) {
    static_cast<std::string*>(text)->append(data, size);
    return size;
  }

  static CURLcode share_store(CURL*, void* context, void* self) {
    SSL_CTX_set1_cert_store(static_cast<SSL_CTX*>(context), static_cast<BareSet*>(self)->store_);
    return CURLE_OK;
  }

  static int on_socket(CURL*, curl_socket_t fd, int what, void* self, void* known) {
    auto* set = static_cast<BareSet*>(self);
    epoll_event event{};
    event.events = (what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u);
    event.data.fd = fd;
    if (what == CURL_POLL_REMOVE) {
      epoll_ctl(set->epoll_, EPOLL_CTL_DEL, fd, nullptr);
    } else {
      epoll_ctl(set->epoll_, known != nullptr ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
      curl_multi_assign(set->multi_, fd, set);
    }
    return 0;
  }

  static int on_timer(CURLM*, long milliseconds, void* self) {
    auto& timer = static_cast<BareSet*>(self)->timer_;
    timer.reset();
    if (milliseconds >= 0) timer = Clock::now() + std::chrono::milliseconds(milliseconds);
    return 0;
  }

  int epoll_;
  CURLM* multi_;
  X509_STORE* store_ = nullptr;
  curl_slist* lines_ = nullptr;
  std::optional<Clock::time_point> timer_;
  std::vector<std::unique_ptr<Transfer>> all_;
  std::vector<Transfer*> idle_;
  std::deque<bool> done_;
};

}  // namespace
}  // namespace authprobe::bench

int main(int argc, char** argv) {
  CLI::App app("Probes with libcurl and nothing else");
  authprobe::bench::Load load;
  load.add_options(app);
  CLI11_PARSE(app, argc, argv);
  curl_global_init(CURL_GLOBAL_DEFAULT);
  // Handles are left to the end of the process: nothing here outlives main().
  authprobe::bench::BareSet set(load.ca_file);
  authprobe::bench::drive(set, load);
}
