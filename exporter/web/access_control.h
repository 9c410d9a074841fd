// Who may ask the web server what: the web configuration as it is in force, read again when its files change.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "exporter/web/http.h"
#include "exporter/web/tls_credentials.h"
#include "exporter/web/users.h"
#include "exporter/web/web_config.h"
#include "exporter/web/worker.h"
#include "exporter/wire/file.h"

namespace authprobe::web {

class AccessControl {
 public:
  // Called on a server thread with what was found when the files were read again; empty: they are fine and in force.
  using Report = std::function<void(const std::vector<config::Finding>&)>;

  AccessControl();  // plain HTTP, open to all

  // What is wrong or doubtful about a web configuration and the files that it names.
  static std::vector<config::Finding> check(const std::string& file);

  // Throws std::runtime_error with all findings, a line each, where the file has errors. Later errors are reported, and
  // what was in force stays.
  AccessControl(std::string file, Report report);
  ~AccessControl();

  // What a new connection uses; null: plain HTTP, which does not change while the server runs. Any thread.
  std::shared_ptr<const TlsCredentials> tls();
  bool uses_tls() const { return uses_tls_; }

  // Passes the request on to `handler`, or answers it: 401 without the name and password of a user, 429 above the rate
  // limit. Passwords are checked on a thread of their own, from which `handler`, which outlives this, is called then.
  // Any thread.
  void handle(const Request& request, const Handler& handler, Reply reply);

 private:
  struct Settings;
  std::shared_ptr<const Settings> current();
  static std::shared_ptr<const Settings> settings_of(WebConfigResult& result);
  std::shared_ptr<const Settings> read(std::vector<config::Finding>& findings);
  void read_again();
  bool allows_one_more(const RateLimit& limit);

  std::string file_;
  Report report_;
  bool uses_tls_ = false;
  std::mutex mutex_;
  std::shared_ptr<const Settings> settings_;
  std::chrono::steady_clock::time_point looked_;
  std::vector<std::string> watched_;                    // the files that were read last
  std::vector<std::optional<wire::FileStamp>> stamps_;  // theirs
  double tokens_ = -1;                                  // of the rate limit; below 0: full
  std::chrono::steady_clock::time_point counted_;
  std::unique_ptr<Worker> checker_;  // last: its jobs use the others
};

}  // namespace authprobe::web
