// Fetches lists of targets from their URLs as Prometheus's http_sd does: each on its interval, with a credential of its
// own. What an answer lists is read by others. Virtual time.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/http/request.h"
#include "exporter/http/response.h"
#include "exporter/prober/credential_set.h"
#include "exporter/prober/slot_clock.h"

namespace authprobe::prober {

// What came of a request for a list.
struct ListAnswer {
  std::string list;
  wire::Url url;
  std::string text;     // JSON, as far as the server says
  std::string problem;  // why there is no text; empty: there is. No secret, no query
};

class ListFetches {
 public:
  // How soon to look whether a credential that could not be had can be had now.
  static constexpr std::chrono::seconds kWithoutSecret{1};

  // Takes the lists of `config` that have a URL; the unchanged ones stay as they are, with their requests in progress.
  void load(const config::Config& config);

  // The requests that are due.
  struct ListRequest {
    std::uint64_t number = 0;  // for finish(); never given out again
    http::Request request;
  };
  std::vector<ListRequest> start_due(SlotTime now, const CredentialSet& credentials);

  // Lists that cannot be asked for, once for each reason: their credential is missing, or was refused.
  std::vector<ListAnswer> take_unasked() { return std::exchange(unasked_, {}); }

  // When start_due() is to be called next, at the latest; SlotTime::max(): there is nothing to do.
  SlotTime next_look() const;

  // The answer to the request of that number; nothing where its list is gone.
  std::optional<ListAnswer> finish(std::uint64_t number, http::Response& response, SlotTime now);

  // Each list has had an answer, of whatever kind.
  bool all_answered() const;

 private:
  struct Fetch {
    config::TargetList list;
    std::shared_ptr<credential::Credential> credential;  // of the last request; null: none
    SlotTime next;
    std::uint64_t number = 0;  // of the request in progress; 0: none
    bool is_answered = false;
    std::string unasked;                   // why it cannot be asked for; empty: it can
    std::optional<std::uint64_t> refused;  // the revision of a password that was refused: it is not tried again
  };
  std::optional<http::Request> request_for(Fetch& fetch, SlotTime now);
  void give_up(Fetch& fetch, const std::string& problem);

  std::vector<Fetch> fetches_;
  std::vector<ListAnswer> unasked_;
  std::uint64_t last_number_ = 0;
};

}  // namespace authprobe::prober
