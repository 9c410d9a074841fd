// The families of all targets as text: their names, help texts and order.
#include <cmath>

#include "exporter/metrics/fleet_metrics.h"

namespace authprobe::metrics {
namespace {

using Tails = std::vector<PaddedText>;

struct Family {
  std::string_view name;  // without the prefix
  std::string_view type;
  std::string_view help;
};

bool known(std::uint64_t) {
  return true;
}
bool known(double value) {
  return !std::isnan(value);
}
bool known(Millis value) {
  return value.count != Timestamp::kUnknown;
}

// What stands between a target's name and the value: `",state="ok"} `.
PaddedText tail(std::string_view label, std::string_view value) {
  return PaddedText(std::string("\",").append(label).append("=\"").append(value).append("\"} "));
}

// A tail for each value of an enum, in its order.
template <typename Enum, std::size_t kCount>
Tails tails(std::string_view label) {
  Tails all;
  for (std::size_t i = 0; i < kCount; ++i) all.push_back(tail(label, to_string(static_cast<Enum>(i))));
  return all;
}

Tails code_tails() {
  Tails all;
  for (int code = 100; code <= 599; ++code) all.push_back(tail("code", std::to_string(code)));
  all.push_back(tail("code", "invalid"));
  return all;
}

Tails transition_tails() {
  Tails all;
  for (std::size_t key = 0; key < prober::kStatusClassCount * prober::kStatusClassCount; ++key) {
    const auto from = static_cast<prober::StatusClass>(key / prober::kStatusClassCount);
    const auto to = static_cast<prober::StatusClass>(key % prober::kStatusClassCount);
    all.push_back(tail(std::string("from=\"").append(to_string(from)).append("\",to"), to_string(to)));
  }
  return all;
}

Tails episode_tails() {
  Tails all;
  for (std::size_t key = 0; key < diagnosis::kCauseCount * diagnosis::kConfidenceCount; ++key) {
    const auto cause = static_cast<diagnosis::Cause>(key / diagnosis::kConfidenceCount);
    const auto confidence = static_cast<diagnosis::Confidence>(key % diagnosis::kConfidenceCount);
    all.push_back(
        tail(std::string("cause=\"").append(to_string(cause)).append("\",confidence"), to_string(confidence)));
  }
  return all;
}

// Writes family after family. A line is the family's head with a target's name, a tail with the other label, a value.
class Renderer {
 public:
  Renderer(const FleetMetrics& rows, const Sink& sink) : rows_(rows), buffer_(sink) {}

  void info() {
    begin({"target_info", "gauge", "URL, method, host, credential and configured labels of the target. Always 1."});
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      buffer_.put("authprobe_target_info{");
      buffer_.put(rows_.info(i));
      buffer_.put("} 1\n");
    }
  }

  // One series for each target whose `value_of(row)` is known.
  template <typename ValueOf>
  void single(const Family& family, ValueOf value_of) {
    const PaddedText end("\"} ");
    for_each_target(family, [&](const Row& row) {
      if (const auto value = value_of(row); known(value)) line(end, value);
    });
  }

  // A series of each target for every tail: `value_of(row, number)`. `first`: tails before it are not used.
  template <typename ValueOf>
  void each(const Family& family, const Tails& tails, std::size_t first, ValueOf value_of) {
    for_each_target(family, [&](const Row& row) {
      for (std::size_t i = first; i < tails.size(); ++i) line(tails[i], value_of(row, i));
    });
  }

  // A series for every counter in a list: the tail's number is `number_of(key)`.
  template <typename ListOf, typename NumberOf>
  void list(const Family& family, const Tails& tails, ListOf list_of, NumberOf number_of) {
    for_each_target(family, [&](const Row& row) {
      for (const auto* node = list_of(row).first(); node != nullptr; node = CounterList::next(node)) {
        line(tails[number_of(node->key)], node->count.get());
      }
    });
  }

  template <typename WriteLines>
  void for_each_target(const Family& family, WriteLines write_lines) {
    begin(family);
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      use_name(rows_.name(i));
      write_lines(rows_.row(i));
    }
  }

  template <typename Number>
  void line(const PaddedText& end, Number value) {
    char* to = buffer_.room(start_size_ + end.size() + kNumberLength + 1);
    to = TextBuffer::copy(to, start_.data(), start_size_);
    to = TextBuffer::copy(to, end.data(), end.size());
    to = write_number(to, value);
    *to++ = '\n';
    buffer_.advance(to);
  }

  void finish() { buffer_.flush(); }

 private:
  void begin(const Family& family) {
    const std::string name = std::string("authprobe_").append(family.name);
    buffer_.family(name, family.type, family.help);
    start_ = name + "{target=\"";
    head_size_ = start_.size();
  }

  void use_name(std::string_view name) {
    start_size_ = head_size_ + name.size();
    if (start_.size() < start_size_ + TextBuffer::kBlock) start_.resize(start_size_ + TextBuffer::kBlock);
    TextBuffer::copy(start_.data() + head_size_, name.data(), name.size());
  }

  const FleetMetrics& rows_;
  TextBuffer buffer_;
  std::string start_;  // the family's head and the current target's name, padded
  std::size_t head_size_ = 0;
  std::size_t start_size_ = 0;
};

