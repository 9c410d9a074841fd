#include "exporter/config/load.h"

#include <glob.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <set>

#include "exporter/config/document.h"
#include "exporter/config/field.h"
#include "exporter/config/hosts.h"
#include "exporter/config/keys.h"
#include "exporter/config/provider.h"
#include "exporter/config/provider_fill.h"
#include "exporter/wire/file.h"

namespace authprobe::config {
namespace {

constexpr std::size_t kLargestFile = 64u << 20;

// One object for all equal values.
template <typename T>
class Interner {
 public:
  std::shared_ptr<const T> get(const T& value) {
    const auto known = values_.find(value);
    if (known != values_.end()) return *known;
    return *values_.insert(std::make_shared<const T>(value)).first;
  }

 private:
  struct Less {
    using is_transparent = void;
    static const T& value(const std::shared_ptr<const T>& pointer) { return *pointer; }
    static const T& value(const T& self) { return self; }
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const {
      return value(a) < value(b);
    }
  };
  std::set<std::shared_ptr<const T>, Less> values_;
};

// Nothing, and a finding, if the file cannot be read.
std::optional<wire::Secret> read_file(const std::string& path, Findings& findings) {
  auto fail = [&](const std::string& rule) {
    findings.error({path, 1, 1}, "", rule);
    return std::nullopt;
  };
  wire::FileText file = wire::read_file(path, kLargestFile);
  if (!file.problem.empty()) return fail(file.problem);
  return std::move(file.text);
}

// The files that `pattern` matches, in order of name; a relative pattern starts at the folder of `file`.
std::vector<std::string> files_matching(const std::string& pattern, const std::string& file) {
  std::string full;
  if (!std::filesystem::path(pattern).is_absolute()) {
    std::filesystem::path folder = std::filesystem::path(file).parent_path() / "";
    for (const char c : folder.string()) {
      if (std::strchr("*?[\\", c) != nullptr) full += '\\';
      full += c;
    }
  }
  full += pattern;
  glob_t matches{};
  std::vector<std::string> files;
  if (::glob(full.c_str(), 0, nullptr, &matches) == 0) {
    for (std::size_t i = 0; i < matches.gl_pathc; ++i) files.emplace_back(matches.gl_pathv[i]);
  }
  ::globfree(&matches);
  return files;
}

// The canonical path, so that a file that is included twice is read once.
std::string canonical(const std::string& file) {
  std::error_code error;
  const std::filesystem::path path = std::filesystem::canonical(file, error);
  return error ? file : path.string();
}

// A place that names a credential, to be looked up once all files are read.
struct Reference {
  std::string credential;
  Position position;
  std::string path;
};

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
  explicit Loader(std::string main_file) : seen_files_{canonical(main_file)} {
    config_.files.push_back(std::move(main_file));
  }

  Findings& findings() { return findings_; }

  // Targets come last: a credential's provider makes one, or fills one in, wherever the credential stands.
  void read_main(std::string_view text) {
    const Document* main = parse_file(config_.files.front(), text);
    if (main == nullptr) return;
    const Field root = main->root();
    report_unknown(root);
    if (const auto settings = root.child("settings")) {
      read_table(*settings, settings_keys(), config_.settings);
      if (const auto providers = settings->child("providers")) read_providers(*providers);
    }
    if (const auto defaults = root.child("defaults")) {
      read_defaults(*defaults, defaults_);
      refer_to_credential(*defaults, defaults_.target.credential);
    }
    if (const auto include = root.child("include")) read_includes(*include);
    for (const Document& document : documents_) read_credentials(document.root());
    for (const Document& document : documents_) read_targets(document.root());
    for (const ProvidedCredential& credential : provided_) make_target(credential);
  }

