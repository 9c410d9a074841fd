#include "exporter/web/trouble.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>
#include <tuple>

#include "exporter/web/api.h"

namespace authprobe::web {
namespace {

using prober::State;

struct Host {
  std::set<std::string_view> credentials;  // of the targets that were asked
  std::size_t targets = 0;
  std::size_t asked = 0;
  std::size_t failing = 0;
  std::size_t unreachable = 0;

  // It accepts nobody: whatever is sent, or nothing gets there at all.
  bool is_dead() const { return failing > 0 && failing == asked && (unreachable == asked || credentials.size() > 1); }
};

using Hosts = std::map<std::string_view, Host>;

// A target in a maintenance window says nothing of its host, nor does one whose credential could not be sent.
Hosts hosts_of(const std::vector<TargetStatus>& targets) {
  Hosts hosts;
  for (const TargetStatus& target : targets) {
    Host& host = hosts[target.url().authority()];
    ++host.targets;
    if (target.maintenance || target.state == State::pending || target.state == State::credential_unavailable) continue;
    ++host.asked;
    host.credentials.insert(target.credential());
    if (is_failing(target)) ++host.failing;
    if (target.state == State::unreachable) ++host.unreachable;
  }
  return hosts;
}

// The cause of most targets; among equals the surest.
const TargetStatus* lead_of(const std::vector<const TargetStatus*>& failing) {
  std::map<std::tuple<bool, diagnosis::Cause>, std::size_t> votes;
  const auto ballot = [](const TargetStatus* target) {
    return std::tuple(target->cause.has_value(), target->cause.value_or(diagnosis::Cause::unknown));
  };
  for (const TargetStatus* target : failing) ++votes[ballot(target)];
  const auto rank = [&](const TargetStatus* target) {
    return std::tuple(target->cause.has_value(), votes[ballot(target)], -static_cast<int>(target->confidence));
  };
  const auto lead = std::ranges::max_element(failing, {}, rank);
  return lead == failing.end() ? nullptr : *lead;
}

int urgency(const Trouble& trouble) {
  const int of_kind = trouble.kind == Trouble::Kind::credential ? 0 : 1;
  return trouble.total ? of_kind : of_kind + 2;
}

void finish(Trouble& trouble) {
  std::ranges::stable_sort(trouble.failing, {}, [](const TargetStatus* target) { return target->since; });
  trouble.lead = lead_of(trouble.failing);
}

}  // namespace

const credential::Expiry* first_expiry(const prober::CredentialStatus& status) {
  const auto first = std::ranges::min_element(status.expiries, {}, &credential::Expiry::at);
  return first == status.expiries.end() ? nullptr : &*first;
}

std::optional<WallTime> first_end(const prober::CredentialStatus& status) {
  const credential::Expiry* const first = first_expiry(status);
  return first == nullptr ? std::nullopt : std::optional(first->at);
}

bool is_dead(const prober::CredentialStatus& status, WallTime now) {
  if (!status.available || status.active == false) return true;
  const auto end = first_end(status);
  return status.expiry_state == credential::ExpiryState::known && end && *end <= now;
}

std::vector<Trouble> troubles(const Snapshot& snapshot) {
  using Key = std::pair<Trouble::Kind, std::string_view>;
  const Hosts hosts = hosts_of(snapshot.targets);
  std::map<Key, Trouble> found;
  for (const TargetStatus& target : snapshot.targets) {
    if (!needs_attention(target)) continue;
    const Host& host = hosts.at(target.url().authority());
    const bool by_host =
        target.credential().empty() || (host.is_dead() && target.state != State::credential_unavailable);
    const Key key = by_host ? Key(Trouble::Kind::host, target.url().authority())
                            : Key(Trouble::Kind::credential, target.credential());
    Trouble& trouble = found[key];
    trouble.kind = key.first;
    trouble.name = key.second;
    trouble.failing.push_back(&target);
    if (by_host) {
      trouble.targets = host.targets;
      trouble.total = host.is_dead();
    }
  }
  for (const CredentialRow& row : snapshot.credentials) {
    const bool dead = is_dead(row.status, snapshot.taken);
    const auto at = found.find(Key(Trouble::Kind::credential, row.name));
    if (at == found.end() && !dead) continue;
    Trouble& trouble = found[Key(Trouble::Kind::credential, row.name)];
    trouble.name = row.name;
    trouble.credential = &row;
    for (const std::size_t count : row.status.targets) trouble.targets += count;
    trouble.total = dead || trouble.failing.size() == trouble.targets;
  }
  std::vector<Trouble> list;
  for (auto& [key, trouble] : found) {
    finish(trouble);
    list.push_back(std::move(trouble));
  }
  std::ranges::stable_sort(list, [](const Trouble& a, const Trouble& b) {
    return std::tuple(urgency(a), b.failing.size()) < std::tuple(urgency(b), a.failing.size());
  });
  return list;
}

}  // namespace authprobe::web