void counts(Renderer& out) {
  out.single({"target_interval_seconds", "gauge", "Configured interval between two probes of the target."},
             [](const Row& row) { return std::chrono::duration<double>(row.interval).count(); });
  out.single({"probes_total", "counter", "Finished probes."}, [](const Row& row) { return row.probes.get(); });
  out.single({"probe_failures_total", "counter", "Probes whose state was not ok."},
             [](const Row& row) { return row.failures.get(); });
  out.list(
      {"http_responses_total", "counter", "HTTP responses by status code; invalid is a code outside 100 to 599."},
      code_tails(), [](const Row& row) -> const CounterList& { return row.responses; },
      [](std::uint16_t key) -> std::size_t { return key == Row::kInvalidCode ? 500 : key - 100u; });
  out.each({"transport_errors_total", "counter", "Probes without a complete HTTP response, by reason."},
           tails<http::TransportError, http::kTransportErrorCount>("reason"), 1,
           [](const Row& row, std::size_t i) { return row.transport_errors[i].get(); });
}

void state(Renderer& out) {
  out.single({"probe_success", "gauge", "1 if the last probe went as expected, else 0."}, [](const Row& row) {
    const double success = row.state.get() == prober::State::ok ? 1 : 0;
    return row.probed() ? success : std::nan("");
  });
  out.single({"http_status_code", "gauge", "Status code of the last probe; 0 without an HTTP response."},
             [](const Row& row) { return row.probed() ? static_cast<double>(row.status.get()) : std::nan(""); });
  out.each({"target_state", "gauge", "1 for the target's current state, 0 for the others."},
           tails<prober::State, prober::kStateCount>("state"), 0, [](const Row& row, std::size_t i) -> std::uint64_t {
             return static_cast<std::size_t>(row.state.get()) == i ? 1 : 0;
           });
  out.list(
      {"status_transitions_total", "counter", "Changes of the status class from one probe to the next."},
      transition_tails(), [](const Row& row) -> const CounterList& { return row.transitions; },
      [](std::uint16_t key) -> std::size_t { return key; });
}

void times(Renderer& out) {
  out.single({"last_transition_timestamp_seconds", "gauge", "Time of the last change of the status class."},
             [](const Row& row) { return Millis{row.last_transition.get()}; });
  out.single({"last_probe_timestamp_seconds", "gauge", "Time at which the last probe finished."},
             [](const Row& row) { return Millis{row.last_probe.get()}; });
  out.single(
      {"last_success_timestamp_seconds", "gauge", "Time at which the last probe that went as expected finished."},
      [](const Row& row) { return Millis{row.last_success.get()}; });
  out.single({"last_refusal_timestamp_seconds", "gauge", "Time of the last unexpected refusal."},
             [](const Row& row) { return Millis{row.last_refusal.get()}; });
}

void causes(Renderer& out) {
  out.each({"auth_failures_total", "counter", "Refused probes by diagnosed cause."},
           tails<diagnosis::Cause, diagnosis::kCauseCount>("cause"), 0,
           [](const Row& row, std::size_t i) { return row.auth_failures[i].get(); });
  const Tails episodes = episode_tails();
  out.for_each_target(
      {"auth_failure_cause", "gauge", "Cause of the current refusal: 1 from the first refusal to the recovery."},
      [&](const Row& row) {
        const std::uint8_t episode = row.episode.get();
        if (episode != Row::kNoEpisode) out.line(episodes[episode], std::uint64_t{1});
      });
}

void phases(Renderer& out) {
  const Tails all = tails<http::Phase, http::kPhaseCount>("phase");
  out.for_each_target({"probe_phase_duration_seconds", "gauge", "Duration of each phase of the last probe."},
                      [&](const Row& row) {
                        for (std::size_t i = 0; row.probed() && i < all.size(); ++i)
                          out.line(all[i], row.phases[i].get());
                      });
}

void facts(Renderer& out) {
  out.single({"tls_certificate_expiration_timestamp_seconds", "gauge",
              "Earliest expiry in the certificate chain that the server sent last."},
             [](const Row& row) { return Millis{row.certificate_expiry.get()}; });
  out.single({"rate_limit_limit", "gauge",
              "Requests that the server allows in its rate limit window, from the last response."},
             [](const Row& row) { return row.rate_limit.get(); });
  out.single(
      {"rate_limit_remaining", "gauge", "Requests left in the server's rate limit window, from the last response."},
      [](const Row& row) { return row.rate_limit_remaining.get(); });
  out.single({"rate_limit_reset_timestamp_seconds", "gauge",
              "Time at which the server's rate limit window starts again, from the last response."},
             [](const Row& row) { return Millis{row.rate_limit_reset.get()}; });
  out.single({"target_maintenance", "gauge", "1 during a maintenance window of the target, else 0."},
             [](const Row& row) -> std::uint64_t { return row.maintenance.get() ? 1 : 0; });
  out.single({"target_backoff_seconds", "gauge", "Delay of the target's next probe beyond its interval."},
             [](const Row& row) { return row.backoff.get(); });
}

}  // namespace

void FleetMetrics::render(const Sink& sink) const {
  Renderer out(*this, sink);
  out.info();
  counts(out);
  state(out);
  times(out);
  causes(out);
  phases(out);
  facts(out);
  out.finish();
}

}  // namespace authprobe::metrics
