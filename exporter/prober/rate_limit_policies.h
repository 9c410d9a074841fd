// The budgets that an answer's headers tell of: one, or several with names ("burst" and "daily", requests and tokens).
// The tightest counts: it is the one that refuses next. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "exporter/wire/headers.h"
#include "exporter/wire/time.h"

namespace authprobe::prober {

// The server's budget as its headers tell it; absent where they do not.
struct RateLimit {
  std::optional<double> limit;
  std::optional<double> remaining;
  std::optional<WallTime> reset;
};

class RateLimitPolicies {
 public:
  explicit RateLimitPolicies(WallTime now) : now_(now) {}

  // Whether a header of this name may tell of one. Cheap: it is asked of each header of each answer.
  static bool may_tell(std::string_view name);

  // Takes in a header, whatever it is; it must outlive this object. For each budget the first value counts.
  void read(const wire::Header& header);

  // The one with the smallest share left; where no limit is told, the one with the fewest requests left.
  RateLimit tightest() const;

 private:
  static constexpr std::size_t kMost = 8;
  struct Policy {
    std::string_view name;  // empty: the answer names none
    RateLimit budget;
  };

  RateLimit* policy(std::string_view name);
  void read_member(std::string_view words, std::string_view value);
  void read_list(std::string_view list);
  void read_policy(std::string_view item);
  std::optional<WallTime> reset_time(std::string_view text) const;

  WallTime now_;
  std::array<Policy, kMost> policies_;
  std::size_t count_ = 0;
};

}  // namespace authprobe::prober
