// What /config shows loads as the configuration that it shows: every key, with every kind of credential. The keys come
// from the loader's tables and their values from the reference's examples, so that a new key is tested at once.
#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <sstream>

#include "exporter/config/document.h"
#include "exporter/config/forms.h"
#include "exporter/config/redacted_toml.h"
#include "tests/config/config_files.h"

namespace authprobe::config {
namespace {

using ::testing::IsEmpty;

std::string toml(const Value& value);

// A value as TOML; a secret in the file, which is not shown, comes from a variable instead.
struct TomlText {
  std::string operator()(const std::string& text) const { return config::quoted(text); }
  std::string operator()(std::int64_t number) const { return std::to_string(number); }
  std::string operator()(double number) const { return std::to_string(number); }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::chrono::sys_days day) const { return date_text(day); }
  std::string operator()(TimeOfDay) const { return "12:00:00"; }
  std::string operator()(std::chrono::sys_seconds moment) const {
    return date_text(std::chrono::floor<std::chrono::days>(moment)) + "T00:00:00Z";
  }
  std::string operator()(LocalDateTime) const { return "2026-11-01T00:00:00"; }
  std::string operator()(const Array& array) const { return array_text(array, toml); }
  std::string operator()(const Table& table) const {
    std::string entries;
    for (const Entry& entry : table) {
      entries += (entries.empty() ? "" : ", ") +
                 (entry.key == "value" ? "env = \"SECRET\"" : key_text(entry.key) + " = " + toml(entry.value));
    }
    return "{ " + entries + " }";
  }
};

std::string toml(const Value& value) {
  return std::visit(TomlText(), value.data);
}

Table document_of(const std::string& text) {
  Findings findings;
  return std::get<Table>(parse_document(text, "f", findings).value().data);
}

std::string reference() {
  std::ostringstream text;
  text << std::ifstream(std::string(AUTHPROBE_SOURCE_DIR) + "/docs/configuration.md").rdbuf();
  return text.str();
}

// The values that the reference's examples give to the keys of a section, in TOML.
using Values = std::map<std::string, std::set<std::string>>;

void add_values(const Value& table, Values& values) {
  for (const Entry& entry : std::get<Table>(table.data)) values[entry.key].insert(toml(entry.value));
}

struct Examples {
  Values settings;
  Values targets;
  Values lists;
  Values credentials;
  Values inventories;
  std::set<std::string> names;  // of credentials

  // The credentials that a value names, as `credential` and `next` do.
  std::string named() const {
    std::string text;
    for (const std::string& name : names) {
      const auto is_in = [&](const Values* values) { return names_one(*values, name); };
      if (std::ranges::any_of(std::array{&settings, &targets, &credentials, &lists}, is_in)) {
        text += "[credentials." + key_text(name) + "]\nkind = \"bearer\"\ntoken.env = \"T\"\n";
      }
    }
    // What `listed_as` names.
    return text + "[credentials.lister]\nkind = \"bearer\"\ntoken.env = \"T\"\n" +
           "[inventories.gitlab]\nprovider = \"gitlab\"\ngroup = \"1\"\ncredential = \"lister\"\n";
  }

 private:
  static bool names_one(const Values& values, const std::string& name) {
    return std::ranges::any_of(values, [&](const auto& key) {
      return std::ranges::any_of(key.second, [&](const auto& value) { return value.find(quoted(name)) != value.npos; });
    });
  }
};

void add_block(const std::string& block, Examples& examples) {
  for (const Entry& section : document_of(block)) {
    if (section.key == "settings") add_values(section.value, examples.settings);
    if (section.key == "targets_from") {
      for (const Entry& entry : std::get<Table>(section.value.data)) add_values(entry.value, examples.lists);
    }
    if (section.key == "inventories") {
      for (const Entry& entry : std::get<Table>(section.value.data)) add_values(entry.value, examples.inventories);
    }
    if (section.key != "targets" && section.key != "credentials") continue;
    const bool is_target = section.key == "targets";
    for (const Entry& entry : std::get<Table>(section.value.data)) {
      add_values(entry.value, is_target ? examples.targets : examples.credentials);
      if (!is_target) examples.names.insert(entry.key);
    }
  }
}

Examples examples() {
  Examples found;
  const std::string text = reference();
  const std::string fence = "```toml\n";
  for (auto begin = text.find(fence); begin != std::string::npos; begin = text.find(fence, begin)) {
    begin += fence.size();
    add_block(text.substr(begin, text.find("```", begin) - begin), found);
  }
  auto& credential = found.targets["credential"];
  credential = {*credential.begin()};  // one name is as good as another
  // What both have, such as `tls`, means the same.
  for (const auto& [key, values] : found.targets) {
    if (found.credentials.contains(key)) found.credentials[key].insert(values.begin(), values.end());
  }
  found.inventories["credential"] = {"\"lister\""};
  for (const auto& [key, values] : found.targets) found.inventories.try_emplace(key, values);
  return found;
}

std::set<std::string> errors_in(const std::string& text) {
  std::set<std::string> errors;
  for (const Finding& finding : parse(text, "/f").findings) {
    if (finding.severity == Finding::Severity::error) errors.insert(finding.key + ": " + finding.rule);
  }
  return errors;
}

// A file whose last table grows key by key, where no key may bring an error.
class Draft {
 public:
  // The last table begins with `start`.
  Draft(std::string start, const Values& values)
      : start_(std::move(start)), values_(values), errors_(errors_in(start_)) {}

