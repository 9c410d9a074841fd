#include "exporter/config/load.h"

#include <algorithm>
#include <deque>
#include <iterator>
#include <memory>
#include <set>

#include "exporter/config/checklist.h"
#include "exporter/config/document.h"
#include "exporter/config/field.h"
#include "exporter/config/hosts.h"
#include "exporter/config/interner.h"
#include "exporter/config/inventory_fill.h"
#include "exporter/config/keys.h"
#include "exporter/config/listed_targets.h"
#include "exporter/config/provider.h"
#include "exporter/config/provider_fill.h"
#include "exporter/config/references.h"
#include "exporter/config/source_files.h"

namespace authprobe::config {
namespace {

class Loader {
  // A file that was parsed, or a table that was filled in. It stays where it is: what is read points into it.
  struct Document {
    Document(Loader& loader, std::string path, Value value)
        : file(std::move(path)), tree(std::move(value)), context{file, loader.findings_, loader.patterns_} {}
    Document(const Document&) = delete;
    Document& operator=(const Document&) = delete;
    Field root() const { return Field(tree, context); }

    const std::string file;
    const Value tree;
    const ReadContext context;
  };

 public:
  Loader(std::string main_file, const LoadMemory& before)
      : before_(before),
        sources_(before.sources ? before.sources : std::make_shared<Sources>()),
        seen_files_{canonical(main_file)} {
    config_.files.push_back(std::move(main_file));
  }

  void load() {
    if (const auto text = sources_->read(config_.files.front(), findings_)) read_main(text->reveal());
  }

  // Targets come last: a credential's provider makes one, or fills one in, wherever the credential stands.
  void read_main(std::string_view text) {
    const Document* main = parse_file(config_.files.front(), text);
    if (main == nullptr) return;
    const Field root = main->root();
    report_unknown(root);
    if (const auto settings = root.child("settings")) {
      read_table(*settings, settings_keys(), config_.settings);
      if (const auto providers = settings->child("providers")) {
        for (const std::string& file : files_of(*providers)) providers_.read_file(file, findings_, patterns_);
      }
    }
    if (const auto defaults = root.child("defaults")) {
      read_defaults(*defaults, defaults_);
      references_.to_credential(*defaults, defaults_.target.credential);
    }
    if (const auto include = root.child("include")) {
      for (const std::string& file : files_of(*include)) read_included(file);
    }
    for (const Document& document : documents_) read_credentials(document.root());
    for (const Document& document : documents_) read_targets(document.root());
    for (const ProvidedCredential& credential : provided_) make_target(credential);
    std::ranges::sort(config_.credentials, {}, &Credential::name);
    for (const Document& document : documents_) read_lists(document.root());
    for (const Document& document : documents_) read_inventories(document.root());
  }

  LoadResult finish() {
    std::ranges::sort(config_.targets, {}, &Target::name);
    std::ranges::sort(config_.lists, {}, &TargetList::name);
    std::ranges::sort(config_.inventories, {}, &Inventory::name);
    std::ranges::sort(reports_, {}, &ListReport::name);
    references_.check(config_);
    check_hosts(config_, findings_);
    LoadResult result;
    result.findings = findings_.sorted();
    if (config_.targets.empty() && config_.lists.empty() && config_.inventories.empty() && result.ok()) {
      findings_.warning({config_.files.front(), 1, 1}, "targets", "there are no targets: nothing will be probed");
      result.findings = findings_.sorted();
    }
    leave_out_switched_off(config_.settings, result.findings);
    result.config = std::move(config_);
    result.providers = std::move(providers_);
    result.lists = std::move(reports_);
    if (!result.lists.empty()) result.memory = {sources_, std::move(listed_)};
    return result;
  }

 private:
  void report_unknown(const Field& root) {
    std::vector<std::string_view> names;
    for (const Section& section : kSections) names.push_back(section.name);
    for (const Entry& entry : *root.table()) {
      if (std::find(names.begin(), names.end(), entry.key) == names.end()) root.unknown(entry, names);
    }
  }

  // Null, and reported, if it is no TOML.
  const Document* parse_file(const std::string& file, std::string_view text) {
    std::optional<Value> tree = parse_document(text, file, findings_);
    return tree ? &documents_.emplace_back(*this, file, std::move(*tree)) : nullptr;
  }

