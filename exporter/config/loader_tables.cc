// The tables of a configuration: credentials, targets, lists of targets, inventories.
#include <algorithm>
#include <iterator>

#include "exporter/config/hosts.h"
#include "exporter/config/list_files.h"
#include "exporter/config/loader.h"

namespace authprobe::config {

void Loader::read_credentials(const Field& root) {
  const auto credentials = root.child("credentials");
  if (!credentials || credentials->table() == nullptr) return;
  for (const Entry& entry : *credentials->table()) {
    const Field field = credentials->child(entry);
    if (!references_.name_credential(field, entry)) continue;
    const auto provider = field.child("provider");
    if (provider && field.table() != nullptr) {
      add_provided_credential(field, *provider, entry.key);
    } else {
      add_credential(field, entry.key, {});
    }
  }
}

std::optional<Table> Loader::with_known_lookup(const Field& credential, const FromProvider& from) {
  const auto lookup = credential.child("expiry_lookup");
  if (!lookup) return std::nullopt;
  const bool is_name = std::holds_alternative<std::string>(lookup->value().data);
  const auto given = is_name ? lookup : lookup->child("preset");
  const Provider* provider = given ? find_provider(*given) : nullptr;
  return provider == nullptr ? std::nullopt : fill_lookup(credential, *lookup, *given, *provider, from);
}

void Loader::add_credential(const Field& field, const std::string& name, FromProvider from) {
  if (std::optional<Table> filled = with_known_lookup(field, from)) {
    const Document& document = filled_.emplace_back(
        *this, field.context().file, in_section("credentials", name, std::move(*filled), field.value()), nullptr);
    return add_credential(*document.root().child("credentials")->child(name), name, std::move(from));
  }
  Credential credential;
  credential.name = name;
  credential.position = field.position();
  credential.provider = std::move(from);
  credential.services = services();
  credential.connection = std::make_shared<const Connection>(credential_connection());
  read_credential(field, credential);
  credential.connection = connections_.get(*credential.connection);
  references_.to_next(field, credential.next);
  references_.to_introspector(field, credential.expiry.introspection.credential);
  config_.credentials.push_back(std::move(credential));
}

const Provider* Loader::find_provider(const Field& given) {
  const auto word = given.text();
  if (!word) return nullptr;
  const Provider* provider = providers_.find(*word);
  if (provider == nullptr) {
    const std::vector<std::string> names = providers_.names();
    given.error("no such provider", did_you_mean(*word, {names.begin(), names.end()}));
  }
  return provider;
}

void Loader::add_provided_credential(const Field& field, const Field& given, const std::string& name) {
  const Provider* provider = find_provider(given);
  if (provider == nullptr) return;
  FromProvider from;
  std::optional<Table> filled = fill_credential(field, given, *provider, from);
  if (!filled) return;
  const Document& document = filled_.emplace_back(
      *this, field.context().file, in_section("credentials", name, std::move(*filled), field.value()), nullptr);
  provided_.push_back({name, provider, from, given.value(), field.context().file});
  add_credential(*document.root().child("credentials")->child(name), name, std::move(from));
}

void Loader::read_targets(const Document& document) {
  const Field root = document.root();
  const auto targets = root.child("targets");
  if (!targets || targets->table() == nullptr) return;
  for (const Entry& entry : *targets->table()) {
    const Field field = targets->child(entry);
    if (document.scope == nullptr) {
      read_target(field, entry, nullptr);
    } else if (used_[document.scope].targets++ < kMostScopedTargets) {
      read_scoped_target(*document.scope, field, entry);
    } else {
      field.error("is one target too many: the files of a scoped include have up to " +
                  std::to_string(kMostScopedTargets) + " together");
      return;
    }
  }
}

void Loader::read_scoped_target(const Scope& scope, const Field& field, const Entry& entry) {
  if (!check_scoped_name(scope, field) || !check_scoped_size(scope, field)) return;
  const std::size_t before = config_.targets.size();
  read_target(field, entry, &scope);
  if (config_.targets.size() == before) return;
  Target& target = config_.targets.back();
  target.scope = scope.files;
  follow_no_redirect(target);
  check_scoped_target(scope, field, target, config_);
}

void Loader::read_target(const Field& field, const Entry& entry, const Scope* scope) {
  if (!references_.name_target(field, entry)) return;
  const ProvidedCredential* credential = field.child("url") ? nullptr : provided_for(field);
  if (credential != nullptr) {
    add_filled_target(field.value(), *field.table(), field.context().file, entry.key, *credential, scope);
  } else {
    add_target(field, entry.key);
  }
}

const Loader::ProvidedCredential* Loader::provided_for(const Field& target) const {
  const auto own = std::holds_alternative<Table>(target.value().data) ? target.child("credential") : std::nullopt;
  const auto* word = own ? std::get_if<std::string>(&own->value().data) : nullptr;
  const auto found =
      std::ranges::find(provided_, word != nullptr ? *word : defaults_.target.credential, &ProvidedCredential::name);
  return found == provided_.end() ? nullptr : &*found;
}

void Loader::add_filled_target(const Value& place, const Table& own, const std::string& file, const std::string& name,
                               const ProvidedCredential& credential, const Scope* scope) {
  Table filled = fill_target(own, *credential.provider, credential.from, place);
  const Document& document =
      filled_.emplace_back(*this, file, in_section("targets", name, std::move(filled), place), scope);
  add_target(*document.root().child("targets")->child(name), name);
}

void Loader::make_target(const ProvidedCredential& credential) {
  if (references_.uses(credential.name)) return;
  const Position position{credential.file, credential.place.line, credential.place.column};
  if (const auto taken = references_.place_of_target(credential.name)) {
    findings_.error(position, "credentials." + credential.name + ".provider",
                    "makes a target of the credential's name, which is already defined at " + to_string(*taken),
                    "credential = \"" + credential.name + "\" in that target, or another name");
    return;
  }
  references_.name_target(credential.name, position);
  Table own;
  own.push_back({"credential",
                 credential.place.line,
                 credential.place.column,
                 {credential.place.line, credential.place.column, credential.name}});
  add_filled_target(credential.place, own, credential.file, credential.name, credential, nullptr);
}

void Loader::read_inventories(const Field& root) {
  const auto inventories = root.child("inventories");
  if (!inventories || inventories->table() == nullptr) return;
  for (const Entry& entry : *inventories->table()) {
    const Field field = inventories->child(entry);
    if (!references_.name_inventory(field, entry) || field.table() == nullptr) continue;
    const auto given = field.child("provider");
    if (!given) {
      field.error("must have provider", "the service that keeps the list");
    } else if (const Provider* provider = find_provider(*given)) {
      add_inventory(field, *given, entry.key, *provider);
    }
  }
}

void Loader::add_inventory(const Field& field, const Field& given, const std::string& name, const Provider& provider) {
  const ProviderInventory* list = find_list(field, given, provider);
  const auto credential = field.child("credential");
  const auto* word = credential ? std::get_if<std::string>(&credential->value().data) : nullptr;
  const auto found = std::ranges::find(config_.credentials, word == nullptr ? "" : *word, &Credential::name);
  if (list == nullptr) return;
  auto filled = fill_inventory(field, given, provider, *list, found == config_.credentials.end() ? nullptr : &*found);
  if (!filled) return;
  const Document& document = filled_.emplace_back(
      *this, field.context().file, in_section("inventories", name, std::move(filled->keys), field.value()), nullptr);
  Inventory inventory;
  inventory.name = name;
  inventory.position = field.position();
  inventory.list = std::make_shared<const SecretList>(std::move(filled->list));
  inventory.variables = std::move(filled->variables);
  Connection connection = credential_connection();
  connection.mode = ConnectionMode::reuse;  // a list has many pages
  inventory.connection = std::make_shared<const Connection>(std::move(connection));
  const Field root = document.root();
  const Field section = *root.child("inventories");
  const Field own = *section.child(name);
  read_inventory(own, inventory);
  inventory.connection = connections_.get(*inventory.connection);
  references_.to_credential(own, inventory.credential);
  references_.list_with(inventory.credential);
  config_.inventories.push_back(std::move(inventory));
}

const SharedValue<KnownServices>& Loader::services() {
  if (!services_) services_ = providers_.services();
  return services_;
}

Connection Loader::credential_connection() const {
  Connection connection = defaults_.connection;
  connection.mode = ConnectionMode::fresh;
  connection.max_redirects = 0;
  connection.max_response_bytes = 1u << 20;
  connection.unix_socket.clear();
  connection.tls.server_name.clear();
  return connection;
}

void Loader::add_target(const Field& field, const std::string& name) {
  TargetDraft draft = defaults_;
  draft.target.name = name;
  config::read_target(field, draft);
  references_.to_credential(field, draft.target.credential);
  if (!draft.target.credential.empty()) references_.use(draft.target.credential);
  if (draft.target.url.has_secret_place()) references_.note_secret_place(name, field.child("url")->position());
  draft.target.connection = connections_.get(draft.connection);
  draft.target.expect = expectations_.get(draft.expect);
  config_.targets.push_back(std::move(draft.target));
}

void Loader::read_lists(const Field& root) {
  const auto lists = root.child("targets_from");
  if (!lists || lists->table() == nullptr) return;
  for (const Entry& entry : *lists->table()) {
    const Field field = lists->child(entry);
    if (references_.name_list(field, entry)) read_list(field, entry.key);
  }
}

void Loader::read_list(const Field& field, const std::string& name) {
  TargetListDraft draft{{}, defaults_};
  TargetList& list = draft.list;
  list.name = name;
  read_target_list_keys(field, draft);
  Connection connection = credential_connection();
  connection.max_response_bytes = kLargestListFile;
  list.connection = connections_.get(connection);
  references_.to_url_credential(field, list.url_credential);
  list.target = draft.target.target;
  list.target.connection = connections_.get(draft.target.connection);
  list.target.expect = expectations_.get(draft.target.expect);
  references_.to_credential(field, list.target.credential);
  if (!list.target.credential.empty()) references_.use(list.target.credential);
  const Credential* credential = find_credential(config_, list.target.credential);
  if (credential != nullptr && credential->hosts.empty() && list.hosts.empty()) {
    field.error("must have hosts, since its targets have a credential: others write the list",
                "here, or in credentials." + credential->name);
  }
  config_.lists.push_back(list);
  lists_.push_back(std::move(draft));
}

// What begins with the name of a list and a dot is made by this list, or written by those who may write everything.
void Loader::keep_names_of_lists() {
  for (const TargetListDraft& draft : lists_) {
    for (const TargetListDraft& other : lists_) {
      if (!other.list.name.starts_with(draft.list.name + '.')) continue;
      findings_.error(other.list.position, "targets_from." + other.list.name,
                      "begins with \"" + draft.list.name + ".\", as the names of the targets of targets_from." +
                          draft.list.name + " do",
                      "write '-' instead of the dot");
    }
  }
  for (const Document& document : documents_) {
    if (document.scope != nullptr) keep_names_of_lists(document);
  }
}

void Loader::keep_names_of_lists(const Document& scoped) {
  const Field root = scoped.root();
  const auto targets = root.child("targets");
  if (!targets || !std::holds_alternative<Table>(targets->value().data)) return;
  for (const Entry& entry : *targets->table()) {
    const auto list = std::ranges::find_if(
        lists_, [&](const TargetListDraft& draft) { return entry.key.starts_with(draft.list.name + '.'); });
    if (list == lists_.end()) continue;
    findings_.error({scoped.file, entry.line, entry.column}, "targets." + entry.key,
                    "begins with \"" + list->list.name + ".\", as only names of targets of targets_from." +
                        list->list.name + " do");
  }
}

void Loader::make_listed(const Field& root) {
  const auto lists = root.child("targets_from");
  if (!lists) return;
  for (const Entry& entry : *lists->table()) {
    const auto draft = std::ranges::find(lists_, entry.key, [](const auto& one) { return one.list.name; });
    make_listed(lists->child(entry), *draft);
  }
}

void Loader::make_listed(const Field& field, const TargetListDraft& draft) {
  const auto before = before_.lists.find(draft.list.name);
  const auto answer = before_.answers.find(answer_key(draft.list));
  if (answer != before_.answers.end()) answers_.insert(*answer);
  ReadList read = read_listed(draft, field, before == before_.lists.end() ? ListFiles() : before->second,
                              answer == before_.answers.end() ? nullptr : &answer->second, config_, references_,
                              bytes_of_each(lists_.size()));
  std::ranges::move(read.targets, std::back_inserter(config_.targets));
  listed_[draft.list.name] = std::move(read.files);
  reports_.push_back(std::move(read.report));
}

}  // namespace authprobe::config