  bool has(const std::string& key) const { return lines_.contains(key); }

  bool add(const std::string& key) {
    if (has(key)) return true;
    for (const std::string& value : values_.at(key)) {
      if (accept({{key, value}})) return true;
    }
    return false;
  }

  // Two keys of which one needs the other.
  bool add(const std::string& key, const std::string& other) {
    if (has(key) || has(other) || key == other) return has(key);
    for (const std::string& value : values_.at(key)) {
      for (const std::string& beside : values_.at(other)) {
        if (accept({{key, value}, {other, beside}})) return true;
      }
    }
    return false;
  }

  // The file, and the same with each other value of each key that is fine there.
  void add_files_to(std::vector<std::string>& files) const {
    EXPECT_THAT(errors_, IsEmpty()) << text(lines_);
    files.push_back(text(lines_));
    for (const auto& [key, value] : lines_) {
      for (const std::string& other : values_.at(key)) {
        auto lines = lines_;
        lines[key] = other;
        if (other != value && errors_in(text(lines)).empty()) files.push_back(text(lines));
      }
    }
  }

 private:
  using Lines = std::map<std::string, std::string>;

  std::string text(const Lines& lines) const {
    std::string text = start_;
    for (const auto& [key, value] : lines) text += key + " = " + value + '\n';
    return text;
  }

  bool accept(Lines lines) {
    lines.insert(lines_.begin(), lines_.end());
    std::set<std::string> errors = errors_in(text(lines));
    if (!std::includes(errors_.begin(), errors_.end(), errors.begin(), errors.end())) return false;
    lines_ = std::move(lines);
    errors_ = std::move(errors);
    return true;
  }

  std::string start_;
  const Values& values_;
  std::set<std::string> errors_;
  Lines lines_;
};

// Files whose last table begins with `start`; together these tables have all of `keys`, with all values.
std::vector<std::string> files_with_every_key(const std::string& start, std::set<std::string> keys,
                                              const Values& values) {
  std::vector<std::string> files;
  std::erase_if(keys, [&](const std::string& key) {
    EXPECT_TRUE(values.contains(key)) << "docs/configuration.md has no example of " << key;
    return !values.contains(key);
  });
  for (std::set<std::string> left = keys; !left.empty();) {
    Draft draft(start, values);
    for (const std::string& key : left) draft.add(key);
    for (const std::string& key : left) {
      for (auto other = keys.begin(); !draft.add(key) && other != keys.end(); ++other) draft.add(key, *other);
    }
    for (const std::string& key : keys) draft.add(key);
    draft.add_files_to(files);
    if (std::erase_if(left, [&](const std::string& key) { return draft.has(key); }) > 0) continue;
    ADD_FAILURE() << "no value fits of " << ::testing::PrintToString(left);
    break;
  }
  return files;
}

// The keys that stand right in the tables of a section.
std::set<std::string> keys_of(const std::string& prefix) {
  std::set<std::string> keys;
  for (const KnownKey& key : known_keys()) {
    const std::string rest = key.path.starts_with(prefix) ? key.path.substr(prefix.size()) : ".";
    if (rest.find('.') == std::string::npos) keys.insert(rest);
  }
  return keys;
}

bool is_key_of(std::string_view kind, const std::string& key) {
  const auto findings =
      config_test::findings_of("[credentials.a]\nkind = '" + std::string(kind) + "'\n" + key + " = 1\n");
  return std::none_of(findings.begin(), findings.end(), [](const std::string& finding) {
    return finding.find("is not a key of kind") != std::string::npos;
  });
}

// The ${name}s alone.
std::string placeholders(const std::string& text) {
  std::string names;
  for (auto at = text.find("${"); at != std::string::npos; at = text.find("${", at + 2)) {
    names += text.substr(at, text.find('}', at) - at + 1);
  }
  return names;
}

// `config` without what is not shown.
Config without_secrets(Config config) {
  const auto hide = [](Pairs& headers) {
    for (auto& [name, value] : headers) value = is_plain_header(name) ? value : placeholders(value);
  };
  for (Credential& credential : config.credentials) {
    if (auto* oauth2 = std::get_if<Oauth2>(&credential.kind)) hide(oauth2->params);
    if (auto* login = std::get_if<Login>(&credential.kind)) {
      hide(login->headers);
      login->body = placeholders(login->body);
      for (LoginStep& step : login->steps) {
        hide(step.headers);
        step.body = placeholders(step.body);
      }
    }
  }
  for (Target& target : config.targets) {
    hide(target.headers);
    target.body.clear();
  }
  for (TargetList& list : config.lists) {
    for (auto& [name, value] : list.params) value.clear();
  }
  return config;
}

// "targets.NAME.expect.status" and the like: every key that `value` has, and the tables on the way.
void add_paths(const std::string& path, const Value& value, std::set<std::string>& paths) {
  paths.insert(path);
  if (const auto* array = std::get_if<Array>(&value.data)) {
    for (const Value& element : *array) add_paths(path, element, paths);
  }
  const auto* table = std::get_if<Table>(&value.data);
  if (table == nullptr) return;
  const bool of_names = path == "targets" || path == "credentials" || path == "targets_from" || path == "inventories";
  for (const Entry& entry : *table) add_paths(path + '.' + (of_names ? "NAME" : entry.key), entry.value, paths);
}

bool is_a_targets_key_of_a_list(const std::string& path) {
  const std::string prefix = "targets_from.NAME.";
  if (!path.starts_with(prefix)) return false;
  const auto known = known_keys();
  return std::ranges::any_of(known,
                             [&](const KnownKey& key) { return key.path == "defaults." + path.substr(prefix.size()); });
}

class RoundTrip : public ::testing::Test {
 protected:
  // Loads what is shown of the file, and notes the keys that are shown.
  void check(const std::string& file) {
    const Config original = parse(file, "/f").config;
    const std::string shown = redacted_toml(original);
    const LoadResult again = parse(shown, "/f");
    ASSERT_TRUE(again.ok()) << file << shown << ::testing::PrintToString(config_test::lines_of(again.findings));
    const Config before = without_secrets(original);
    const Config after = without_secrets(again.config);
    EXPECT_EQ(after.settings, before.settings) << shown;
    EXPECT_TRUE(after.credentials == before.credentials) << file << shown;
    EXPECT_TRUE(after.targets == before.targets) << file << shown;
    EXPECT_TRUE(after.lists == before.lists) << file << shown;
    EXPECT_TRUE(after.inventories == before.inventories) << file << shown;
    for (const Entry& section : document_of(shown)) add_paths(section.key, section.value, shown_);
  }

