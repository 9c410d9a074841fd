// `targets_from.NAME`: the keys of a list itself. Those that its targets have are in target_keys.cc.
#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

#include "exporter/config/forms.h"
#include "exporter/config/hosts.h"
#include "exporter/config/source_files.h"
#include "exporter/config/target_list.h"

namespace authprobe::config {
namespace {

void read_files(const Field& field, TargetList& into) {
  into.files.clear();
  for (const Field& element : field.elements()) {
    const auto path = element.line();
    if (!path) continue;
    if (!is_list_name(*path)) {
      element.error("must be a name that ends in .json, .yml or .yaml, with * in its last part only",
                    "as Prometheus's file_sd has it");
      continue;
    }
    into.files.push_back(from_folder_of(field.context().file, *path));
  }
}

void read_hosts(const Field& field, TargetList& into) {
  read_host_patterns(field, into.hosts);
}

void read_path(const Field& field, TargetList& into) {
  auto path = field.line();
  if (!path) return;
  if (!path->starts_with('/') || path->find_first_of("?#") != std::string::npos) {
    field.error("must be a path that begins with /", "params = { name = \"value\" } makes a query");
    return;
  }
  into.path = std::move(*path);
}

void read_params(const Field& field, TargetList& into) {
  const Table* entries = field.table();
  if (entries == nullptr) return;
  for (const Entry& entry : *entries) {
    const Field param = field.child(entry);
    if (!is_label_name("x" + entry.key)) param.error("must be a name of letters, digits and '_'");
    if (auto value = param.line()) into.params.emplace_back(entry.key, std::move(*value));
  }
}

void show_params(const TargetList& list, const TomlWriter& out) {
  for (const auto& [name, value] : list.params) out.at(name).text(kRedacted);
}

// A name, in which $1 and ${name} may stand.
bool is_label_template(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) || std::string_view("_${}").find(static_cast<char>(c)) != std::string_view::npos;
  });
}

void read_label_names(const Field& field, RelabelRule& into) {
  into.source_labels.clear();
  for (const Field& element : field.elements()) {
    auto name = element.text();
    if (name && !is_label_name(*name)) element.error(std::string(kLabelNameRule));
    if (name) into.source_labels.push_back(std::move(*name));
  }
}

void read_modulus(const Field& field, RelabelRule& into) {
  assign(field.integer(1, std::numeric_limits<std::int64_t>::max()), into.modulus);
}

void show_modulus(const RelabelRule& rule, const TomlWriter& out) {
  if (rule.modulus != 0) out.raw(std::to_string(rule.modulus));
}

constexpr Key<RelabelRule> kRelabelKeys[] = {
    {"action", word<&RelabelRule::action, kRelabelActions>,
     "what the step does, as in [Prometheus's relabel_config]"
     "(https://prometheus.io/docs/prometheus/latest/configuration/configuration/#relabel_config)"},
    {"source_labels",
     {read_label_names, texts<&RelabelRule::source_labels, &Field::text>.show},
     "the labels whose values are joined"},
    {"separator", text<&RelabelRule::separator>, "stands between these values"},
    {"regex", text<&RelabelRule::regex, &Field::pattern_text>,
     "matches the whole of the joined values, or of a label's name for `labelmap`, `labeldrop` and `labelkeep`"},
    {"target_label", text<&RelabelRule::target_label>, "the label that gets the result; `$1` may stand in its name"},
    {"modulus",
     {read_modulus, show_modulus},
     "of `hashmod`: the result is the MD5 of the joined values modulo this, as Prometheus computes it"},
    {"replacement", text<&RelabelRule::replacement>,
     "the result, where `$1` and `${name}` stand for groups of `regex`; an empty result takes the label away"},
};

bool needs_target(RelabelAction action) {
  using enum RelabelAction;
  return action == replace || action == hashmod || action == lowercase || action == uppercase || action == keepequal ||
         action == dropequal;
}

void check_relabel(const Field& field, const RelabelRule& rule) {
  using enum RelabelAction;
  const std::string action = "action \"" + std::string(name_of(kRelabelActions, rule.action)) + '"';
  const bool is_hash = rule.action == hashmod;
  const bool is_of_names = rule.action == labelmap || rule.action == labeldrop || rule.action == labelkeep;
  if (needs_target(rule.action) && rule.target_label.empty()) field.error(action + " needs a target_label");
  if (!needs_target(rule.action)) refuse_idle(field, "target_label", action + " sets no label of this name");
  if (is_of_names) refuse_idle(field, "source_labels", action + " looks at the names of all labels");
  if (is_hash && !field.child("modulus")) field.error(action + " needs a modulus");
  if (!is_hash) refuse_idle(field, "modulus", action + " computes no hash");
  if (needs_target(rule.action) && rule.action != replace) {
    refuse_idle(field, "regex", action + " looks for no pattern");
  }
  if (rule.action != replace && rule.action != labelmap) {
    refuse_idle(field, "replacement", action + " replaces nothing");
  }
  const auto target = field.child("target_label");
  const bool is_good = rule.action == replace ? is_label_template(rule.target_label) : is_label_name(rule.target_label);
  if (target && !rule.target_label.empty() && !is_good) target->error(std::string(kLabelNameRule));
}

constexpr Key<TargetList> kTargetListKeys[] = {
    {"files",
     {read_files, texts<&TargetList::files, &Field::line>.show},
     "files of Prometheus's `file_sd`, as patterns"},
    {"url", web_url<&TargetList::url>, "of Prometheus's `http_sd`: answers JSON as such a file has it"},
    {"url_credential", text<&TargetList::url_credential, &Field::name>,
     "the name of the credential that the request to `url` has; the targets have `credential`"},
    {"refresh_interval",
     duration<&TargetList::refresh_interval, between(std::chrono::seconds(1), std::chrono::hours(24))>,
     "`\"1s\"` to `\"1d\"`: how often `url` is asked"},
    {"hosts",
     {read_hosts, texts<&TargetList::hosts, &Field::line>.show},
     "where the list's targets may be; others are left out"},
    {"scheme",
     {word<&TargetList::scheme, kUrlSchemes>.read,
      [](const TargetList& list, const TomlWriter& out) { out.text(name_of(kUrlSchemes, list.scheme)); }},
     "of a target without `__scheme__`"},
    {"path", {read_path, text<&TargetList::path>.show}, "of a target without `__metrics_path__`"},
    {"params", {read_params, show_params}, "the query of a target without such `__param_` labels: name to value"},
    {"relabel", tables<&TargetList::relabel, kRelabelKeys, check_relabel>,
     "steps that change the labels of a target before its URL is made of them, or leave the target out"},
};

}  // namespace

Keys<TargetList> target_list_keys() {
  return kTargetListKeys;
}

void check_target_list(const Field& field, const TargetList& list) {
  if (list.files.empty() && list.url.empty() && !field.child("url")) {
    field.error("must have files or a url", R"(such as files = ["targets/*.json"])");
  }
  if (!list.url.empty()) return;
  refuse_idle(field, "url_credential", "there is no url");
  refuse_idle(field, "refresh_interval", "there is no url");
}

}  // namespace authprobe::config
