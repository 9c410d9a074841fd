// What FleetMetrics keeps: a row of atomics per target, and the label text that goes with it.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/metrics/fleet_metrics.h"
#include "exporter/metrics/text_format.h"

namespace authprobe::metrics {

// A value that one thread sets and any thread reads. Values of a row are read one by one: a scrape may see one of a
// probe's values and not yet the next.
template <typename T>
class Value {
 public:
  explicit Value(T initial = T{}) : value_(initial) {}
  T get() const { return value_.load(std::memory_order_relaxed); }
  void set(T value) { value_.store(value, std::memory_order_relaxed); }
  // With a single writer there is no need for a locked instruction.
  void increment() { set(get() + 1); }

 private:
  std::atomic<T> value_;
};

using Counter = Value<std::uint64_t>;

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
    Counter count;
    std::atomic<Node*> next{nullptr};
  };
  using Nodes = std::deque<Node>;  // of all lists; addresses stay

  // The counter of `key`, made on first use.
  Counter& at(std::uint16_t key, Nodes& nodes);
  const Node* first() const { return first_.load(std::memory_order_acquire); }
  static const Node* next(const Node* node) { return node->next.load(std::memory_order_acquire); }

 private:
  static constexpr std::uint16_t kFree = 0xffff;
  std::atomic<Node*> first_{nullptr};
  Node own_{kFree};  // the first key's, in the row itself: the code that most targets always answer with
};

class FleetRows {
 public:
  static constexpr std::uint16_t kInvalidCode = 1000;  // sorts behind the real ones
  static constexpr std::uint8_t kNoEpisode = 255;

  struct Row {
    // What every probe sets comes first, in as few cache lines as that takes.
    Counter probes;
    CounterList responses;  // by status code, or kInvalidCode
    Value<prober::State> state{prober::State::pending};
    Value<std::uint8_t> episode{kNoEpisode};  // cause * kConfidenceCount + confidence
    Value<std::uint16_t> status;              // of the last probe; 0: no HTTP answer
    Value<bool> maintenance;
    Timestamp last_probe;
    Timestamp last_success;
    std::array<Value<double>, http::kPhaseCount> phases;
    Value<double> backoff;
    Gauge rate_limit;
    Gauge rate_limit_remaining;
    Timestamp rate_limit_reset;
    Timestamp certificate_expiry;
    Counter failures;
    CounterList transitions;  // by from * kStatusClassCount + to
    Timestamp last_transition;
    Timestamp last_refusal;
    std::array<Counter, http::kTransportErrorCount> transport_errors;  // [0], none, is not used
    std::array<Counter, diagnosis::kCauseCount> auth_failures;
    std::chrono::milliseconds interval{0};  // as configured
    bool probed() const { return last_probe.get() != Timestamp::kUnknown; }
  };

  FleetRows(const config::Config& config, const FleetRows* previous);

  void record(const prober::ProbeRecord& record);
  void record(const prober::DiagnosisUpdate& update);
  void render(const Sink& sink) const;
  Row& row(std::size_t target) { return rows_.at(target); }

  std::size_t size() const { return rows_.size(); }
  const Row& row(std::size_t target) const { return rows_[target]; }
  // The target's name, escaped. At least TextBuffer::kBlock bytes behind it may be read.
  std::string_view name(std::size_t target) const { return part(names_, name_ends_, target); }
  // All labels of its target_info, with their names and quotes.
  std::string_view info(std::size_t target) const { return part(infos_, info_ends_, target); }

 private:
  static std::string_view part(const std::string& all, const std::vector<std::uint32_t>& ends, std::size_t index);
  void add_text(const config::Config& config);
  void add_zero_series(Row& row, const config::Target& target);
  void carry_over(Row& row, const Row& previous);
  void record_answer(Row& row, const prober::ProbeRecord& record);
  static std::uint8_t episode_value(diagnosis::Cause cause, diagnosis::Confidence confidence);
  static void record_refusal(Row& row, const prober::ProbeRecord& record);

  std::vector<Row> rows_;
  CounterList::Nodes nodes_;
  std::string names_;
  std::string infos_;
  std::vector<std::uint32_t> name_ends_;
  std::vector<std::uint32_t> info_ends_;
};

}  // namespace authprobe::metrics
