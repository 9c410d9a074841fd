#include "exporter/prober/upkeep.h"

#include <chrono>
#include <cstring>
#include <optional>
#include <utility>

#include "exporter/prober/token_fetch.h"
#include "exporter/wire/secret.h"

namespace authprobe::prober {
namespace {

// Fetches of a large fleet's start go out in turns.
constexpr std::size_t kMostUnderWay = 64;

CredentialStatus status_of(const CredentialEntry& entry) {
  CredentialStatus status;
  const credential::Credential& credential = *entry.credential;
  status.name = credential.name();
  status.problem = credential.problem();
  status.available = status.problem.empty();
  status.rotations = credential.rotations();
  const credential::Knowledge& knowledge = credential.knowledge();
  const credential::Lifespan& span = knowledge.lifespan();
  status.expirations = span.ends;
  status.expiry_state = span.state;
  status.lifetime = span.lifetime;
  status.warn_before = span.warn_before;
  status.critical_before = span.critical_before;
  status.active = knowledge.active();
  status.granted_scopes = knowledge.granted_scopes();
  status.missing_scopes = knowledge.missing_scopes();
  status.excess_scopes = knowledge.excess_scopes();
  status.loaded_at = credential.loaded_at();
  status.fingerprint = credential.fingerprint();
  if (entry.guard) status.lockout_backoff_seconds = std::chrono::duration<double>(entry.guard->rest()).count();
  for (const CredentialEntry::Task& task : entry.tasks) task.chore->report(status);
  return status;
}

}  // namespace

CredentialEntry Upkeep::entry_for(const config::Credential& credential, const config::Config&) {
  CredentialEntry entry;
  entry.credential = std::make_shared<credential::Credential>(credential);
  entry.credential->refresh(std::chrono::steady_clock::now());
  if (entry.credential->fetches_token()) entry.tasks.push_back({std::make_unique<TokenFetch>(entry.credential)});
  if (!credential.expiry.lookup.url.empty()) {
    entry.tasks.push_back({std::make_unique<Lookup>(Lookup::Question::expiry, entry.credential)});
  }
  if (!credential.expiry.introspection.url.empty()) {
    entry.tasks.push_back({std::make_unique<Lookup>(Lookup::Question::introspection, entry.credential,
                                                    introspector(credential.expiry.introspection.credential))});
  }
  if (entry.credential->password_like()) entry.guard = std::make_shared<LockoutGuard>();
  if (!credential.next.empty()) {
    auto trial = std::make_unique<NextTrial>();
    entry.next_trial = trial.get();
    entry.tasks.push_back({std::move(trial)});
  }
  return entry;
}

// A signature that is sent in the query (api_key with `query`) ends when the URL beside it says: the earliest counts.
void Upkeep::read_signed_urls(const config::Config& config) {
  std::unordered_map<std::string_view, credential::SignedTimes> earliest;
  for (const config::Target& target : config.targets) {
    const auto entry = index_.find(target.credential);
    if (entry == index_.end() || entries_[entry->second].credential->config().query.empty()) continue;
    const std::string& parameter = entries_[entry->second].credential->config().query;
    const auto times = credential::read_signed_url(target.url.text() + '&' + parameter + "=x");
    if (!times) continue;
    auto& known = earliest.try_emplace(target.credential, *times).first->second;
    if (times->expires_at < known.expires_at) known = *times;
  }
  for (CredentialEntry& entry : entries_) {
    const auto found = earliest.find(entry.credential->name());
    entry.credential->knowledge().set_url_times(found == earliest.end() ? std::nullopt : std::optional(found->second));
  }
}

Lookup::Introspector Upkeep::introspector(const std::string& name) const {
  if (name.empty()) return {};
  return [this, name] {
    auto client = find(name);
    if (client) client->refresh(std::chrono::steady_clock::now());
    return client;
  };
}

void Upkeep::load(const config::Config& config) {
  std::vector<CredentialEntry> entries;
  std::unordered_map<std::string, std::size_t> index;
  for (const config::Credential& credential : config.credentials) {
    const auto old = index_.find(credential.name);
    const bool same = old != index_.end() && entries_[old->second].credential->config() == credential;
    index.emplace(credential.name, entries.size());
    entries.push_back(same ? std::move(entries_[old->second]) : entry_for(credential, config));
  }
  entries_ = std::move(entries);
  index_ = std::move(index);
  owner_.clear();
  for (const CredentialEntry& entry : entries_) {
    for (const CredentialEntry::Task& task : entry.tasks) {
      if (task.under_way != 0) owner_.emplace(task.under_way, entry.credential->name());
    }
  }
  for (CredentialEntry& entry : entries_) use_next(entry, config);
  read_signed_urls(config);
  next_look_ = Instant{0};
}

// A credential without targets has nothing to try the next one on.
void Upkeep::use_next(CredentialEntry& entry, const config::Config& config) {
  if (entry.next_trial == nullptr) return;
  const auto next = find(entry.credential->config().next);
  const auto target = std::find_if(config.targets.begin(), config.targets.end(), [&](const config::Target& candidate) {
    return candidate.credential == entry.credential->name();
  });
  if (next && target != config.targets.end()) entry.next_trial->use(*target, next);
}

std::shared_ptr<LockoutGuard> Upkeep::guard_of(const std::string& name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? nullptr : entries_[found->second].guard;
}

std::shared_ptr<credential::Credential> Upkeep::find(const std::string& name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? nullptr : entries_[found->second].credential;
}

std::optional<diagnosis::ControlAnswer> Upkeep::next_answer(const std::string& name) const {
  const auto found = index_.find(name);
  if (found == index_.end() || entries_[found->second].next_trial == nullptr) return std::nullopt;
  return entries_[found->second].next_trial->answer();
}

void Upkeep::start_due(http::TransferSet& transfers, Instant now) {
  if (now < next_look_) return;
  last_look_ = now;
  next_look_ = Instant::max();
  for (CredentialEntry& entry : entries_) {
    for (CredentialEntry::Task& task : entry.tasks) {
      if (task.under_way != 0) continue;
      const Instant due = std::max(task.chore->due(), now + Schedule::kTick);
      if (task.chore->due() > now || owner_.size() >= kMostUnderWay) {
        next_look_ = std::min(next_look_, due);
        continue;
      }
      entry.credential->refresh(std::chrono::steady_clock::now());
      if (std::optional<http::Request> request = task.chore->begin(now)) {
        task.under_way = ++last_id_ | kIdBit;
        owner_.emplace(task.under_way, entry.credential->name());
        transfers.start(task.under_way, std::move(*request));
      } else {
        next_look_ = std::min(next_look_, std::max(task.chore->due(), now + Schedule::kTick));
      }
    }
  }
}

void Upkeep::take(http::Finished& finished, Instant now) {
  const auto owner = owner_.extract(finished.id);
  if (owner.empty()) return;  // its credential is gone or another one
  for (CredentialEntry::Task& task : entries_[index_.at(owner.mapped())].tasks) {
    if (task.under_way != finished.id) continue;
    task.under_way = 0;
    task.chore->take(finished.response, now);
  }
  wire::wipe(finished.response.body);
  look_again();
}

std::vector<CredentialStatus> Upkeep::statuses() const {
  std::vector<CredentialStatus> statuses;
  statuses.reserve(entries_.size());
  for (const CredentialEntry& entry : entries_) statuses.push_back(status_of(entry));
  return statuses;
}

}  // namespace authprobe::prober
