#include "exporter/config/read_target.h"

#include <algorithm>
#include <array>

#include "exporter/config/read_connection.h"
#include "exporter/config/read_expect.h"
#include "exporter/config/read_maintenance.h"
#include "exporter/wire/text.h"

namespace authprobe::config {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

constexpr unsigned kTargetsOwn = 1;  // a key's tag: [defaults] cannot have it

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names) {
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view n) { return wire::equal_ignoring_case(n, name); });
}

void read_method(const Field& field, TargetDraft& draft) {
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
    draft.target.method = *method;
  }
}

// The transfer writes these itself; a second one would break its framing.
constexpr std::array<std::string_view, 4> kFramingHeaders{"Content-Length", "Transfer-Encoding", "Connection",
                                                          "Upgrade"};
constexpr std::array<std::string_view, 9> kSecretHeaders{
    "Authorization", "Proxy-Authorization", "Cookie",        "X-API-Key",    "Api-Key",
    "X-Auth-Token",  "X-Access-Token",      "X-Vault-Token", "Private-Token"};

void read_header(const Field& field, std::string_view name, Pairs& into) {
  if (!is_token(name)) {
    field.error("must be the name of a header", "letters, digits and '-'");
    return;
  }
  if (is_one_of(name, kFramingHeaders)) field.error("cannot be set: the transfer sends its own");
  if (is_one_of(name, kSecretHeaders)) field.warning("carries a secret in plain sight", "use a credential");
  auto value = field.line();
  if (!value) return;
  const auto same =
      std::find_if(into.begin(), into.end(), [&](auto& h) { return wire::equal_ignoring_case(h.first, name); });
  if (same == into.end()) {
    into.emplace_back(name, std::move(*value));
  } else {
    *same = {std::string(name), std::move(*value)};
  }
}

void read_headers(const Field& field, TargetDraft& draft) {
  const Table* entries = field.table();
  if (entries == nullptr) return;
  for (auto entry = entries->begin(); entry != entries->end(); ++entry) {
    const bool twice = std::any_of(entries->begin(), entry,
                                   [&](const Entry& e) { return wire::equal_ignoring_case(e.key, entry->key); });
    if (twice) {
      field.child(*entry).error("is there twice", "names of headers compare without case");
    } else {
      read_header(field.child(*entry), entry->key, draft.target.headers);
    }
  }
}

constexpr std::array<std::string_view, 5> kOwnLabels{"target", "url", "method", "host", "credential"};
constexpr std::array<std::string_view, 13> kScrapeLabels{"endpoint", "service", "pod",      "namespace", "container",
                                                         "node",     "job",     "instance", "region",    "location",
                                                         "zone",     "cluster", "env"};

// What is wrong with a label's name; empty: nothing.
std::string label_problem(std::string_view name) {
  const bool valid = !name.empty() && !std::isdigit(static_cast<unsigned char>(name.front())) &&
                     std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) || c == '_'; });
  if (!valid) return "must be a label name: letters, digits and '_', the first no digit";
  if (name.starts_with("__")) return "must not begin with __: Prometheus keeps such labels to itself";
  if (std::find(kOwnLabels.begin(), kOwnLabels.end(), name) != kOwnLabels.end()) {
    return "is a label that authprobe_target_info has already";
  }
  if (std::find(kScrapeLabels.begin(), kScrapeLabels.end(), name) != kScrapeLabels.end()) {
    return "is a label that scrape configurations overwrite";
  }
  return "";
}

