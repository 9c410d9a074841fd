// One load of a configuration: its files, then the tables in them, in the order in which they need each other.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/config/document.h"
#include "exporter/config/field.h"
#include "exporter/config/keys.h"
#include "exporter/config/listed_targets.h"
#include "exporter/config/load.h"
#include "exporter/config/provider.h"
#include "exporter/config/provider_fill.h"
#include "exporter/config/references.h"
#include "exporter/config/scope.h"
#include "exporter/config/source_files.h"

namespace authprobe::config {

// One object for all equal values, so that ten thousand targets share a few.
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

class Loader {
  // A file that was parsed, or a table that was filled in. It stays where it is: what is read points into it.
  struct Document {
    Document(Loader& loader, std::string path, Value value, const Scope* of)
        : file(std::move(path)),
          tree(std::move(value)),
          context{file, loader.findings_, *loader.patterns_, of == nullptr ? nullptr : &loader.used_[of].patterns},
          scope(of) {}
    Document(const Document&) = delete;
    Document& operator=(const Document&) = delete;
    Field root() const { return Field(tree, context); }

    const std::string file;
    const Value tree;
    const ReadContext context;
    // Of an included file, or of the one whose table was filled in; null: it may have everything.
    const Scope* const scope;
  };

 public:
  // `stand_ins` are read in place of files that they have.
  Loader(std::string main_file, const LoadMemory& before, const IncludedTexts& stand_ins)
      : before_(before),
        stand_ins_(stand_ins),
        sources_(before.sources ? before.sources : std::make_shared<Sources>()),
        patterns_(before.patterns ? before.patterns : std::make_shared<Patterns>()),
        seen_files_{canonical(main_file)} {
    watched_.push_back(as_pattern(main_file));
    config_.files.push_back(std::move(main_file));
  }

  void load();

  // Targets come last: a credential's provider makes one, or fills one in, wherever the credential stands.
  void read_main(std::string_view text);

  LoadResult finish();

 private:
  // A credential with a provider, whose targets are filled in.
  struct ProvidedCredential {
    std::string name;
    const Provider* provider;
    FromProvider from;
    Value place;       // of the key `provider`
    std::string file;  // that it stands in
  };
  // What the files of a scope have of what they are to have little of.
  struct Used {
    ScopedPatterns patterns;
    std::size_t targets = 0;
  };
  void report_unknown(const Field& root);

  // Null, and reported, if it is no TOML.
  const Document* parse_file(const std::string& file, std::string_view text, const Scope* scope = nullptr);

  // The files that an array of patterns names.
  std::vector<std::string> files_of(const Field& patterns);

  // Of two files that give something the same name, the later one has the error: the newer one, or a stand-in; a scoped
  // one in any case.
  enum class Turn { known, changed, stand_in };
  struct Included {
    std::string file;
    const Scope* scope;                        // null: it may have everything
    std::shared_ptr<const wire::Secret> text;  // null: there is none
    Turn turn;
  };
  void read_include(const Field& include);
  void read_scopes(const std::vector<Field>& elements);
  void find_included(const Field& pattern, std::vector<Included>& found);
  void refuse_with_all_rights(const Field& pattern, const std::string& file, std::size_t place);
  void find_included(const Field& table, const Scope& scope, std::vector<Included>& found);
  void read_text(Included& included);
  void limit_scopes(std::vector<Included>& all);
  void parse_included(const Included& included);
  void read_sections(const std::optional<Field>& include);
  void read_credentials(const Field& root);
  void add_credential(const Field& field, const std::string& name, FromProvider from);

  // Null, and reported, if there is none of this name.
  const Provider* find_provider(const Field& given);

  // The credential's keys, where its expiry_lookup names a provider. Nothing: it names none, or an unknown one.
  std::optional<Table> with_known_lookup(const Field& credential, const FromProvider& from);

  // With the keys of its provider under its own.
  void add_provided_credential(const Field& field, const Field& given, const std::string& name);
  void read_targets(const Document& document);
  void read_scoped_target(const Scope& scope, const Field& field, const Entry& entry);
  void read_target(const Field& field, const Entry& entry, const Scope* scope);

  // Null: the target has no credential, or one without a provider.
  const ProvidedCredential* provided_for(const Field& target) const;
  void add_filled_target(const Value& place, const Table& own, const std::string& file, const std::string& name,
                         const ProvidedCredential& credential, const Scope* scope);

  // The target of a credential that nothing else uses.
  void make_target(const ProvidedCredential& credential);
  void read_inventories(const Field& root);
  void add_inventory(const Field& field, const Field& given, const std::string& name, const Provider& provider);

  // What is known of all services, read once it is needed.
  const SharedValue<KnownServices>& services();

  // How token endpoints and similar servers are reached: by the defaults, except for keys of probes only.
  Connection credential_connection() const;
  void add_target(const Field& field, const std::string& name);
  void read_lists(const Field& root);
  void read_list(const Field& field, const std::string& name);
  void keep_names_of_lists();
  void keep_names_of_lists(const Document& scoped);
  void make_listed(const Field& root);
  void make_listed(const Field& field, const TargetListDraft& draft);

  const LoadMemory& before_;
  const IncludedTexts& stand_ins_;
  const std::shared_ptr<Sources> sources_;
  const std::shared_ptr<Patterns> patterns_;
  Findings findings_;
  Config config_;
  std::deque<Document> documents_;  // the files
  std::deque<Document> filled_;     // tables of single credentials and targets, with their providers' keys
  Providers providers_;
  SharedValue<KnownServices> services_;
  std::vector<ProvidedCredential> provided_;
  std::set<std::string> seen_files_;     // canonical paths
  std::map<std::size_t, Scope> scopes_;  // by the place of their table in `include`
  std::map<const Scope*, Used> used_;
  std::set<std::string> scoped_files_;
  IncludedTexts included_;
  std::vector<std::string> watched_;
  std::vector<TargetListDraft> lists_;
  std::vector<ListReport> reports_;
  std::map<std::string, ListFiles> listed_;   // by list
  std::map<std::string, UrlAnswer> answers_;  // by list and URL
  TargetDraft defaults_;
  Interner<Connection> connections_;
  Interner<Expectation> expectations_;
  References references_{findings_};
};

}  // namespace authprobe::config
