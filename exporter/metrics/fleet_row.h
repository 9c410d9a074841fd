// What is kept of one target for its series: a row of atomics that one thread writes and any thread reads.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "exporter/diagnosis/diagnosis.h"
#include "exporter/http/response.h"
#include "exporter/prober/target_state.h"

namespace authprobe::metrics {

// A value that one thread sets and any thread reads. Values of a row are read one by one: a scrape may see one of a
// probe's values and not yet the next.
template <typename T>
class Value {
 public:
  explicit Value(T initial = T{}) : value_(initial) {}
  Value(const Value& other) : value_(other.get()) {}
  Value& operator=(const Value& other) {
    set(other.get());
    return *this;
  }
  T get() const { return value_.load(std::memory_order_relaxed); }
  void set(T value) { value_.store(value, std::memory_order_relaxed); }
  // With a single writer there is no need for a locked instruction.
  void increment() { set(get() + 1); }

 private:
  std::atomic<T> value_;
};

using Counter = Value<std::uint64_t>;

// A counter in half the memory, for those of which a target has dozens: at a probe a second it lasts for 136 years.
class SmallCounter {
 public:
  std::uint64_t get() const { return count_.get(); }
  void set(std::uint64_t count) { count_.set(static_cast<std::uint32_t>(std::min(count, kMost))); }
  void increment() { count_.increment(); }

 private:
  static constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  Value<std::uint32_t> count_;
};

// Seconds to the microsecond, as libcurl measures, and up to 71 minutes.
class Duration {
 public:
  double get() const { return micros_.get() * 1e-6; }
  std::uint32_t micros() const { return micros_.get(); }
  void set(double seconds) {
    micros_.set(static_cast<std::uint32_t>(std::clamp(seconds * 1e6 + 0.5, 0.0, 4'294'967'295.0)));
  }

 private:
  Value<std::uint32_t> micros_;
};

// A gauge that may have no value yet: its series is absent then.
struct Gauge : Value<double> {
  Gauge() : Value(std::numeric_limits<double>::quiet_NaN()) {}
  void set_or_clear(std::optional<double> value) { set(value.value_or(std::numeric_limits<double>::quiet_NaN())); }
};

// Milliseconds since 1970, likewise.
struct Timestamp : Value<std::int64_t> {
  static constexpr std::int64_t kUnknown = std::numeric_limits<std::int64_t>::min();
  Timestamp() : Value(kUnknown) {}
};

// Counters by a key that cannot all be there from the start, in the order of their keys. Readers may walk along while
// the one writer adds: nodes are never moved or taken away, and a node is whole before it can be reached.
class CounterList {
 public:
  struct Node {
    explicit Node(std::uint16_t its_key) : key(its_key) {}
    std::uint16_t key;  // written before the node can be reached
    SmallCounter count;
    std::atomic<Node*> next{nullptr};
  };
  using Nodes = std::deque<Node>;  // of all lists; addresses stay

  // The counter of `key`, made on first use.
  SmallCounter& at(std::uint16_t key, Nodes& nodes);
  const Node* first() const { return first_.load(std::memory_order_acquire); }
  static const Node* next(const Node* node) { return node->next.load(std::memory_order_acquire); }

 private:
  static constexpr std::uint16_t kFree = 0xffff;
  std::atomic<Node*> first_{nullptr};
  Node own_{kFree};  // the first key's, in the row itself: the code that most targets always answer with
};

// What every probe writes or may write of one target: plain values, copied as a whole when a reload keeps the target.
struct RowValues {
  Counter failures;
  Timestamp last_transition;
  Timestamp last_refusal;
  Timestamp change_to_401;  // the last change from 2xx to it
  Timestamp change_to_403;
  Timestamp last_failure;  // when it last went from ok to unexpected or unreachable
  std::array<SmallCounter, http::kTransportErrorCount> transport_errors;  // [0], none, is not used
  std::array<SmallCounter, diagnosis::kCauseCount> auth_failures;
  // What every probe sets is at the end, beside the lists of a Row: as few cache lines as that takes.
  Counter probes;
  Value<prober::State> state{prober::State::pending};
  Value<std::uint8_t> episode{kNoEpisode};  // cause * kConfidenceCount + confidence
  Value<std::uint16_t> status;              // of the last probe; 0: no HTTP answer
  Value<bool> maintenance;
  Timestamp last_probe;
  Timestamp last_success;
  std::array<Duration, http::kPhaseCount> phases;
  Value<double> backoff;
  Gauge rate_limit;
  Gauge rate_limit_remaining;
  Timestamp rate_limit_reset;
  Timestamp certificate_expiry;

  static constexpr std::uint8_t kNoEpisode = 255;
  static constexpr std::uint8_t episode_of(diagnosis::Cause cause, diagnosis::Confidence confidence) {
    return static_cast<std::uint8_t>(static_cast<std::size_t>(cause) * diagnosis::kConfidenceCount +
                                     static_cast<std::size_t>(confidence));
  }
  bool probed() const { return last_probe.get() != Timestamp::kUnknown; }
};

// A row as a value, for what outlives the process.
struct SavedRow {
  using Counts = std::vector<std::pair<std::uint16_t, std::uint64_t>>;
  RowValues values;
  Counts responses;    // by the keys of Row
  Counts transitions;  // likewise
};

struct Row : RowValues {
  CounterList responses;                  // by status code, or kInvalidCode
  CounterList transitions;                // by from * kStatusClassCount + to
  std::chrono::milliseconds interval{0};  // as configured

  static constexpr std::uint16_t kInvalidCode = 1000;  // sorts behind the real ones
};

}  // namespace authprobe::metrics