  // The files that an array of patterns names.
  std::vector<std::string> files_of(const Field& patterns) {
    std::vector<std::string> files;
    for (const Field& element : patterns.elements()) {
      const auto pattern = element.line();
      if (!pattern) continue;
      const std::vector<std::string> matching = sources_->files_matching(*pattern, config_.files.front());
      if (matching.empty()) element.warning("matches no file");
      files.insert(files.end(), matching.begin(), matching.end());
    }
    return files;
  }

  void read_included(const std::string& file) {
    if (!seen_files_.insert(canonical(file)).second) return;
    config_.files.push_back(file);
    const auto text = sources_->read(file, findings_);
    const Document* document = text ? parse_file(file, text->reveal()) : nullptr;
    if (document == nullptr) return;
    const Field root = document->root();
    report_unknown(root);
    for (const std::string_view key : {"settings", "defaults", "include"}) {
      if (const auto field = root.child(key)) field->error("is allowed only in the main file");
    }
  }

  void read_credentials(const Field& root) {
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

  void add_credential(const Field& field, const std::string& name, FromProvider from) {
    Credential credential;
    credential.name = name;
    credential.position = field.position();
    credential.provider = std::move(from);
    credential.forms = forms();
    credential.connection = std::make_shared<const Connection>(credential_connection());
    read_credential(field, credential);
    credential.connection = connections_.get(*credential.connection);
    references_.to_next(field, credential.next);
    references_.to_introspector(field, credential.expiry.introspection.credential);
    config_.credentials.push_back(std::move(credential));
  }

  // Null, and reported, if there is none of this name.
  const Provider* find_provider(const Field& given) {
    const auto word = given.text();
    if (!word) return nullptr;
    const Provider* provider = providers_.find(*word);
    if (provider == nullptr) {
      const std::vector<std::string> names = providers_.names();
      given.error("no such provider", did_you_mean(*word, {names.begin(), names.end()}));
    }
    return provider;
  }

  // With the keys of its provider under its own.
  void add_provided_credential(const Field& field, const Field& given, const std::string& name) {
    const Provider* provider = find_provider(given);
    if (provider == nullptr) return;
    FromProvider from;
    std::optional<Table> filled = fill_credential(field, given, *provider, from);
    if (!filled) return;
    const Document& document = filled_.emplace_back(*this, field.context().file,
                                                    in_section("credentials", name, std::move(*filled), field.value()));
    provided_.push_back({name, provider, from, given.value(), field.context().file});
    add_credential(*document.root().child("credentials")->child(name), name, std::move(from));
  }

  void read_targets(const Field& root) {
    const auto targets = root.child("targets");
    if (!targets || targets->table() == nullptr) return;
    for (const Entry& entry : *targets->table()) {
      const Field field = targets->child(entry);
      if (!references_.name_target(field, entry)) continue;
      const ProvidedCredential* credential = field.child("url") ? nullptr : provided_for(field);
      if (credential != nullptr) {
        add_filled_target(field.value(), *field.table(), field.context().file, entry.key, *credential);
      } else {
        add_target(field, entry.key);
      }
    }
  }

  // A credential with a provider, whose targets are filled in.
  struct ProvidedCredential {
    std::string name;
    const Provider* provider;
    FromProvider from;
    Value place;       // of the key `provider`
    std::string file;  // that it stands in
  };

  // Null: the target has no credential, or one without a provider.
  const ProvidedCredential* provided_for(const Field& target) const {
    const auto own = std::holds_alternative<Table>(target.value().data) ? target.child("credential") : std::nullopt;
    const auto* word = own ? std::get_if<std::string>(&own->value().data) : nullptr;
    const auto found =
        std::ranges::find(provided_, word != nullptr ? *word : defaults_.target.credential, &ProvidedCredential::name);
    return found == provided_.end() ? nullptr : &*found;
  }

  void add_filled_target(const Value& place, const Table& own, const std::string& file, const std::string& name,
                         const ProvidedCredential& credential) {
    Table filled = fill_target(own, *credential.provider, credential.from, place);
    const Document& document = filled_.emplace_back(*this, file, in_section("targets", name, std::move(filled), place));
    add_target(*document.root().child("targets")->child(name), name);
  }

  // The target of a credential that nothing else uses.
  void make_target(const ProvidedCredential& credential) {
    if (references_.uses(credential.name)) return;
    const Position position{credential.file, credential.place.line, credential.place.column};
    if (const auto taken = references_.name_target(credential.name, position)) {
      findings_.error(position, "credentials." + credential.name + ".provider",
                      "makes a target of the credential's name, which is already defined at " + to_string(*taken),
                      "credential = \"" + credential.name + "\" in that target, or another name");
      return;
    }
    Table own;
    own.push_back({"credential",
                   credential.place.line,
                   credential.place.column,
                   {credential.place.line, credential.place.column, credential.name}});
    add_filled_target(credential.place, own, credential.file, credential.name, credential);
  }

  void read_inventories(const Field& root) {
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

  void add_inventory(const Field& field, const Field& given, const std::string& name, const Provider& provider) {
    const ProviderInventory* list = find_list(field, given, provider);
    const auto credential = field.child("credential");
    const auto* word = credential ? std::get_if<std::string>(&credential->value().data) : nullptr;
    const auto found = std::ranges::find(config_.credentials, word == nullptr ? "" : *word, &Credential::name);
    if (list == nullptr) return;
    auto filled = fill_inventory(field, given, provider, *list, found == config_.credentials.end() ? nullptr : &*found);
    if (!filled) return;
    const Document& document = filled_.emplace_back(
        *this, field.context().file, in_section("inventories", name, std::move(filled->keys), field.value()));
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

  // The forms of tokens, read once they are needed.
  const SharedValue<std::vector<TokenForm>>& forms() {
    if (!forms_) forms_ = providers_.forms();
    return forms_;
  }

  // How token endpoints and similar servers are reached: by the defaults, except for keys of probes only.
  Connection credential_connection() const {
    Connection connection = defaults_.connection;
    connection.mode = ConnectionMode::fresh;
    connection.max_redirects = 0;
    connection.max_response_bytes = 1u << 20;
    connection.unix_socket.clear();
    connection.tls.server_name.clear();
    return connection;
  }

  void add_target(const Field& field, const std::string& name) {
    TargetDraft draft = defaults_;
    draft.target.name = name;
    read_target(field, draft);
    references_.to_credential(field, draft.target.credential);
    if (!draft.target.credential.empty()) references_.use(draft.target.credential);
    if (draft.target.url.has_secret_place()) references_.note_secret_place(name, field.child("url")->position());
    draft.target.connection = connections_.get(draft.connection);
    draft.target.expect = expectations_.get(draft.expect);
    config_.targets.push_back(std::move(draft.target));
  }

  void read_lists(const Field& root) {
    const auto lists = root.child("targets_from");
    if (!lists || lists->table() == nullptr) return;
    for (const Entry& entry : *lists->table()) {
      const Field field = lists->child(entry);
      if (references_.name_list(field, entry)) read_list(field, entry.key);
    }
  }

  void read_list(const Field& field, const std::string& name) {
    TargetListDraft draft{{}, defaults_};
    TargetList& list = draft.list;
    list.name = name;
    read_target_list_keys(field, draft);
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
    if (count_errors(findings_.sorted()) == 0) make_listed(field, draft);
  }

  void make_listed(const Field& field, const TargetListDraft& draft) {
    const auto before = before_.lists.find(draft.list.name);
    ReadList read =
        read_listed(draft, field, before == before_.lists.end() ? ListFiles() : before->second, config_, references_);
    std::ranges::move(read.targets, std::back_inserter(config_.targets));
    listed_[draft.list.name] = std::move(read.files);
    reports_.push_back(std::move(read.report));
  }

  const LoadMemory& before_;
  const std::shared_ptr<Sources> sources_;
  Findings findings_;
  PatternCheck patterns_;
  Config config_;
  std::deque<Document> documents_;  // the files
  std::deque<Document> filled_;     // tables of single credentials and targets, with their providers' keys
  Providers providers_;
  SharedValue<std::vector<TokenForm>> forms_;
  std::vector<ProvidedCredential> provided_;
  std::set<std::string> seen_files_;  // canonical paths
  std::vector<ListReport> reports_;
  std::map<std::string, ListFiles> listed_;  // by list
  TargetDraft defaults_;
  Interner<Connection> connections_;
  Interner<Expectation> expectations_;
  References references_{findings_};
};

}  // namespace

bool LoadResult::ok() const {
  return count_errors(findings) == 0;
}

LoadResult load(const std::string& path, const LoadMemory& before) {
  Loader loader(path, before);
  loader.load();
  return loader.finish();
}

LoadResult parse(std::string_view text, const std::string& path) {
  const LoadMemory nothing;
  Loader loader(path, nothing);
  loader.read_main(text);
  return loader.finish();
}

}  // namespace authprobe::config
