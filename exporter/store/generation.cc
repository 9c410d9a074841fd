#include "exporter/store/generation.h"

#include <algorithm>
#include <string>
#include <utility>

#include "exporter/store/tally.h"
#include "exporter/store/target_json.h"

namespace authprobe::store {
namespace {

using std::chrono::steady_clock;

// With the tally of a healthy target of about 30 bytes, one page of SQLite's (4096 bytes) has a block. A tick of a
// large fleet then touches one page or two.
constexpr std::size_t kTargetsPerBlock = 100;

}  // namespace

void Generation::begin(StateFile& file) {
  const auto& targets = config_->targets;
  identities_ = identities_of(*config_);
  recorded_.assign(targets.size(), {});
  block_of_.clear();
  blocks_.assign(std::max<std::size_t>(1, targets.size() / kTargetsPerBlock), {});
  std::vector<std::string> names;
  for (const config::Target& target : targets) {
    const auto place = static_cast<std::size_t>(StateFile::place_of(target.name));
    block_of_.push_back(static_cast<std::uint32_t>(place * blocks_.size() / StateFile::kPlaces));
    blocks_[block_of_.back()].push_back(static_cast<std::uint32_t>(names.size()));
    names.push_back(target.name);
  }
  std::vector<std::string> credentials;
  for (const config::Credential& credential : config_->credentials) credentials.push_back(credential.name);
  std::vector<StateFile::Block> all;
  for (std::size_t i = 0; i < blocks_.size(); ++i) all.push_back(block(i));
  file.keep_only(names, credentials, all);
  has_begun_ = true;
}

void Generation::add(const std::vector<std::pair<std::size_t, prober::TargetMemory>>& targets,
                     StateFile::Records& records) {
  const auto now = steady_clock::now();
  std::vector<bool> touched(blocks_.size(), false);
  for (const auto& [target, memory] : targets) {
    const metrics::Row& row = rows_->row(target);
    const std::uint64_t hash = lasting_hash(memory, row);
    Recorded& recorded = recorded_[target];
    const bool is_known = recorded.at != steady_clock::time_point{};
    if (is_known && recorded.hash == hash && now - recorded.at < kRecordAge) {
      touched[block_of_[target]] = true;
      continue;
    }
    recorded = {hash, now};
    records.targets.push_back({config_->targets[target].name, identities_.targets[target], target_json(memory, row)});
  }
  for (std::size_t i = 0; i < touched.size(); ++i) {
    if (touched[i]) records.blocks.push_back(block(i));
  }
}

StateFile::Block Generation::block(std::size_t number) const {
  StateFile::Block block{static_cast<std::int64_t>(number), begin_tallies()};
  for (const std::uint32_t target : blocks_[number]) {
    const metrics::Row& row = rows_->row(target);
    if (row.probed()) append_tally(block.tallies, config_->targets[target].name, row);
  }
  return block;
}

}  // namespace authprobe::store
