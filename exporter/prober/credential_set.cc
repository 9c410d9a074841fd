#include "exporter/prober/credential_set.h"

#include <chrono>
#include <cstring>
#include <optional>
#include <set>
#include <utility>

#include "exporter/config/hosts.h"
#include "exporter/prober/token_fetch.h"
#include "exporter/wire/secret.h"

namespace authprobe::prober {
namespace {

// Fetches of a large fleet's start go out in turns.
constexpr std::size_t kMostInProgress = 64;

CredentialStatus status_of(const ActiveCredential& entry) {
  CredentialStatus status;
  const credential::Credential& credential = *entry.credential;
  status.name = credential.name();
  status.problem = credential.problem();
  status.available = status.problem.empty();
  status.rotations = credential.rotations();
  const credential::CredentialMetadata& metadata = credential.metadata();
  const credential::Validity& span = metadata.validity();
  status.expiries = span.ends;
  status.claims = metadata.claims();
  status.expiry_state = span.state;
  status.lifetime = span.lifetime;
  status.warn_before = span.warn_before;
  status.critical_before = span.critical_before;
  status.active = metadata.active();
  status.granted_scopes = metadata.granted_scopes();
  status.missing_scopes = metadata.missing_scopes();
  status.excess_scopes = metadata.excess_scopes();
  status.lost_scopes = metadata.lost_scopes();
  status.scope_changes = metadata.scope_changes();
  status.loaded_at = credential.loaded_at();
  status.fingerprint = credential.fingerprint();
  status.changed_at = credential.changed_at();
  status.observed = metadata.observed();
  status.listed = entry.listed;
  if (entry.guard) status.lockout = entry.guard->memory();
  if (entry.guard) status.lockout_backoff_seconds = std::chrono::duration<double>(entry.guard->rest()).count();
  for (const ActiveCredential::Task& task : entry.tasks) task.task->fill_status(status);
  return status;
}

}  // namespace

ActiveCredential CredentialSet::entry_for(const config::Credential& credential) {
  ActiveCredential entry;
  entry.credential = std::make_shared<credential::Credential>(credential);
  entry.credential->refresh(std::chrono::steady_clock::now());
  entry.looked_for.first = entry.credential->revision();
  entry.fetches_token = entry.credential->fetches_token();
  if (entry.fetches_token) entry.tasks.push_back({std::make_unique<TokenFetch>(entry.credential, rules_)});
  if (!credential.expiry.lookup.url.empty()) {
    entry.tasks.push_back({std::make_unique<ExpiryQuery>(ExpiryQuery::Endpoint::expiry, entry.credential)});
  }
  if (!credential.expiry.introspection.url.empty()) {
    entry.tasks.push_back(
        {std::make_unique<ExpiryQuery>(ExpiryQuery::Endpoint::introspection, entry.credential,
                                       client_credential(credential.expiry.introspection.credential))});
  }
  if (entry.credential->sends_bearer_token() || !credential.auth_health_url.empty()) {
    auto control = std::make_unique<IssuerControl>(entry.credential);
    entry.issuer = control.get();
    entry.tasks.push_back({std::move(control)});
  }
  if (entry.credential->password_like()) entry.guard = std::make_shared<LockoutGuard>();
  if (!credential.next.empty()) {
    auto probe = std::make_unique<NextCredentialProbe>();
    entry.next_probe = probe.get();
    entry.tasks.push_back({std::move(probe)});
  }
  if (credential.retire) {
    auto probe = std::make_unique<RetiredProbe>(entry.credential);
    entry.retired_probe = probe.get();
    entry.tasks.push_back({std::move(probe)});
  }
  return entry;
}

// A signature that is sent in the query (api_key with `query`) ends when the URL beside it says: the earliest counts.
void CredentialSet::read_signed_urls(const config::Config& config) {
  std::unordered_map<std::string_view, credential::SignedTimes> earliest;
  for (const config::Target& target : config.targets) {
    const auto entry = index_.find(target.credential);
    if (entry == index_.end()) continue;
    const auto* key = std::get_if<config::ApiKey>(&entries_[entry->second].credential->config().kind);
    if (key == nullptr || key->query.empty()) continue;
    const auto times = credential::read_signed_url(target.url.text() + '&' + key->query + "=x");
    if (!times) continue;
    auto& known = earliest.try_emplace(target.credential, *times).first->second;
    if (times->expires_at < known.expires_at) known = *times;
  }
  for (ActiveCredential& entry : entries_) {
    const auto found = earliest.find(entry.credential->name());
    entry.credential->metadata().set_url_times(found == earliest.end() ? std::nullopt : std::optional(found->second));
  }
}

ExpiryQuery::ClientCredential CredentialSet::client_credential(const std::string& name) const {
  if (name.empty()) return {};
  return [this, name] {
    auto client = find(name);
    if (client) client->refresh(std::chrono::steady_clock::now());
    return client;
  };
}

void CredentialSet::load(const config::Config& config, std::shared_ptr<const diagnosis::Ruleset> rules,
                         NextProbes next) {
  rules_ = std::move(rules);
  std::vector<ActiveCredential> entries;
  std::unordered_map<std::string, std::size_t> index;
  for (const config::Credential& credential : config.credentials) {
    const auto old = index_.find(credential.name);
    const bool same = old != index_.end() && entries_[old->second].credential->config() == credential;
    index.emplace(credential.name, entries.size());
    entries.push_back(same ? std::move(entries_[old->second]) : entry_for(credential));
  }
  entries_ = std::move(entries);
  index_ = std::move(index);
  for (ActiveCredential& entry : entries_) use_inventories(entry, config);
  owner_.clear();
  for (const ActiveCredential& entry : entries_) {
    for (const ActiveCredential::Task& task : entry.tasks) {
      task.task->set_rules(rules_);
      if (task.number != 0) owner_.emplace(task.number, entry.credential->name());
    }
  }
  if (next == NextProbes::sent) {
    for (ActiveCredential& entry : entries_) {
      use_next(entry, config);
      use_retired(entry, config);
    }
  }
  forget_lists(config);
  tell_hosts(config);
  read_signed_urls(config);
  next_look_ = SlotTime{};
}

// Where each is sent: its targets' hosts, and those of the credential that it is to follow.
void CredentialSet::tell_hosts(const config::Config& config) {
  std::unordered_map<std::string_view, std::set<std::string>> hosts;
  const auto add = [&](const std::string& name, const wire::Url& url) {
    const auto found = index_.find(name);
    if (found == index_.end() || url.empty()) return;
    if (config::is_home(entries_[found->second].credential->config(), url)) hosts[name].emplace(url.host());
  };
  for (const config::Target& target : config.targets) {
    add(target.credential, target.url);
    if (const auto own = find(target.credential)) add(own->config().next, target.url);
  }
  for (ActiveCredential& entry : entries_) {
    const std::set<std::string>& own = hosts[entry.credential->name()];
    entry.credential->set_hosts({own.begin(), own.end()});
  }
}

// A credential without targets has nothing to try the next one on.
void CredentialSet::use_next(ActiveCredential& entry, const config::Config& config) {
  if (entry.next_probe == nullptr) return;
  const auto next = find(entry.credential->config().next);
  const auto target = std::find_if(config.targets.begin(), config.targets.end(), [&](const config::Target& candidate) {
    return candidate.credential == entry.credential->name();
  });
  if (next && target != config.targets.end()) entry.next_probe->use(*target, next, rules_);
}

// A target that expects a refusal tells nothing.
void CredentialSet::use_retired(ActiveCredential& entry, const config::Config& config) {
  if (entry.retired_probe == nullptr) return;
  const auto target = std::find_if(config.targets.begin(), config.targets.end(), [&](const config::Target& candidate) {
    return candidate.credential == entry.credential->name() && !Checks(candidate.expect).expects_refusal();
  });
  if (target != config.targets.end()) entry.retired_probe->use(*target, rules_);
}

std::shared_ptr<LockoutGuard> CredentialSet::guard_of(const std::string& name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? nullptr : entries_[found->second].guard;
}

std::shared_ptr<credential::Credential> CredentialSet::find(const std::string& name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? nullptr : entries_[found->second].credential;
}

NextCredentialProbe* CredentialSet::next_probe_of(const std::string& name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? nullptr : entries_[found->second].next_probe;
}

const CredentialStatus::Next* CredentialSet::next_answer(const std::string& name) const {
  const NextCredentialProbe* probe = next_probe_of(name);
  return probe == nullptr ? nullptr : probe->answer();
}

void CredentialSet::hurry_next(const std::string& name, SlotTime now) {
  NextCredentialProbe* probe = next_probe_of(name);
  if (probe == nullptr) return;
  probe->hurry(now);
  look_again();
}

IssuerControl* CredentialSet::issuer_of(const std::string& name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? nullptr : entries_[found->second].issuer;
}

void CredentialSet::ask_issuer(const std::string& name) {
  IssuerControl* issuer = issuer_of(name);
  if (issuer == nullptr) return;
  issuer->request();
  if (issuer->pending()) look_again();
}

void CredentialSet::forget_issuer(const std::string& name) {
  if (IssuerControl* issuer = issuer_of(name)) issuer->reset();
}

bool CredentialSet::asks_issuer(const std::string& name) const {
  const IssuerControl* issuer = issuer_of(name);
  return issuer != nullptr && issuer->pending();
}

std::shared_ptr<const diagnosis::TokenReport> CredentialSet::token_report(const std::string& name) const {
  const IssuerControl* issuer = issuer_of(name);
  return issuer == nullptr ? nullptr : issuer->report();
}

bool CredentialSet::fetches_now(const std::string& name, SlotTime now) const {
  const auto found = index_.find(name);
  if (found == index_.end() || !entries_[found->second].fetches_token) return false;
  const ActiveCredential::Task& fetch = entries_[found->second].tasks.front();
  return fetch.number != 0 || fetch.task->due() <= now;
}

std::vector<CredentialSet::TaskRequest> CredentialSet::start_due(SlotTime now) {
  std::vector<TaskRequest> requests = std::exchange(next_pages_, {});
  if (now < next_look_) return requests;
  last_look_ = now;
  next_look_ = SlotTime::max();
  for (ActiveCredential& entry : entries_) {
    for (ActiveCredential::Task& task : entry.tasks) start_if_due(entry, task, now, requests);
  }
  return requests;
}

// The request that the task sends now, numbered.
std::optional<http::Request> CredentialSet::request_of(ActiveCredential& entry, ActiveCredential::Task& task,
                                                       SlotTime now) {
  entry.credential->refresh(std::chrono::steady_clock::now());
  std::optional<http::Request> request = task.task->next_request(now);
  if (!request) return std::nullopt;
  task.number = ++last_number_;
  owner_.emplace(task.number, entry.credential->name());
  return request;
}

void CredentialSet::start_if_due(ActiveCredential& entry, ActiveCredential::Task& task, SlotTime now,
                                 std::vector<TaskRequest>& requests) {
  if (task.number != 0) return;
  if (task.task->due() <= now && has_room_for(task)) {
    if (auto request = request_of(entry, task, now)) {
      requests.push_back({task.number, std::move(*request)});
      return;
    }
  }
  next_look_ = std::min(next_look_, std::max(task.task->due(), now + Schedule::kTick));
}

// Lists leave room for fetches of tokens, which targets wait for.
bool CredentialSet::has_room_for(const ActiveCredential::Task& task) const {
  const bool is_helper = task.list != nullptr && task.list != task.task.get();
  return owner_.size() < (is_helper ? kMostInProgress / 2 : kMostInProgress);
}

// The next requests of a list, or what it tells of credentials.
void CredentialSet::go_on(ActiveCredential& entry, InventoryTask& inventory, SlotTime now) {
  if (inventory.take_new_list()) return lend_ends(inventory, SlotClock::to_wall(now));
  for (ActiveCredential::Task& task : entry.tasks) {
    if (task.list != &inventory || task.number != 0 || task.task->due() > now || !has_room_for(task)) continue;
    if (auto request = request_of(entry, task, now)) next_pages_.push_back({task.number, std::move(*request)});
  }
}

std::optional<std::string> CredentialSet::finish(std::uint64_t number, http::Response& response, SlotTime now) {
  const auto owner = owner_.extract(number);
  if (owner.empty()) return std::nullopt;  // its credential is gone or another one
  ActiveCredential& entry = entries_[index_.at(owner.mapped())];
  bool tells = false;
  for (ActiveCredential::Task& task : entry.tasks) {
    if (task.number != number) continue;
    task.number = 0;
    task.task->on_response(response, now);
    if (task.list != nullptr) go_on(entry, *task.list, now);
    tells = (task.task.get() == entry.issuer && !entry.issuer->pending()) || task.task.get() == entry.next_probe;
  }
  look_in_lists(entry, SlotClock::to_wall(now));
  wire::wipe(response.body);
  look_again();
  return tells ? std::optional(std::move(owner.mapped())) : std::nullopt;
}

void CredentialSet::restore(const CredentialStatus& saved) {
  const auto found = index_.find(saved.name);
  if (found == index_.end()) return;
  ActiveCredential& entry = entries_[found->second];
  credential::Credential& credential = *entry.credential;
  for (ActiveCredential::Task& task : entry.tasks) task.task->restore(saved);
  const bool same_file = credential.problem().empty() && credential.changed_at() == saved.changed_at;
  const bool in_file = credential.changed_at().has_value();
  credential.metadata().restore_scope_changes(saved.scope_changes);
  credential.restore(saved.rotations, in_file && same_file ? saved.loaded_at : std::nullopt);
  if (in_file && same_file) {
    for (const credential::ExpiryClaim& claim : saved.observed) credential.metadata().add_expiry(claim);
  }
  // A value that is in no file cannot be told from another one. It rests too: that it waits for its turn harms less
  // than a locked account.
  if (entry.guard && saved.lockout && same_file) entry.guard->restore(credential.revision(), *saved.lockout);
}

std::vector<CredentialStatus> CredentialSet::statuses() const {
  std::vector<CredentialStatus> statuses;
  statuses.reserve(entries_.size());
  for (const ActiveCredential& entry : entries_) statuses.push_back(status_of(entry));
  return statuses;
}

}  // namespace authprobe::prober
