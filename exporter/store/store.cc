#include "exporter/store/store.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "exporter/store/credential_json.h"
#include "exporter/store/identity.h"
#include "exporter/store/tally.h"
#include "exporter/store/target_json.h"
#include "exporter/wire/signals_blocked.h"

namespace authprobe::store {
namespace {

using std::chrono::system_clock;

std::unordered_map<std::string_view, const StateFile::Record*> by_name(const std::vector<StateFile::Record>& records) {
  std::unordered_map<std::string_view, const StateFile::Record*> found;
  for (const StateFile::Record& record : records) found.emplace(record.name, &record);
  return found;
}

}  // namespace

Store::Store(const std::string& path) : file_(path) {}

Store::~Store() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = ended_ = true;
  }
  turn_.notify_all();
  if (writer_.joinable()) writer_.join();
}

Store::Loaded Store::load(const config::Config& config) {
  const StateFile::Records records = file_.read();
  const Identities identities = identities_of(config);
  const WallTime now = system_clock::now();
  Loaded loaded;
  loaded.memories.resize(config.targets.size());
  loaded.rows.resize(config.targets.size());
  const auto targets = by_name(records.targets);
  Tallies tallies;
  for (const StateFile::Block& block : records.blocks) {
    if (!read_tallies(block.tallies, tallies)) ++loaded.unreadable;
  }
  for (std::size_t i = 0; i < config.targets.size(); ++i) {
    const auto found = targets.find(config.targets[i].name);
    if (found == targets.end()) continue;
    auto saved = read_target_json(found->second->text, now);
    if (!saved) {
      ++loaded.unreadable;
      continue;
    }
    if (const auto tally = tallies.find(tally_key(config.targets[i].name)); tally != tallies.end()) {
      apply_tally(tally->second, *saved);
    }
    loaded.rows[i] = std::move(saved->row);
    if (found->second->identity == identities.targets[i] && saved->memory.probed) loaded.memories[i] = saved->memory;
  }
  const auto credentials = by_name(records.credentials);
  for (std::size_t i = 0; i < config.credentials.size(); ++i) {
    const auto found = credentials.find(config.credentials[i].name);
    if (found == credentials.end() || found->second->identity != identities.credentials[i]) continue;
    auto saved = read_credential_json(config.credentials[i].name, found->second->text, now);
    if (saved) loaded.credentials.push_back(std::move(*saved));
    if (!saved) ++loaded.unreadable;
  }
  return loaded;
}

void Store::start(Listener listener) {
  listener_ = std::move(listener);
  const wire::SignalsBlocked blocked;
  writer_ = std::thread([this] { run(); });
}

// The first configuration's records are in the file; those of a later one are written whether they have changed or not.
void Store::use(std::shared_ptr<const config::Config> config, std::shared_ptr<const metrics::FleetMetrics> rows) {
  const bool is_first = generation_ == nullptr;
  generation_ = std::make_shared<Generation>(std::move(config), std::move(rows));
  marked_.assign(generation_->config().targets.size(), false);
  changed_.clear();
  changed_.reserve(marked_.size());
  credentials_.reset();
  if (!is_first) mark_all();
}

void Store::mark_all() {
  for (std::size_t i = 0; i < marked_.size(); ++i) changed(i);
}

void Store::record(const std::vector<prober::CredentialStatus>& credentials) {
  credentials_ = credentials;
}

void Store::hand_over(const prober::Fleet& fleet) {
  if (changed_.empty() && !credentials_ && !failed_) return;
  if (busy_) {
    wanted_ = true;
    if (busy_) return;  // it has become free meanwhile, and has not seen that it is wanted
  }
  fill(fleet);
  give();
}

void Store::give() {
  {
    const std::lock_guard lock(mutex_);
    busy_ = true;
  }
  turn_.notify_one();
}

void Store::fill(const prober::Fleet& fleet) {
  if (failed_.exchange(false)) mark_all();
  batch_.generation = generation_;
  batch_.until = system_clock::now();
  batch_.targets.clear();
  for (const std::size_t target : changed_) {
    batch_.targets.emplace_back(target, fleet.target(target).memory());
    marked_[target] = false;
  }
  changed_.clear();
  batch_.credentials.clear();
  if (credentials_) batch_.credentials = std::move(*credentials_);
  credentials_.reset();
}

bool Store::close(const prober::Fleet& fleet) {
  if (!writer_.joinable() || !generation_) return true;
  const auto deadline = std::chrono::steady_clock::now() + kLongestClose;
  const auto writer_is_idle = [this, deadline] {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    turn_.notify_all();
    return idle_.wait_until(lock, deadline, [this] { return !busy_; });
  };
  if (!writer_is_idle()) return false;
  fill(fleet);
  give();
  return writer_is_idle();
}

void Store::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    turn_.wait(lock, [this] { return busy_ || ended_; });
    if (!busy_) return;
    lock.unlock();
    write_batch();
    pause(failed_ ? std::chrono::milliseconds(kPauseAfterFailure) : kPause);
    lock.lock();
    busy_ = false;
    idle_.notify_all();
    if (!wanted_.exchange(false)) continue;
    lock.unlock();
    listener_.free();
    lock.lock();
  }
}

void Store::pause(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  turn_.wait_for(lock, time, [this] { return stopping_; });
}

void Store::write_batch() {
  Generation& generation = *batch_.generation;
  try {
    if (!generation.has_begun()) {
      credential_texts_.clear();
      generation.begin(file_);
    }
    const StateFile::Records records = records_of(batch_);
    if (!records.empty()) file_.write(records);
    if (listener_.wrote) listener_.wrote(batch_.until);
  } catch (const StateFileError& error) {
    generation.begin_again();
    failed_ = true;
    if (listener_.failed) listener_.failed(error.what());
  }
}

StateFile::Records Store::records_of(const Batch& batch) {
  StateFile::Records records;
  Generation& generation = *batch.generation;
  generation.add(batch.targets, records);
  credential_texts_.resize(generation.config().credentials.size());
  for (std::size_t i = 0; i < std::min(batch.credentials.size(), credential_texts_.size()); ++i) {
    std::string text = credential_json(batch.credentials[i]);
    if (text == credential_texts_[i]) continue;
    credential_texts_[i] = text;
    records.credentials.push_back({batch.credentials[i].name, generation.identities().credentials[i], std::move(text)});
  }
  return records;
}

}  // namespace authprobe::store
