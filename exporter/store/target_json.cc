#include "exporter/store/target_json.h"

#include <array>
#include <charconv>

#include "exporter/config/stable_hash.h"
#include "exporter/store/json_words.h"

namespace authprobe::store {
namespace {

using metrics::Row;
using prober::State;
using prober::StatusClass;

// A server may ask to be left alone for longer, but a file may not.
constexpr std::chrono::hours kLongestWait{1};

struct TimeMember {
  const char* key;
  metrics::Timestamp metrics::RowValues::*member;
};
constexpr TimeMember kTimes[] = {
    {"last_probe", &metrics::RowValues::last_probe},
    {"last_success", &metrics::RowValues::last_success},
    {"last_transition", &metrics::RowValues::last_transition},
    {"last_refusal", &metrics::RowValues::last_refusal},
    {"certificate_expiry", &metrics::RowValues::certificate_expiry},
    {"rate_limit_reset", &metrics::RowValues::rate_limit_reset},
};

template <typename Enum, std::size_t kCount>
Json counts_json(const std::array<metrics::SmallCounter, kCount>& counts) {
  Json json = Json::object();
  for (std::size_t i = 0; i < kCount; ++i) {
    if (counts[i].get() != 0) json[std::string(to_string(static_cast<Enum>(i)))] = counts[i].get();
  }
  return json;
}

template <typename Enum, std::size_t kCount>
void read_counts(const Json& record, const char* key, std::array<metrics::SmallCounter, kCount>& counts) {
  const auto found = record.find(key);
  if (found == record.end() || !found->is_object()) return;
  for (const auto& [word, count] : found->items()) {
    if (const auto value = from_word<Enum, kCount>(word)) {
      counts[static_cast<std::size_t>(*value)].set(count_of(count).value_or(0));
    }
  }
}

std::string transition_word(std::size_t key) {
  const auto from = static_cast<StatusClass>(key / prober::kStatusClassCount);
  const auto to = static_cast<StatusClass>(key % prober::kStatusClassCount);
  return std::string(to_string(from)).append(">").append(to_string(to));
}

template <typename Word>
Json list_json(const metrics::CounterList& list, Word word) {
  Json json = Json::object();
  for (const auto* node = list.first(); node != nullptr; node = metrics::CounterList::next(node)) {
    if (node->count.get() != 0) json[word(node->key)] = node->count.get();
  }
  return json;
}

void read_responses(const Json& record, metrics::SavedRow::Counts& counts) {
  const auto found = record.find("responses");
  if (found == record.end() || !found->is_object()) return;
  for (const auto& [word, count] : found->items()) {
    std::uint16_t code = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), code);
    const bool is_code = error == std::errc{} && end == word.data() + word.size() && 100 <= code && code <= 599;
    if (!is_code && word != "invalid") continue;
    counts.emplace_back(is_code ? code : Row::kInvalidCode, count_of(count).value_or(0));
  }
}

void read_transitions(const Json& record, metrics::SavedRow::Counts& counts) {
  const auto found = record.find("transitions");
  if (found == record.end() || !found->is_object()) return;
  for (std::uint16_t key = 0; key < prober::kStatusClassCount * prober::kStatusClassCount; ++key) {
    const auto count = found->find(transition_word(key));
    if (count != found->end()) counts.emplace_back(key, count_of(*count).value_or(0));
  }
}

void put_row(Json& record, const Row& row) {
  put(record, "probes", row.probes.get());
  put(record, "failures", row.failures.get());
  record["responses"] = list_json(row.responses, [](std::uint16_t code) {
    return code == Row::kInvalidCode ? std::string("invalid") : std::to_string(code);
  });
  record["transitions"] = list_json(row.transitions, [](std::uint16_t key) { return transition_word(key); });
  record["transport_errors"] = counts_json<http::TransportError>(row.transport_errors);
  record["auth_failures"] = counts_json<diagnosis::Cause>(row.auth_failures);
  for (const auto& [key, member] : kTimes) {
    if (const auto millis = (row.*member).get(); millis != metrics::Timestamp::kUnknown) record[key] = millis;
  }
  put(record, "status", row.status.get());
  if (row.backoff.get() > 0) record["backoff_seconds"] = row.backoff.get();
  if (!std::isnan(row.rate_limit.get())) record["rate_limit"] = row.rate_limit.get();
  if (!std::isnan(row.rate_limit_remaining.get())) record["rate_limit_remaining"] = row.rate_limit_remaining.get();
  Json& phases = record["phases"] = Json::array();
  for (const auto& phase : row.phases) phases.push_back(phase.get());
}