  LoadResult finish() {
    resolve_references();
    auto by_name = [](const auto& a, const auto& b) { return a.name < b.name; };
    std::sort(config_.credentials.begin(), config_.credentials.end(), by_name);
    std::sort(config_.targets.begin(), config_.targets.end(), by_name);
    for (const Target& target : config_.targets) {
      check_secret_place(target);
      check_certificate_required(target);
    }
    for (const Credential& credential : config_.credentials) check_next(credential);
    check_hosts(config_, findings_);
    LoadResult result;
    result.findings = findings_.sorted();
    if (config_.targets.empty() && result.ok()) {
      findings_.warning({config_.files.front(), 1, 1}, "targets", "there are no targets: nothing will be probed");
      result.findings = findings_.sorted();
    }
    result.config = std::move(config_);
    result.providers = std::move(providers_);
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

  void read_includes(const Field& include) {
    for (const Field& element : include.elements()) {
      const auto pattern = element.line();
      if (!pattern) continue;
      const std::vector<std::string> files = files_matching(*pattern, config_.files.front());
      if (files.empty()) element.warning("matches no file");
      for (const std::string& file : files) read_included(file);
    }
  }

  void read_included(const std::string& file) {
    if (!seen_files_.insert(canonical(file)).second) return;
    config_.files.push_back(file);
    const std::optional<wire::Secret> text = read_file(file, findings_);
    const Document* document = text ? parse_file(file, text->reveal()) : nullptr;
    if (document == nullptr) return;
    const Field root = document->root();
    report_unknown(root);
    for (const std::string_view key : {"settings", "defaults", "include"}) {
      if (const auto field = root.child(key)) field->error("is allowed only in the main file");
    }
  }

  void read_providers(const Field& field) {
    for (const Field& element : field.elements()) {
      const auto pattern = element.line();
      if (!pattern) continue;
      const std::vector<std::string> files = files_matching(*pattern, config_.files.front());
      if (files.empty()) element.warning("matches no file");
      for (const std::string& file : files) providers_.read_file(file, findings_, patterns_);
    }
  }

  void read_credentials(const Field& root) {
    const auto credentials = root.child("credentials");
    if (!credentials || credentials->table() == nullptr) return;
    for (const Entry& entry : *credentials->table()) {
      const Field field = credentials->child(entry);
      if (!is_free(field, entry, credential_places_)) continue;
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
    refer_to_next(field, credential.next);
    refer_to_introspector(field, credential.expiry.introspection.credential);
    config_.credentials.push_back(std::move(credential));
  }

  // With the keys of its provider under its own.
  void add_provided_credential(const Field& field, const Field& given, const std::string& name) {
    const auto word = given.text();
    if (!word) return;
    const Provider* provider = providers_.find(*word);
    if (provider == nullptr) {
      const std::vector<std::string> names = providers_.names();
      given.error("no such provider", did_you_mean(*word, {names.begin(), names.end()}));
      return;
    }
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
      if (!is_free(field, entry, target_places_)) continue;
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
    if (used_credentials_.contains(credential.name)) return;
    const Position position{credential.file, credential.place.line, credential.place.column};
    if (const auto [taken, is_free] = target_places_.emplace(credential.name, position); !is_free) {
      findings_.error(
          position, "credentials." + credential.name + ".provider",
          "makes a target of the credential's name, which is already defined at " + to_string(taken->second),
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
    refer_to_credential(field, draft.target.credential);
    if (!draft.target.credential.empty()) used_credentials_.insert(draft.target.credential);
    if (draft.target.url.has_secret_place()) secret_places_.emplace(name, field.child("url")->position());
    draft.target.connection = connections_.get(draft.connection);
    draft.target.expect = expectations_.get(draft.expect);
    config_.targets.push_back(std::move(draft.target));
  }

  // Null if there is none of this name.
  const Credential* find_credential(const std::string& name) const {
    const auto found = std::ranges::lower_bound(config_.credentials, name, {}, &Credential::name);
    return found != config_.credentials.end() && found->name == name ? &*found : nullptr;
  }

  void check_certificate_required(const Target& target) {
    const Credential* const credential = find_credential(target.credential);
    if (!target.expect->certificate_required || credential == nullptr) return;
    if (credential->certificate.certificate.kind == SecretSource::Kind::none) return;
    findings_.error(target.position, "targets." + target.name + ".expect.certificate_required",
                    "has no effect: its credential has a client certificate");
  }

  // The next credential is sent to the same URLs.
  void check_next(const Credential& credential) {
    const Credential* const next = find_credential(credential.next);
    if (next == nullptr || traits_of(next->kind).is_in_url == traits_of(credential.kind).is_in_url) return;
    const std::string key = "credentials." + credential.name + ".next";
    findings_.error(std::ranges::find(references_, key, &Reference::path)->position, key,
                    "cannot be tried: only one of the two is sent in the path of the url",
                    "both or none must be of kind \"url_path\"");
  }

  // The path of a target's URL has a place for a secret, and its credential one that goes there; or neither.
  void check_secret_place(const Target& target) {
    const Credential* const credential = find_credential(target.credential);
    const bool is_known = credential != nullptr;
    const bool is_in_url = is_known && traits_of(credential->kind).is_in_url;
    const std::string key = "targets." + target.name;
    if (target.url.has_secret_place() && !is_in_url && (is_known || target.credential.empty())) {
      findings_.error(secret_places_.at(target.name), key + ".url",
                      "has {key} in its path, but no credential that replaces {key}",
                      "use a credential of kind \"url_path\"");
    } else if (is_in_url && !target.url.empty() && !target.url.has_secret_place()) {
      const auto reference = std::ranges::find(references_, key + ".credential", &Reference::path);
      findings_.error(reference != references_.end() ? reference->position : target.position, key + ".credential",
                      "is sent in the path of the url, but that path has no {key}",
                      "such as https://api.example.com/bot{key}/me");
    } else if (is_in_url && target.expect->is_protected) {
      findings_.error(target.position, key + ".expect.protected",
                      "has no effect: the url cannot be requested without its credential");
    }
  }

  // False, and reported, where an entry of `credentials` or `targets` has no usable name or one that is taken.
  bool is_free(const Field& field, const Entry& entry, std::map<std::string, Position>& places) {
    const Position position{field.context().file, entry.line, entry.column};
    if (!is_name(entry.key)) {
      findings_.error(position, field.path(), "the name " + std::string(kNameRule));
      return false;
    }
    const auto [first, is_new] = places.emplace(entry.key, position);
    if (!is_new) findings_.error(position, field.path(), "already defined at " + to_string(first->second));
    return is_new;
  }

  void refer_to_credential(const Field& field, const std::string& credential) {
    const auto reference = field.child("credential");
    if (reference && !credential.empty()) {
      references_.push_back({credential, reference->position(), reference->path()});
    }
  }

  void refer_to_next(const Field& field, const std::string& next) {
    if (next.empty()) return;
    const Field reference = *field.child("next");
    references_.push_back({next, reference.position(), reference.path()});
    used_credentials_.insert(next);
    if (next == field.key()) reference.error("cannot be the credential itself");
  }

  void refer_to_introspector(const Field& field, const std::string& introspector) {
    if (introspector.empty()) return;
    const Field table = *field.child("introspection");
    const Field reference = *table.child("credential");
    references_.push_back({introspector, reference.position(), reference.path()});
    used_credentials_.insert(introspector);
    if (introspector == field.key()) reference.error("cannot be the credential itself", "leave it out");
  }

  void resolve_references() {
    std::vector<std::string_view> names;
    for (const Credential& credential : config_.credentials) names.push_back(credential.name);
    for (const Reference& reference : references_) {
      if (credential_places_.contains(reference.credential)) continue;
      findings_.error(reference.position, reference.path, "no such credential",
                      did_you_mean(reference.credential, names));
    }
    for (const Credential& credential : config_.credentials) {
      if (used_credentials_.contains(credential.name)) continue;
      findings_.warning(credential.position, "credentials." + credential.name, "no target uses it");
    }
  }

  Findings findings_;
  PatternCheck patterns_;
  Config config_;
  std::deque<Document> documents_;  // the files
  std::deque<Document> filled_;     // tables of single credentials and targets, with their providers' keys
  Providers providers_;
  SharedValue<std::vector<TokenForm>> forms_;
  std::vector<ProvidedCredential> provided_;
  std::set<std::string> seen_files_;  // canonical paths
  TargetDraft defaults_;
  Interner<Connection> connections_;
  Interner<Expectation> expectations_;
  std::map<std::string, Position> credential_places_;
  std::map<std::string, Position> target_places_;
  std::map<std::string, Position> secret_places_;  // by target: its url, where that has {key}
  std::vector<Reference> references_;
  std::set<std::string> used_credentials_;
};

}  // namespace

bool LoadResult::ok() const {
  return count_errors(findings) == 0;
}

LoadResult load(const std::string& path) {
  Loader loader(path);
  if (const auto text = read_file(path, loader.findings())) loader.read_main(text->reveal());
  return loader.finish();
}

LoadResult parse(std::string_view text, const std::string& path) {
  Loader loader(path);
  loader.read_main(text);
  return loader.finish();
}

}  // namespace authprobe::config
