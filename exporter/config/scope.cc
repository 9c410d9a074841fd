#include "exporter/config/scope.h"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <utility>

#include "exporter/config/forms.h"
#include "exporter/config/hosts.h"
#include "exporter/config/quantity.h"
#include "exporter/config/references.h"
#include "exporter/config/source_files.h"
#include "exporter/wire/host_pattern.h"

namespace authprobe::config {

bool is_inside(const Scope& scope, const std::string& file) {
  const std::filesystem::path folder(scope.folder);
  const std::filesystem::path parent = std::filesystem::path(file).parent_path();
  for (const std::string& place : {canonical(parent.empty() ? "." : parent.string()) + "/x", canonical(file)}) {
    const std::filesystem::path path(place);
    if (std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first == folder.end()) return true;
  }
  return false;
}

namespace {

// Of a target: none names a file, leads a connection elsewhere, weakens TLS, or shares a connection.
constexpr std::array<std::string_view, 16> kAllowedKeys{
    "url",      "method",       "headers", "body",    "user_agent",  "credential", "control_url", "controls",
    "interval", "body_excerpt", "labels",  "timeout", "maintenance", "ip_version", "expect",      "http_version"};

// A server that has many sites chooses one by this header: the credential would go to another's.
constexpr std::array<std::string_view, 1> kForbiddenHeaders{"Host"};

bool matches_any(const std::vector<std::string>& patterns, const std::string& name) {
  return std::ranges::any_of(patterns, [&](const std::string& pattern) {
    return ::fnmatch(pattern.c_str(), name.c_str(), FNM_NOESCAPE) == 0;
  });
}

void read_name_patterns(const Field& field, std::vector<std::string>& into) {
  for (const Field& element : field.elements()) {
    auto pattern = element.line();
    if (!pattern) continue;
    std::string name = *pattern;
    std::ranges::replace(name, '*', 'x');
    if (!is_name(name)) {
      element.error("must be a name, in which * stands for anything", "such as \"shop-*\"");
    } else {
      into.push_back(std::move(*pattern));
    }
  }
}

void read_files(const Field& field, Scope& into) {
  const auto pattern = field.line();
  if (!pattern) return;
  into.files = from_folder_of(field.context().file, *pattern);
  const std::filesystem::path path(*pattern);
  if (path.parent_path().string().find_first_of("*?[") != std::string::npos) {
    field.error("must have * in its last part only", "an include for each folder");
  }
  const std::string& main = field.context().file;
  into.folder = canonical((std::filesystem::path(main).parent_path() / path).parent_path().string());
  if (is_inside(into, main)) field.error("must be in another folder than this file, and in none above it");
}

constexpr Key<Scope> kScopeKeys[] = {
    {"files", only_read(read_files), ""},
    {"names", only_read<Scope>([](const Field& field, Scope& into) { read_name_patterns(field, into.names); }), ""},
    {"credentials",
     only_read<Scope>([](const Field& field, Scope& into) { read_name_patterns(field, into.credentials); }), ""},
    {"hosts", only_read<Scope>([](const Field& field, Scope& into) { read_host_patterns(field, into.hosts); }), ""},
    {"max_in_flight", integer<&Scope::max_in_flight, 1, kMostInFlight>, ""},
};

// What a target of a scope may have in one of its keys: values in all, at any depth, and bytes of a text.
struct Size {
  std::string_view key;
  std::size_t values;
  std::size_t bytes;
};
constexpr std::array kMostOf{Size{"expect", 100, 1'000}, Size{"labels", 32, 1'000}, Size{"maintenance", 200, 100}};

struct Weight {
  std::size_t values = 0;
  std::size_t longest = 0;
};

void weigh(const Value& value, Weight& weight) {
  if (const auto* array = std::get_if<Array>(&value.data)) {
    for (const Value& element : *array) weigh(element, weight);
  } else if (const auto* entries = std::get_if<Table>(&value.data)) {
    for (const Entry& entry : *entries) weigh(entry.value, weight);
  } else {
    ++weight.values;
    if (const auto* text = std::get_if<std::string>(&value.data))
      weight.longest = std::max(weight.longest, text->size());
  }
}

// What searches of patterns cost is paid where all targets are probed.
void check_steps(const Scope& scope, const Field& field, const Expectation& expect) {
  const auto own = field.child("expect");
  if (!own) return;
  std::size_t steps = 0;
  const auto add = [&](const Pattern& pattern) { steps += pattern.steps(); };
  std::ranges::for_each(expect.body_matches, add);
  std::ranges::for_each(expect.body_not_matches, add);
  for (const HeaderCheck& check : expect.headers) add(check.matches);
  for (const JsonCheck& check : expect.json) add(check.matches);
  if (steps <= ScopedPatterns::kMostSteps) return;
  own->error("has patterns of " + std::to_string(steps) + " steps together, where targets of " + scope.files +
                 " have up to " + std::to_string(ScopedPatterns::kMostSteps),
             "x{100} has 100 times the steps of x; each letter and each class of letters is one");
}

void check_interval(const Scope& scope, const Field& field, const Target& target) {
  const auto own = field.child("interval");
  if (!own || target.interval >= kLeastScopedInterval) return;
  own->error("must be " + format_duration(kLeastScopedInterval) + " or more in " + scope.files);
}

bool may_be_at(const Scope& scope, const Config& config, const wire::Url& url) {
  const auto is_there = [&](const std::string& host) { return wire::is_host_of(host, url); };
  if (std::ranges::any_of(scope.hosts, is_there)) return true;
  return std::ranges::any_of(config.credentials, [&](const Credential& credential) {
    return matches_any(scope.credentials, credential.name) && std::ranges::any_of(credential.hosts, is_there);
  });
}

void check_place(const Scope& scope, const Field& at, const wire::Url& url, const Config& config) {
  if (url.empty() || may_be_at(scope, config, url)) return;
  at.error("is at " + std::string(url.host()) + ", where targets of " + scope.files + " must not be",
           "hosts of that include, or of a credential that it grants");
}

// By its own key, or by [defaults].
void check_scoped_credential(const Scope& scope, const Field& field, const Target& target, const Config& config) {
  if (target.credential.empty()) return;
  const auto own = field.child("credential");
  const Field& at = own ? *own : field;
  if (!matches_any(scope.credentials, target.credential)) {
    at.error("uses a credential that is not granted to " + scope.files,
             own ? "credentials of that include" : "[defaults] has it; credential = \"\" for none");
    return;
  }
  const Credential* credential = find_credential(config, target.credential);
  if (credential != nullptr && credential->hosts.empty()) at.error("uses a credential that has no hosts");
  const bool is_plain = !target.url.empty() && !target.url.https() && !target.url.is_loopback();
  if (is_plain) at.error("would be sent over plain http", "https, or no credential");
}

}  // namespace

Scope read_scope(const Field& field) {
  Scope scope;
  read_table(field, all(kScopeKeys), scope);
  if (!field.child("files")) field.error("must have files");
  if (!field.child("names")) field.error("must have names", R"(such as names = ["shop-*"])");
  if (!field.child("credentials") && !field.child("hosts")) field.error("must have credentials or hosts");
  return scope;
}

void check_scoped_sections(const Scope& scope, const Field& root) {
  for (const Entry& entry : *root.table()) {
    if (entry.key == "targets") continue;
    root.child(entry).error("is not allowed in " + scope.files, "only targets are");
  }
}

bool check_scoped_name(const Scope& scope, const Field& target) {
  const std::string name(target.key());
  if (matches_any(scope.names, name)) return true;
  target.error("is a name that targets of " + scope.files + " must not have", "names of that include");
  return false;
}

bool check_scoped_size(const Scope& scope, const Field& target) {
  bool is_small = true;
  for (const auto& [key, values, bytes] : kMostOf) {
    const auto field = std::holds_alternative<Table>(target.value().data) ? target.child(key) : std::nullopt;
    if (!field) continue;
    Weight weight;
    weigh(field->value(), weight);
    if (weight.values <= values && weight.longest <= bytes) continue;
    is_small = false;
    field->error("is too much: in " + scope.files + " it has up to " + std::to_string(values) +
                 " values, each of up to " + std::to_string(bytes) + " bytes");
  }
  return is_small;
}

void follow_no_redirect(Target& target) {
  if (target.connection->max_redirects == 0) return;
  Connection without = *target.connection;
  without.max_redirects = 0;
  target.connection = std::make_shared<const Connection>(std::move(without));
}

void check_scoped_target(const Scope& scope, const Field& field, const Target& target, const Config& config) {
  if (!std::holds_alternative<Table>(field.value().data)) return;
  for (const Entry& entry : *field.table()) {
    const Field key = field.child(entry);
    if (std::ranges::find(kAllowedKeys, entry.key) == kAllowedKeys.end()) {
      key.error("is not allowed in " + scope.files, "[defaults] or a file without this scope may have it");
    }
    if (entry.key != "headers" || !std::holds_alternative<Table>(entry.value.data)) continue;
    for (const Entry& header : *key.table()) {
      if (is_one_of(header.key, kForbiddenHeaders)) key.child(header).error("is not allowed in " + scope.files);
    }
  }
  const auto url = field.child("url");
  check_place(scope, url ? *url : field, target.url, config);
  if (const auto control = field.child("control_url")) check_place(scope, *control, target.control_url, config);
  check_scoped_credential(scope, field, target, config);
  check_steps(scope, field, *target.expect);
  check_interval(scope, field, target);
}

void check_grants(const Scope& scope, const Field& include, const Config& config) {
  for (const Credential& credential : config.credentials) {
    if (!matches_any(scope.credentials, credential.name) || !credential.hosts.empty()) continue;
    include.error(
        "grants credentials." + credential.name + ", which has no hosts: others would choose where it is sent",
        "hosts in credentials." + credential.name);
  }
}

}  // namespace authprobe::config
