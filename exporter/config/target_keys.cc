// `targets.NAME`, and `defaults`, which has the same keys except those that each target has for itself.
#include <algorithm>
#include <array>
#include <cctype>

#include "exporter/config/forms.h"
#include "exporter/config/target_list.h"
#include "exporter/wire/authorization.h"

namespace authprobe::config {
namespace {

void read_method(const Field& field, Target& into) {
  static constexpr std::array<std::string_view, 8> kMethods{"GET",   "HEAD",   "POST",    "PUT",
                                                            "PATCH", "DELETE", "OPTIONS", "QUERY"};
  const auto method = field.token();
  if (!method) return;
  const bool is_known = std::find(kMethods.begin(), kMethods.end(), *method) != kMethods.end();
  if (!is_known && is_one_of(*method, kMethods)) {
    field.error("must be in capital letters", "methods are case-sensitive");
  } else if (*method == "CONNECT") {
    field.error("cannot be CONNECT", "it opens a tunnel; `proxy` does that");
  } else {
    into.method = *method;
  }
}

// The transfer writes these itself; a second one would break the framing.
constexpr std::array<std::string_view, 4> kFramingHeaders{"Content-Length", "Transfer-Encoding", "Connection",
                                                          "Upgrade"};

// `Proxy-Authorization` is for the proxy alone: the server gets no credential with it.
bool carries_secret(std::string_view name, std::string_view value) {
  return wire::sent_by(name, value) != wire::SentCredential::none ||
         wire::equal_ignoring_case(name, "Proxy-Authorization");
}

void read_header(const Field& field, std::string_view name, Pairs& into) {
  if (!is_token(name)) {
    field.error("must be the name of a header", "letters, digits and '-'");
    return;
  }
  if (is_one_of(name, kFramingHeaders)) field.error("cannot be set: the transfer sends its own");
  auto value = field.line();
  if (!value) return;
  if (carries_secret(name, *value)) field.warning("has a secret in plain text", "use a credential");
  const auto same =
      std::find_if(into.begin(), into.end(), [&](auto& h) { return wire::equal_ignoring_case(h.first, name); });
  if (same == into.end()) {
    into.emplace_back(name, std::move(*value));
  } else {
    *same = {std::string(name), std::move(*value)};
  }
}

constexpr std::size_t kMostHeaders = 100;

void read_headers(const Field& field, Target& into) {
  const Table* entries = field.table();
  if (entries == nullptr) return;
  if (entries->size() > kMostHeaders) {
    field.error("must have at most " + std::to_string(kMostHeaders) + " headers");
    return;
  }
  for (auto entry = entries->begin(); entry != entries->end(); ++entry) {
    const bool twice = std::any_of(entries->begin(), entry,
                                   [&](const Entry& e) { return wire::equal_ignoring_case(e.key, entry->key); });
    if (twice) {
      field.child(*entry).error("is defined twice", "header names are compared without case");
    } else {
      read_header(field.child(*entry), entry->key, into.headers);
    }
  }
}

// The last three are on series that have a target's labels as well.
constexpr std::array<std::string_view, 8> kOwnLabels{"target",     "url",   "method",  "host",
                                                     "credential", "state", "refused", "to"};
// What the alert rules say of a refusal while they make its alert: a target's own label of that name would be lost.
constexpr std::array<std::string_view, 6> kRuleLabels{"answer", "cause",  "confidence",
                                                      "words",  "action", "credential_owner"};
constexpr std::array<std::string_view, 13> kScrapeLabels{"endpoint", "service", "pod",      "namespace", "container",
                                                         "node",     "job",     "instance", "region",    "location",
                                                         "zone",     "cluster", "env"};

}  // namespace

std::string label_problem(std::string_view name) {
  if (!is_label_name(name)) return std::string(kLabelNameRule);
  if (name.starts_with("__")) return "must not begin with __: Prometheus reserves such labels";
  if (std::find(kOwnLabels.begin(), kOwnLabels.end(), name) != kOwnLabels.end()) {
    return "is already a label of the target's series";
  }
  if (std::find(kRuleLabels.begin(), kRuleLabels.end(), name) != kRuleLabels.end()) {
    return "is a label that the alert rules set and take away";
  }
  if (std::find(kScrapeLabels.begin(), kScrapeLabels.end(), name) != kScrapeLabels.end()) {
    return "is a label that scrape configurations overwrite";
  }
  return "";
}

namespace {

void read_labels(const Field& field, Target& into) {
  const Table* entries = field.table();
  if (entries == nullptr) return;
  Pairs& labels = into.labels;
  for (const Entry& entry : *entries) {
    const Field label = field.child(entry);
    const std::string problem = label_problem(entry.key);
    if (!problem.empty()) label.error(problem, "choose another name");
    auto value = label.text();
    if (!problem.empty() || !value) continue;
    const auto at =
        std::lower_bound(labels.begin(), labels.end(), entry.key, [](auto& l, auto& key) { return l.first < key; });
    if (at != labels.end() && at->first == entry.key) {
      at->second = std::move(*value);
    } else {
      labels.emplace(at, entry.key, std::move(*value));
    }
  }
}

void read_control_url(const Field& field, Target& into) {
  const auto* text = std::get_if<std::string>(&field.value().data);
  if (text != nullptr && text->empty()) {
    into.control_url = {};
  } else {
    assign(field.web_url(), into.control_url);
  }
}

void show_headers(const Target& target, const TomlWriter& out) {
  for (const auto& [name, value] : target.headers) {
    out.at(name).text(is_plain_header(name) ? std::string_view(value) : kRedacted);
  }
}

void show_labels(const Target& target, const TomlWriter& out) {
  for (const auto& [name, value] : target.labels) out.at(name).text(value);
}

constexpr Key<ControlSettings> kControlKeys[] = {
    {"anonymous", boolean<&ControlSettings::anonymous>, "the same URL without the credential"},
    {"control_url", boolean<&ControlSettings::control_url>, "`control_url`, without the credential"},
    {"addresses", boolean<&ControlSettings::addresses>,
     "the same request to the host's other addresses, at most four: finds one bad node behind a balancer"},
    {"fresh_token", boolean<&ControlSettings::fresh_token>,
     "a fetched token (`oauth2`, `login`) that the target refuses is fetched again at once (at most every 10 seconds, "
     "once per episode), and the probe is repeated: only the answer to the new token counts"},
    {"issuer", boolean<&ControlSettings::issuer>,
     "the issuer of a JWT is asked for its public documents, without the token, once for all targets of the "
     "credential; and the API for its `resource_metadata` (RFC 9728), if its challenge names a URL of its own origin"},
    {"next", boolean<&ControlSettings::next>, "the answer to the credential's `next`, if it has one, is used too"},
};

constexpr Bounds kProbeInterval = between(std::chrono::milliseconds(100), std::chrono::hours(24));

constexpr Key<Target> kOwnKeys[] = {
    {"url",
     {read_member<&Target::url, &Field::target_url>, web_url<&Target::url>.show},
     "absolute, visible ASCII, at most 8 KiB, no fragment, no user info (use a credential)"},
    {"body", hidden_text<&Target::body>, "sent unchanged; set `headers.Content-Type` with it"},
};

constexpr Key<Target> kTargetKeys[] = {
    {"method",
     {read_method, text<&Target::method>.show},
     "in capital letters; not CONNECT. A body with GET is allowed"},
    {"headers",
     {read_headers, show_headers},
     "name to value; names compare without case. Not for secrets, and not Content-Length, Transfer-Encoding, "
     "Connection, Upgrade"},
    {"user_agent", text<&Target::user_agent, &Field::line>, "`User-Agent` of every request to the target"},
    {"credential", text<&Target::credential, &Field::name>,
     R"(the name of a credential; `""` for none if the defaults have one)"},
    {"control_url",
     {read_control_url, web_url<&Target::control_url>.show},
     "a public page of the same API, such as its health page: distinguishes a dead server from a refused credential"},
    {"controls", table<&Target::controls, kControlKeys>,
     "requests that distinguish the causes of a refusal, each once per episode, and again after 10 minutes; none is "
     "sent with a password "
     "(basic, digest), or to a target that limits our rate"},
    {"interval", duration<&Target::interval, kProbeInterval>,
     "`\"100ms\"` to `\"1d\"`: from one probe to the next. Use the scrape interval of your Prometheus"},
    {"body_excerpt", boolean<&Target::body_excerpt>,
     "true: the page of the target and the API show the first 500 bytes of an answer that is not as expected, without "
     "what looks like a secret"},
    {"labels", {read_labels, show_labels}, "labels of `authprobe_target_info`; [rules below](#labels)"},
    {"maintenance",
     {read_maintenance, show_maintenance, list_maintenance},
     "[times without alerts](#maintenance-windows)"},
};

// `is_own`: the table is a target's, not [defaults].
template <typename T, typename C, typename E, typename Use>
void tables_of(T& target, C& connection, E& expect, bool is_own, Use use) {
  use(kOwnKeys, target, is_own);
  use(kTargetKeys, target, true);
  use(connection_keys(), connection, true);
  use(probe_keys(), connection, true);
  use(expect_keys(), expect, true);
}

void read(const Field& field, bool is_own, TargetDraft& into) {
  read_tables(
      field, [&](auto use) { tables_of(into.target, into.connection, into.expect, is_own, use); },
      [](const Field& key) { key.error("cannot be a default", "it is a target's own"); });
}

}  // namespace

void read_defaults(const Field& field, TargetDraft& into) {
  read(field, false, into);
  check_target(field, into);
}

void read_target(const Field& field, TargetDraft& into) {
  if (field.table() == nullptr) return;
  into.target.position = field.position();
  read(field, true, into);
  if (!field.child("url")) field.error("must have a url");
  check_target(field, into);
  lint_target(field, into);
}

void show_target(const Target& target, const TomlWriter& out) {
  show_tables([&](auto use) { tables_of(target, *target.connection, *target.expect, true, use); }, out);
}

// The keys of a list, beside those that its targets inherit from it.
template <typename L, typename T, typename C, typename E, typename Use>
void list_tables_of(L& list, T& target, C& connection, E& expect, Use use) {
  use(target_list_keys(), list, true);
  use(kOwnKeys, target, false);
  use(kTargetKeys, target, true);
  use(connection_keys(), connection, true);
  use(probe_keys(), connection, true);
  use(expect_keys(), expect, true);
}

void read_target_list_keys(const Field& field, TargetListDraft& into) {
  if (field.table() == nullptr) return;
  into.list.position = field.position();
  TargetDraft& target = into.target;
  read_tables(
      field, [&](auto use) { list_tables_of(into.list, target.target, target.connection, target.expect, use); },
      [](const Field& key) { key.error("cannot be of a list", "it is a target's own"); });
  check_target(field, target);
  check_target_list(field, into.list);
}

void show_target_list(const TargetList& list, const TomlWriter& out) {
  const Target& target = list.target;
  show_tables([&](auto use) { list_tables_of(list, target, *target.connection, *target.expect, use); }, out);
}

void list_target_list(const std::string& path, std::vector<KnownKey>& keys) {
  const TargetListDraft draft;
  const TargetDraft& target = draft.target;
  list_tables([&](auto use) { list_tables_of(draft.list, target.target, target.connection, target.expect, use); }, path,
              keys);
}

void list_target(const std::string& path, bool is_default, std::vector<KnownKey>& keys) {
  const TargetDraft draft;
  list_tables([&](auto use) { tables_of(draft.target, draft.connection, draft.expect, !is_default, use); }, path, keys);
}

}  // namespace authprobe::config
