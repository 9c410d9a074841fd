// The passwords that proxies want: read late, again when their files change, given to each request on its way out, and
// masked in what comes back. One thread owns it.
#pragma once

#include <chrono>
#include <map>
#include <memory>

#include "exporter/config/config.h"
#include "exporter/credential/secret_mask.h"
#include "exporter/credential/secret_reader.h"
#include "exporter/http/request.h"
#include "exporter/http/response.h"

namespace authprobe::credential {

class ProxyPasswords {
 public:
  using Clock = std::chrono::steady_clock;

  // Gives the request what its connection's proxy wants; nothing where that wants none.
  void add_to(http::Request& request, Clock::time_point now);

  // Masks them in the answer to a request that had one.
  void hide(http::Response& response) const;

 private:
  struct Entry {
    explicit Entry(const config::SecretSource& source) : reader(source) {}
    SecretReader reader;
    SecretMask mask;
    Clock::time_point used_at;
  };
  // Those replaced or not asked for since an hour: their answers have come.
  void forget(Clock::time_point now);

  std::map<config::SecretSource, std::unique_ptr<Entry>> entries_;
};

}  // namespace authprobe::credential
