#include "exporter/store/tally.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <optional>
#include <utility>

#include "exporter/config/stable_hash.h"

namespace authprobe::store {
namespace {

using metrics::Row;
using metrics::RowValues;
using metrics::SavedRow;
using metrics::Timestamp;

constexpr char kForm = 1;
constexpr std::uint64_t kLargest = std::uint64_t{1} << 53;  // beyond, a counter of Prometheus is not exact either

// Numbers of 7 bits a byte, the lowest first, as protocol buffers have them.
void append_number(std::string& blob, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) blob.push_back(static_cast<char>(number | 0x80));
  blob.push_back(static_cast<char>(number));
}

// 0 where there is no time; times before 1970 are not kept.
void append_time(std::string& blob, const Timestamp& time) {
  const std::int64_t millis = time.get();
  append_number(blob, millis < 0 ? 0 : static_cast<std::uint64_t>(millis) + 1);
}

void append_gauge(std::string& blob, const metrics::Gauge& gauge) {
  const auto bits = std::bit_cast<std::uint64_t>(gauge.get());
  for (int shift = 0; shift < 64; shift += 8) blob.push_back(static_cast<char>(bits >> shift));
}

// Words and not numbers of an enum: another version of the exporter may number them in another way.
template <typename Enum>
std::uint16_t word_key(Enum value) {
  return static_cast<std::uint16_t>(config::stable_hash(to_string(value)));
}

template <typename Enum, std::size_t kCount>
void append_counts(std::string& blob, const std::array<metrics::SmallCounter, kCount>& counts) {
  for (std::size_t i = 0; i < kCount; ++i) {
    const std::uint64_t count = counts[i].get();
    if (count == 0) continue;
    append_number(blob, std::uint64_t{word_key(static_cast<Enum>(i))} + 1);
    append_number(blob, count);
  }
  append_number(blob, 0);
}

class Reader {
 public:
  explicit Reader(std::string_view blob) : rest_(blob) {}
  bool at_end() const { return rest_.empty(); }
  bool is_good() const { return good_; }

  // 0 after an error, so that every loop over numbers ends.
  std::uint64_t number() {
    std::uint64_t number = 0;
    for (int shift = 0; shift < 63; shift += 7) {
      if (rest_.empty()) return fail();
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      number |= std::uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return number <= kLargest ? number : fail();
    }
    return fail();
  }

  std::uint64_t fixed() {
    if (rest_.size() < 8) return fail();
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < 8; ++i) bits |= std::uint64_t{static_cast<unsigned char>(rest_[i])} << (8 * i);
    rest_.remove_prefix(8);
    return bits;
  }

  void time(Timestamp& into) {
    constexpr std::uint64_t kLast = 9'200'000'000'000;  // what our clock can say, in milliseconds
    if (const std::uint64_t value = number(); 0 < value && value <= kLast) {
      into.set(static_cast<std::int64_t>(value) - 1);
    }
  }

  template <typename Enum, std::size_t kCount>
  void counts(std::array<metrics::SmallCounter, kCount>& into) {
    while (const std::uint64_t key = number()) {
      const std::uint64_t count = number();
      for (std::size_t i = 0; i < kCount; ++i) {
        if (std::uint64_t{word_key(static_cast<Enum>(i))} + 1 == key) into[i].set(count);
      }
    }
  }

 private:
  std::uint64_t fail() {
    good_ = false;
    rest_ = {};
    return 0;
  }

  std::string_view rest_;
  bool good_ = true;
};

SavedRow read_tally(Reader& reader) {
  SavedRow tally;
  RowValues& values = tally.values;
  values.probes.set(reader.number());
  values.failures.set(reader.number());
  reader.time(values.last_probe);
  reader.time(values.last_success);
  reader.time(values.last_refusal);
  while (const std::uint64_t code = reader.number()) {
    const std::uint64_t count = reader.number();
    if ((100 <= code && code <= 599) || code == Row::kInvalidCode) {
      tally.responses.emplace_back(static_cast<std::uint16_t>(code), count);
    }
  }
  reader.counts<http::TransportError>(values.transport_errors);
  reader.counts<diagnosis::Cause>(values.auth_failures);
  if (reader.number() == 0) return tally;
  values.rate_limit.set(std::bit_cast<double>(reader.fixed()));
  values.rate_limit_remaining.set(std::bit_cast<double>(reader.fixed()));
  reader.time(values.rate_limit_reset);
  return tally;
}

