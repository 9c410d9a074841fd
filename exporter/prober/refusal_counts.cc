#include "exporter/prober/refusal_counts.h"

namespace authprobe::prober {

void RefusalCounts::Group::change(Standing from, Standing to) {
  if (from == Standing::unknown) ++probed;
  if (from == Standing::refused) --refused;
  if (to == Standing::refused) ++refused;
}

RefusalCounts::RefusalCounts(const std::vector<config::Target>& targets, const std::vector<std::uint32_t>& host_of) {
  std::unordered_map<std::string, std::uint32_t> credentials;
  std::unordered_map<std::uint64_t, std::uint32_t> pairs;
  members_.resize(targets.size());
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (targets[i].credential.empty()) continue;
    Member& member = members_[i];
    member.host = host_of[i];
    member.credential = credentials.try_emplace(targets[i].credential, credentials.size()).first->second;
    const std::uint64_t pair = (std::uint64_t{member.credential} << 32) | member.host;
    member.pair = pairs.try_emplace(pair, pairs.size()).first->second;
    if (member.host >= hosts_.size()) hosts_.resize(member.host + 1);
  }
  credentials_.resize(credentials.size());
  pairs_.resize(pairs.size());
}

void RefusalCounts::update(std::size_t target, bool refused) {
  Member& member = members_[target];
  const Standing now = refused ? Standing::refused : Standing::fine;
  if (member.credential == kNone) return;
  if (!refused) note_let_in(target);
  count_fine(member, refused);
  if (member.standing == now) return;
  const auto standing_of = [](const Group& pair) {
    if (pair.probed == 0) return Standing::unknown;
    return pair.all_refused() ? Standing::refused : Standing::fine;
  };
  Group& pair = pairs_[member.pair];
  const Standing pair_before = standing_of(pair);
  credentials_[member.credential].change(member.standing, now);
  pair.change(member.standing, now);
  const Standing pair_now = standing_of(pair);
  if (pair_now != pair_before) hosts_[member.host].change(pair_before, pair_now);
  member.standing = now;
}

void RefusalCounts::note_let_in(std::size_t target) {
  const Member& member = members_[target];
  if (member.credential != kNone) hosts_[member.host].let_in = true;
}

// What a target was before the first of its siblings was refused says nothing of the credential as it is now.
void RefusalCounts::count_fine(Member& member, bool refused) {
  Group& group = credentials_[member.credential];
  if (group.refused == 0 && refused) {
    ++group.round;
    group.fine = 0;
  }
  const bool is_counted = member.fine_in == group.round;
  const bool counts = !refused && group.refused > 0;
  if (counts && !is_counted) ++group.fine;
  if (refused && is_counted) --group.fine;
  member.fine_in = counts ? group.round : refused ? 0 : member.fine_in;
}

diagnosis::FleetContext RefusalCounts::context_of(std::size_t target) const {
  diagnosis::FleetContext result;
  const Member& member = members_[target];
  if (member.credential == kNone) return result;
  result.credential_targets = credentials_[member.credential].probed;
  result.credential_refused = credentials_[member.credential].refused;
  result.credential_fine = credentials_[member.credential].fine;
  result.host_credentials = hosts_[member.host].probed;
  result.host_credentials_refused = hosts_[member.host].refused;
  result.host_let_in = hosts_[member.host].let_in;
  return result;
}

}  // namespace authprobe::prober