void read_labels(const Field& field, TargetDraft& draft) {
  const Table* entries = field.table();
  if (entries == nullptr) return;
  Pairs& labels = draft.target.labels;
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

void read_control_url(const Field& field, TargetDraft& draft) {
  const auto* text = std::get_if<std::string>(&field.value().data);
  if (text != nullptr && text->empty()) {
    draft.target.control_url = {};
  } else {
    assign(field.web_url(), draft.target.control_url);
  }
}

void read_interval(const Field& field, TargetDraft& draft) {
  assign(field.duration(std::chrono::milliseconds(100), std::chrono::hours(24)), draft.target.interval);
}

template <bool Controls::*control>
constexpr auto into_control = [](const Field& field, Controls& into) { assign(field.boolean(), into.*control); };

constexpr Key<Controls> kControlKeys[] = {
    {"anonymous", into_control<&Controls::anonymous>}, {"control_url", into_control<&Controls::control_url>},
    {"addresses", into_control<&Controls::addresses>}, {"fresh_token", into_control<&Controls::fresh_token>},
    {"next", into_control<&Controls::next>},
};

template <void (*read)(const Field&, Connection&)>
constexpr auto into_connection = [](const Field& field, TargetDraft& draft) { read(field, draft.connection); };

constexpr Key<TargetDraft> kTargetKeys[] = {
    {"url", [](const Field& field, TargetDraft& draft) { assign(field.web_url(), draft.target.url); }, kTargetsOwn},
    {"method", read_method},
    {"headers", read_headers},
    {"body", [](const Field& field, TargetDraft& draft) { assign(field.text(), draft.target.body); }, kTargetsOwn},
    {"user_agent", [](const Field& field, TargetDraft& draft) { assign(field.line(), draft.target.user_agent); }},
    {"credential", [](const Field& field, TargetDraft& draft) { assign(field.name(), draft.target.credential); }},
    {"control_url", read_control_url},
    {"controls",
     [](const Field& field, TargetDraft& draft) { read_table(field, control_keys(), draft.target.controls); }},
    {"interval", read_interval},
    {"timeout", into_connection<read_timeout>},
    {"expect", [](const Field& field, TargetDraft& draft) { read_expect(field, draft.expect); }},
    {"labels", read_labels},
    {"maintenance", [](const Field& field, TargetDraft& draft) { read_maintenance(field, draft.target.maintenance); }},
    {"connection", into_connection<read_mode>},
    {"http_version", into_connection<read_http_version>},
    {"max_redirects", into_connection<read_max_redirects>},
    {"max_response_size", into_connection<read_max_response_size>},
    {"tls", into_connection<read_tls>},
    {"proxy", into_connection<read_proxy>},
    {"ip_version", into_connection<read_ip_version>},
    {"resolve", into_connection<read_resolve>},
    {"unix_socket", into_connection<read_unix_socket>},
};

// Rules between keys. They are reported where one of the keys stands, so that [defaults] answers for itself.
void check(const Field& field, const TargetDraft& draft) {
  if (draft.connection.timeout > draft.target.interval) {
    auto at = field.child("timeout");
    if (!at) at = field.child("interval");
    if (at)
      at->warning("the timeout is longer than the interval",
                  "probes of a target never overlap, so slots will be missed");
  }
  if (!draft.connection.proxy.empty() && !draft.connection.unix_socket.empty()) {
    auto at = field.child("unix_socket");
    if (!at) at = field.child("proxy");
    if (at) at->error("cannot be combined: proxy and unix_socket", "set the other one to \"\"");
  }
  if (draft.expect.is_protected && draft.target.credential.empty()) {
    const auto expect = field.child("expect");
    const auto at = expect ? expect->child("protected") : std::nullopt;
    if (at) at->warning("has no effect without a credential", "expect.status = [401] is for those who have none");
  }
}

// Names that query parameters with secrets have at large.
constexpr std::array<std::string_view, 10> kSecretParameters{
    "access_token", "api_key", "apikey", "api-key", "auth_token", "key", "token", "password", "secret", "sig"};

bool has_secret_parameter(std::string_view query) {
  while (!query.empty()) {
    const std::string_view parameter = query.substr(0, query.find('&'));
    if (is_one_of(parameter.substr(0, parameter.find('=')), kSecretParameters)) return true;
    query.remove_prefix(std::min(query.size(), parameter.size() + 1));
  }
  return false;
}

void lint(const Field& field, const TargetDraft& draft) {
  const auto at = field.child("url");
  const wire::Url& url = draft.target.url;
  if (!at || url.empty()) return;
  const bool is_local = url.is_loopback() || !draft.connection.unix_socket.empty();
  const bool has_credential = !draft.target.credential.empty();
  if (has_credential && !url.https() && !is_local) {
    at->warning("sends a credential over plain http", "use https");
  }
  if (has_credential && url.https() && !draft.connection.tls.verify && !is_local) {
    at->warning("sends a credential to a server whose certificate is not verified",
                "set tls.ca_file instead of tls.verify = false");
  }
  if (has_secret_parameter(url.query())) {
    at->warning("seems to have a secret in its query", "use a credential of kind \"api_key\" with query");
  }
  const bool checks_body = !draft.expect.body_matches.empty() || !draft.expect.json.empty();
  if (draft.target.method == "HEAD" && checks_body) field.warning("expects a body, but HEAD gets none");
}

}  // namespace

std::span<const Key<Controls>> control_keys() {
  return kControlKeys;
}

std::span<const Key<TargetDraft>> target_keys() {
  return kTargetKeys;
}

bool is_inherited(const Key<TargetDraft>& key) {
  return key.tag != kTargetsOwn;
}

void read_defaults(const Field& field, TargetDraft& into) {
  read_table(field, target_keys(), into, [](const Key<TargetDraft>& key, const Field& child) {
    if (!is_inherited(key)) child.error("cannot be a default", "it is a target's own");
    return !is_inherited(key);
  });
  check(field, into);
}

void read_target(const Field& field, TargetDraft& into) {
  if (field.table() == nullptr) return;
  into.target.position = field.position();
  read_table(field, target_keys(), into);
  if (!field.child("url")) field.error("must have a url");
  check(field, into);
  lint(field, into);
}

}  // namespace authprobe::config