template <typename T>
void raise(T& value, const T& other) {
  value.set(std::max(value.get(), other.get()));
}

template <std::size_t kCount>
void raise(std::array<metrics::SmallCounter, kCount>& counts, const std::array<metrics::SmallCounter, kCount>& other) {
  for (std::size_t i = 0; i < kCount; ++i) raise(counts[i], other[i]);
}

void raise(SavedRow::Counts& counts, const SavedRow::Counts& other) {
  for (const auto& [key, count] : other) {
    const auto is_same = [&counted = key](const auto& one) { return one.first == counted; };
    const auto same = std::find_if(counts.begin(), counts.end(), is_same);
    if (same == counts.end()) {
      counts.emplace_back(key, count);
    } else {
      same->second = std::max(same->second, count);
    }
  }
}

}  // namespace

std::uint64_t tally_key(std::string_view target) {
  return config::stable_hash(target);
}

std::string begin_tallies() {
  return {kForm};
}

void append_tally(std::string& blob, std::string_view target, const Row& row) {
  const std::uint64_t key = tally_key(target);
  for (int shift = 0; shift < 64; shift += 8) blob.push_back(static_cast<char>(key >> shift));
  append_number(blob, row.probes.get());
  append_number(blob, row.failures.get());
  append_time(blob, row.last_probe);
  append_time(blob, row.last_success);
  append_time(blob, row.last_refusal);
  for (const auto* node = row.responses.first(); node != nullptr; node = metrics::CounterList::next(node)) {
    if (node->count.get() == 0) continue;
    append_number(blob, node->key);
    append_number(blob, node->count.get());
  }
  append_number(blob, 0);
  append_counts<http::TransportError>(blob, row.transport_errors);
  append_counts<diagnosis::Cause>(blob, row.auth_failures);
  const bool has_budget = !std::isnan(row.rate_limit.get()) || !std::isnan(row.rate_limit_remaining.get());
  append_number(blob, has_budget ? 1 : 0);
  if (!has_budget) return;
  append_gauge(blob, row.rate_limit);
  append_gauge(blob, row.rate_limit_remaining);
  append_time(blob, row.rate_limit_reset);
}

bool read_tallies(std::string_view blob, Tallies& tallies) {
  if (blob.empty() || blob.front() != kForm) return false;
  Reader reader(blob.substr(1));
  while (!reader.at_end()) {
    const std::uint64_t key = reader.fixed();
    SavedRow tally = read_tally(reader);
    if (!reader.is_good()) return false;
    tallies.insert_or_assign(key, std::move(tally));
  }
  return true;
}

void apply_tally(const SavedRow& tally, SavedTarget& saved) {
  RowValues& values = saved.row.values;
  const std::uint64_t recorded = values.probes.get();
  if (tally.values.probes.get() <= recorded) return;
  raise(values.probes, tally.values.probes);
  raise(values.failures, tally.values.failures);
  raise(values.last_probe, tally.values.last_probe);
  raise(values.last_success, tally.values.last_success);
  raise(values.last_refusal, tally.values.last_refusal);
  raise(values.transport_errors, tally.values.transport_errors);
  raise(values.auth_failures, tally.values.auth_failures);
  raise(saved.row.responses, tally.responses);
  values.rate_limit = tally.values.rate_limit;
  values.rate_limit_remaining = tally.values.rate_limit_remaining;
  values.rate_limit_reset = tally.values.rate_limit_reset;
  prober::TargetMemory& memory = saved.memory;
  if (!memory.probed) return;
  constexpr std::uint64_t kRemembered = 16;  // probes, of RecentProbes
  for (std::uint64_t i = std::min(tally.values.probes.get() - recorded, kRemembered); i > 0; --i) {
    memory.recent.add(memory.recent.last_was_refused());
  }
  const std::int64_t success = values.last_success.get();
  if (memory.state.state != prober::State::ok || success == Timestamp::kUnknown) return;
  const WallTime last_good{std::chrono::milliseconds(success)};
  memory.state.last_good = std::max(memory.state.last_good.value_or(last_good), last_good);
}

}  // namespace authprobe::store
