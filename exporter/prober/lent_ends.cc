// What inventories tell of the credentials themselves.
#include <algorithm>
#include <utility>

#include "exporter/prober/credential_set.h"

namespace authprobe::prober {
namespace {

inventory::Identity identity_of(const credential::Credential& credential) {
  const config::CredentialKind& kind = credential.config().kind;
  const config::SecretsInUse secrets = credential.secrets();
  inventory::Identity identity{credential.config(), credential.metadata().issuer_id(), {}, {}, {}};
  if (const auto* aws = std::get_if<config::AwsSigv4>(&kind)) identity.key_id = secrets.value_of(aws->access_key_id);
  if (const auto* jwt = std::get_if<config::SignedJwt>(&kind)) identity.key_id = jwt->key_id;
  if (const auto* login = std::get_if<config::Login>(&kind); login && login->jwt) identity.key_id = login->jwt->key_id;
  if (const auto* oauth2 = std::get_if<config::Oauth2>(&kind)) {
    identity.key_id = oauth2->key_id;
    identity.client_id = secrets.value_of(oauth2->client_id);
    identity.secret = secrets.value_of(oauth2->client_secret);
  }
  return identity;
}

}  // namespace

// What a list that is no longer read has said does not count.
void CredentialSet::forget_lists(const config::Config& config) {
  for (ActiveCredential& entry : entries_) {
    if (!entry.listed) continue;
    const auto is_of = [&](const config::Inventory& inventory) { return inventory.name == entry.listed->inventory; };
    if (std::ranges::any_of(config.inventories, is_of)) continue;
    entry.listed.reset();
    entry.credential->metadata().set_listed(std::nullopt);
  }
}

// The lists that the configuration does not change go on where they are.
void CredentialSet::use_inventories(ActiveCredential& entry, const config::Config& config) {
  const auto is_of = [&](const config::Inventory& inventory) {
    return inventory.credential == entry.credential->name();
  };
  std::erase_if(entry.inventories, [&](const InventoryTask* task) {
    return std::ranges::none_of(
        config.inventories, [&](const config::Inventory& wanted) { return is_of(wanted) && wanted == task->config(); });
  });
  std::erase_if(entry.tasks, [&](const ActiveCredential::Task& task) {
    return task.list != nullptr && std::ranges::find(entry.inventories, task.list) == entry.inventories.end();
  });
  for (const config::Inventory& inventory : config.inventories) {
    const auto is_its = [&](const InventoryTask* task) { return task->config().name == inventory.name; };
    if (!is_of(inventory) || std::ranges::any_of(entry.inventories, is_its)) continue;
    auto task = std::make_unique<InventoryTask>(inventory, entry.credential);
    InventoryTask* const list = task.get();
    entry.inventories.push_back(list);
    entry.tasks.push_back({std::move(task), 0, list});
    for (auto& helper : list->helpers()) entry.tasks.push_back({std::move(helper), 0, list});
  }
}

void CredentialSet::lend_ends(const InventoryTask& inventory, WallTime now) {
  const inventory::Finder finder(*inventory.list(), inventory.config());
  for (ActiveCredential& entry : entries_) {
    forget_replaced(entry);
    lend_end(entry, inventory, finder, now);
  }
}

// What is sent is what is listed, or what its tokens are fetched with. An entry of another list that is surer stays.
void CredentialSet::lend_end(ActiveCredential& entry, const InventoryTask& inventory, const inventory::Finder& finder,
                             WallTime now) {
  credential::CredentialMetadata& metadata = entry.credential->metadata();
  const auto match = finder.find(identity_of(*entry.credential), now);
  const bool is_its = entry.listed && entry.listed->inventory == inventory.config().name;
  if (!match) {
    if (!is_its) return;
    entry.listed.reset();
    return metadata.set_listed(std::nullopt);
  }
  if (entry.listed && !is_its && entry.listed->by <= match->by) return;
  entry.listed = {inventory.config().name, match->entry->id, match->entry->name, match->by};
  const auto kind = entry.fetches_token ? credential::ExpiryKind::secret : credential::ExpiryKind::access;
  metadata.set_listed(
      credential::ExpiryClaim{kind, credential::ExpirySource::inventory, match->entry->ends, match->entry->created});
}

// True where the secret, or the id that its issuer tells, has changed: it may be another entry.
bool CredentialSet::forget_replaced(ActiveCredential& entry) {
  const std::pair current(entry.credential->revision(), entry.credential->metadata().issuer_id());
  if (entry.looked_for == current) return false;
  if (entry.looked_for.first != current.first) entry.listed.reset();
  entry.looked_for = current;
  return true;
}

void CredentialSet::look_in_lists(ActiveCredential& entry, WallTime now) {
  if (!forget_replaced(entry)) return;
  for (const ActiveCredential& other : entries_) {
    for (const InventoryTask* inventory : other.inventories) {
      if (inventory->list() == nullptr) continue;
      lend_end(entry, *inventory, inventory::Finder(*inventory->list(), inventory->config()), now);
    }
  }
}

}  // namespace authprobe::prober