void read_row(const Json& record, metrics::SavedRow& row) {
  metrics::RowValues& values = row.values;
  values.probes.set(count_at(record, "probes"));
  values.failures.set(count_at(record, "failures"));
  read_responses(record, row.responses);
  read_transitions(record, row.transitions);
  read_counts<http::TransportError>(record, "transport_errors", values.transport_errors);
  read_counts<diagnosis::Cause>(record, "auth_failures", values.auth_failures);
  for (const auto& [key, member] : kTimes) {
    if (const auto millis = millis_at(record, key)) (values.*member).set(*millis);
  }
  const std::uint64_t status = count_at(record, "status");
  values.status.set(status <= 999 ? static_cast<std::uint16_t>(status) : 0);
  values.backoff.set(number_at(record, "backoff_seconds").value_or(0));
  values.rate_limit.set_or_clear(number_at(record, "rate_limit"));
  values.rate_limit_remaining.set_or_clear(number_at(record, "rate_limit_remaining"));
  const auto phases = record.find("phases");
  if (phases == record.end() || !phases->is_array() || phases->size() != values.phases.size()) return;
  for (std::size_t i = 0; i < values.phases.size(); ++i) {
    if ((*phases)[i].is_number()) values.phases[i].set((*phases)[i].get<double>());
  }
}

void put_memory(Json& record, const prober::TargetMemory& memory) {
  const prober::TargetState& state = memory.state;
  record["state"] = to_string(state.state);
  record["credential_state"] = to_string(memory.credential_state);
  put(record, "since", std::optional(state.since));
  if (state.status_class) record["status_class"] = to_string(*state.status_class);
  put(record, "last_good", state.last_good);
  if (state.episode) {
    Json& episode = record["episode"] = Json::object();
    put(episode, "since", std::optional(state.episode->since));
    episode["cause"] = to_string(state.episode->cause);
    episode["confidence"] = to_string(state.episode->confidence);
  }
  record["recent"] = {memory.recent.bits(), memory.recent.probes()};
  put(record, "rate_limited_in_a_row", static_cast<std::uint64_t>(memory.rate_limited_in_a_row));
  if (memory.not_before != prober::SlotTime{}) {
    put(record, "not_before", std::optional(prober::SlotClock::to_wall(memory.not_before)));
  }
  if (memory.open_to_all) record["open_to_all"] = true;
}

std::optional<prober::Episode> read_episode(const Json& record) {
  using diagnosis::Cause;
  using diagnosis::Confidence;
  const auto found = record.find("episode");
  if (found == record.end() || !found->is_object()) return std::nullopt;
  const auto since = time_at(*found, "since");
  const auto cause = word_at<Cause, diagnosis::kCauseCount>(*found, "cause");
  const auto confidence = word_at<Confidence, diagnosis::kConfidenceCount>(*found, "confidence");
  if (!since) return std::nullopt;
  return prober::Episode{*since, cause.value_or(Cause::unknown), confidence.value_or(Confidence::guess)};
}

void read_memory(const Json& record, prober::TargetMemory& memory, WallTime now) {
  prober::TargetState& state = memory.state;
  state.status_class = word_at<StatusClass, prober::kStatusClassCount>(record, "status_class");
  state.last_good = time_at(record, "last_good");
  state.since = time_at(record, "since").value_or(now);
  state.episode = read_episode(record);
  memory.credential_state = word_at<State, prober::kStateCount>(record, "credential_state").value_or(state.state);
  if (memory.credential_state == State::pending) memory.credential_state = state.state;
  const auto recent = record.find("recent");
  if (recent != record.end() && recent->is_array() && recent->size() == 2) {
    const std::uint64_t probes = count_of((*recent)[1]).value_or(0);
    memory.recent = {static_cast<std::uint16_t>(count_of((*recent)[0]).value_or(0)),
                     static_cast<int>(std::min<std::uint64_t>(probes, 16))};
  }
  memory.rate_limited_in_a_row =
      static_cast<int>(std::min<std::uint64_t>(count_at(record, "rate_limited_in_a_row"), 1000));
  if (const auto wait = time_at(record, "not_before")) {
    memory.not_before = prober::SlotClock::from(std::min(*wait, now + kLongestWait));
  }
  memory.open_to_all = flag_at(record, "open_to_all");
}

}  // namespace

std::string target_json(const prober::TargetMemory& memory, const Row& row) {
  Json record = Json::object();
  if (memory.probed) put_memory(record, memory);
  put_row(record, row);
  return record_text(record);
}

std::uint64_t lasting_hash(const prober::TargetMemory& memory, const Row& row) {
  Json lasting = Json::object();
  if (memory.probed) put_memory(lasting, memory);
  lasting.erase("last_good");  // a tally has both
  lasting.erase("recent");
  put(lasting, "status", row.status.get());
  if (row.backoff.get() > 0) lasting["backoff_seconds"] = row.backoff.get();
  lasting["certificate_expiry"] = row.certificate_expiry.get();
  return config::stable_hash(record_text(lasting));
}

std::optional<SavedTarget> read_target_json(std::string_view text, WallTime now) {
  const Json record = read_record(text);
  if (record.is_null()) return std::nullopt;
  SavedTarget saved;
  read_row(record, saved.row);
  const auto state = word_at<State, prober::kStateCount>(record, "state");
  saved.memory.probed = state && *state != State::pending;
  if (!saved.memory.probed) return saved;
  saved.memory.state.state = *state;
  read_memory(record, saved.memory, now);
  saved.row.values.state.set(*state);
  if (const auto& episode = saved.memory.state.episode) {
    saved.row.values.episode.set(metrics::RowValues::episode_of(episode->cause, episode->confidence));
  }
  return saved;
}

}  // namespace authprobe::store
