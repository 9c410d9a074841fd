// The recent probes of a target that was refused, as far as they may tell when it is: kept from its first refusal until
// kMost probes in a row went well, and never for longer than kLongest. Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "exporter/diagnosis/fleet_context.h"
#include "exporter/diagnosis/refusal_pattern.h"
#include "exporter/http/response.h"
#include "exporter/prober/rate_limit.h"

namespace authprobe::prober {

class ProbeHistory {
 public:
  static constexpr std::size_t kMost = 64;  // 16 bytes each
  static constexpr std::chrono::hours kLongest{24};

  // Which secret was sent: another number, another secret.
  struct Secret {
    std::uint64_t revision = 0;
    std::uint64_t token = 0;
    bool operator==(const Secret&) const = default;
  };

  // The probes that were accepted before the first refusal: how many in a row, how far apart they were, and since when
  // the secret in use is in use. Of these nothing else is known.
  struct Before {
    int accepted = 0;
    std::chrono::milliseconds interval{0};
    std::optional<WallTime> secret_since;
  };
  ProbeHistory(const Before& before, Secret secret, WallTime first_refusal);

  // A probe has ended. Neither refused nor accepted: something else is wrong with it.
  enum class Ended : std::uint8_t { refused, accepted, other };
  void add(const http::Response& response, const RateLimit& limit, Secret secret, Ended ended, WallTime now);

  // No refusal is left in it: it tells nothing any more.
  bool is_over() const;

  // What it tells of the refusal that was added last.
  void describe(diagnosis::FleetContext& context) const;

 private:
  using Names = std::vector<std::string>;
  static std::uint8_t number_of(const std::string& name, Names& names);
  bool accepted_between() const;
  bool had_budget() const;

  std::vector<diagnosis::ProbeFacts> probes_;  // in order of time
  Names addresses_;                            // by number less 1; a few at most
  Names nodes_;
  Names servers_;
  Secret secret_;
  std::uint8_t secrets_ = 1;
};

}  // namespace authprobe::prober