  void check_credentials() {
    for (const CredentialKind& kind : all_kinds()) {
      const std::string word(to_string(kind));
      std::set<std::string> keys = keys_of("credentials.NAME.");
      std::erase_if(keys, [&](const std::string& key) { return key == "kind" || !is_key_of(word, key); });
      // A provider is of one kind, and hosts forbid most of the examples' URLs.
      if (word != "bearer") std::erase_if(keys, [](const auto& key) { return key == "provider" || key == "hosts"; });
      const bool sends_secret = token_url(kind) == nullptr && !std::holds_alternative<Negotiate>(kind);
      if (!sends_secret || main_secret(kind) == nullptr) keys.erase("retire");
      if (traits_of(kind).is_in_url) keys.erase("next");  // the named ones are of kind bearer, which cannot follow it
      const std::string start = examples_.named() + "[credentials.subject]\nkind = \"" + std::string(word) + "\"\n";
      for (const std::string& file : files_with_every_key(start, keys, examples_.credentials)) check(file);
    }
  }

  void check_targets() {
    const std::string start = examples_.named() + "[targets.subject]\n";
    for (const std::string& file : files_with_every_key(start, keys_of("targets.NAME."), examples_.targets)) {
      check(file);
    }
  }

  // The keys that a list's targets have too are shown by the same rows as a target's.
  void check_lists() {
    std::set<std::string> keys = keys_of("targets_from.NAME.");
    for (const std::string& key : keys_of("defaults.")) keys.erase(key);
    const std::string start = examples_.named() + "[targets_from.subject]\ninterval = \"1m\"\n";
    for (const std::string& file : files_with_every_key(start, keys, examples_.lists)) check(file);
  }

  void check_inventories() {
    std::set<std::string> keys = keys_of("inventories.NAME.");
    for (const char* key : {"provider", "list", "credential"}) keys.erase(key);  // they go together
    const std::string start = examples_.named() +
                              "[inventories.subject]\nprovider = \"gitlab\"\nlist = \"group-tokens\"\n" +
                              "group = \"1\"\ncredential = \"lister\"\n";
    for (const std::string& file : files_with_every_key(start, keys, examples_.inventories)) check(file);
  }

  const Examples examples_ = examples();
  std::set<std::string> shown_;
};

TEST_F(RoundTrip, LosesNothingButSecretsOfAnyKey) {
  check_credentials();
  check_targets();
  check_lists();
  check_inventories();
  for (const std::string& file : files_with_every_key("[settings]\n", keys_of("settings."), examples_.settings)) {
    check(file);
  }
  std::vector<std::string> hidden;
  for (const KnownKey& key : known_keys()) {
    const std::string last = key.path.substr(key.path.rfind('.') + 1);
    // One of the sources of a secret, and one place in a file, is enough.
    const bool is_place = last == "json_pointer" || last == "variable" || last == "section";
    const bool is_source = last == "file" || last == "env" || last == "value" || is_place;
    const bool is_default =
        key.path.starts_with("defaults.") || is_a_targets_key_of_a_list(key.path);  // is shown with each target
    if (key.is_shown && !is_source && !is_default && !shown_.contains(key.path)) hidden.push_back(key.path);
  }
  EXPECT_THAT(hidden, IsEmpty());
}

}  // namespace
}  // namespace authprobe::config
