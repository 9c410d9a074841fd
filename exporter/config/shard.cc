#include "exporter/config/shard.h"

#include <charconv>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "exporter/config/stable_hash.h"

namespace authprobe::config {
namespace {

constexpr std::uint64_t kSeed = 0x7368617264;  // independent of the hash that spreads the slots

std::optional<std::uint32_t> read_number(std::string_view digits) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

// The names of the credentials that these targets and inventories need.
std::unordered_set<std::string> needed_by(const std::vector<Target>& targets, const std::vector<Inventory>& inventories,
                                          const Config& config) {
  std::unordered_map<std::string_view, const Credential*> by_name;
  for (const Credential& credential : config.credentials) by_name.emplace(credential.name, &credential);
  std::unordered_set<std::string> needed;
  std::vector<std::string> open;
  for (const Target& target : targets) open.push_back(target.credential);
  for (const Inventory& inventory : inventories) open.push_back(inventory.credential);
  while (!open.empty()) {
    const std::string name = std::move(open.back());
    open.pop_back();
    const auto found = by_name.find(name);
    if (found == by_name.end() || !needed.insert(name).second) continue;
    open.push_back(found->second->next);
    open.push_back(found->second->expiry.introspection.credential);
  }
  return needed;
}

}  // namespace

std::optional<Shard> parse_shard(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  std::string_view name = text.substr(0, slash);
  const auto before_digits = name.find_last_not_of("0123456789");
  if (before_digits != std::string_view::npos) {
    if (before_digits == 0 || name[before_digits] != '-') return std::nullopt;
    name.remove_prefix(before_digits + 1);
  }
  const auto index = read_number(name);
  const auto count = read_number(text.substr(slash + 1));
  if (!index || !count || *index >= *count || *count > Shard::kMost) return std::nullopt;
  return Shard{*index, *count};
}

std::uint32_t shard_of(std::string_view name, std::uint32_t count) {
  std::uint64_t key = stable_hash(name, kSeed);
  std::int64_t bucket = -1;
  std::int64_t next = 0;
  while (next < count) {
    bucket = next;
    key = key * 2862933555777941757u + 1;
    next = static_cast<std::int64_t>(static_cast<double>(bucket + 1) * (static_cast<double>(std::int64_t{1} << 31) /
                                                                        static_cast<double>((key >> 33) + 1)));
  }
  return static_cast<std::uint32_t>(bucket);
}

void keep_shard(const Shard& shard, Config& config) {
  const auto mine = [&](const std::string& name) { return shard_of(name, shard.count) == shard.index; };
  const auto needed_somewhere = needed_by(config.targets, config.inventories, config);
  std::erase_if(config.targets, [&](const Target& target) { return !mine(target.name); });
  config.targets.shrink_to_fit();
  std::erase_if(config.inventories, [&](const Inventory& inventory) { return !mine(inventory.name); });
  const auto needed_here = needed_by(config.targets, config.inventories, config);
  std::erase_if(config.credentials, [&](const Credential& credential) {
    const std::string& name = credential.name;
    return needed_somewhere.contains(name) ? !needed_here.contains(name) : !mine(name);
  });
}

}  // namespace authprobe::config
