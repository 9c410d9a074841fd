#include "exporter/config/hosts.h"

#include <libpsl.h>

#include <algorithm>
#include <map>
#include <set>

#include "exporter/config/references.h"
#include "exporter/wire/host_pattern.h"
#include "exporter/wire/owned.h"
#include "exporter/wire/text.h"
#include "exporter/wire/url.h"

namespace authprobe::config {
namespace {

// The newest of the system's list and the one that is built into libpsl. It is read once: 0.2 MB.
const psl_ctx_t* suffixes() {
  static const wire::Owned<psl_ctx_t, psl_free> list(psl_latest(nullptr));
  return list.get();
}

std::string comma_separated(const std::vector<std::string>& hosts) {
  std::string text;
  for (const std::string& host : hosts) text += (text.empty() ? "" : ", ") + host;
  return text;
}

class Collector {
 public:
  explicit Collector(const Config& config) {
    for (const Credential& credential : config.credentials) by_name_.emplace(credential.name, &credential);
    for (const Credential& credential : config.credentials) add_own(credential);
    for (const Target& target : config.targets) add(target);
    for (const Inventory& inventory : config.inventories) add(inventory);
    for (const TargetList& list : config.lists) add(list);
  }

  std::vector<Destination> found;

 private:
  const Credential* find(const std::string& name) const {
    const auto known = by_name_.find(name);
    return known == by_name_.end() ? nullptr : known->second;
  }

  void add_own(const Credential& credential) {
    const std::string path = "credentials." + credential.name;
    const auto add = [&](const Credential* sent, const wire::Url& url, std::string_view key, bool fetches) {
      if (sent == nullptr || url.empty()) return;
      found.push_back({sent, &url, nullptr, credential.position, path + '.' + std::string(key), fetches});
    };
    const bool is_login = std::holds_alternative<Login>(credential.kind);
    // The servers of AWS's keys are AWS's own, or named as such. A KDC gets no secret.
    const bool is_safe =
        std::holds_alternative<AwsSigv4>(credential.kind) || std::holds_alternative<Negotiate>(credential.kind);
    if (const wire::Url* url = token_url(credential.kind); url != nullptr && !is_safe)
      add(&credential, *url, is_login ? "url" : "token_url", true);
    add(&credential, credential.expiry.lookup.url, "expiry_lookup.url", false);
    const Introspection& introspection = credential.expiry.introspection;
    add(&credential, introspection.url, "introspection.url", false);
    if (!introspection.credential.empty())
      add(find(introspection.credential), introspection.url, "introspection.url", false);
  }

  void add(const Target& target) {
    const Credential* credential = find(target.credential);
    if (credential == nullptr || target.url.empty()) return;
    const std::string key = "targets." + target.name + ".url";
    found.push_back({credential, &target.url, &target, target.position, key});
    if (const Credential* next = find(credential->next))
      found.push_back({next, &target.url, &target, target.position, key});
  }

  void add(const Inventory& inventory) {
    const Credential* credential = find(inventory.credential);
    if (credential == nullptr) return;
    const std::string key = "inventories." + inventory.name;
    for (const ListStep& step : inventory.list->steps) {
      found.push_back({credential, &step.sample, nullptr, inventory.position, key});
    }
  }

  void add(const TargetList& list) {
    const Credential* credential = find(list.url_credential);
    if (credential == nullptr || list.url.empty()) return;
    found.push_back({credential, &list.url, nullptr, list.position, "targets_from." + list.name + ".url"});
  }

  std::map<std::string_view, const Credential*> by_name_;
};

// Nobody proves to be the URL's host where connections are led elsewhere: by `resolve`, without TLS or its check, or by
// another name in the certificate.
std::string led_astray(const Destination& to) {
  if (to.target == nullptr) return {};
  const Connection& connection = *to.target->connection;
  const std::string& name = connection.tls.server_name;
  if (!name.empty() && to.url->https()) {
    const auto other = wire::Url::parse("https://" + name);
    if (!other ||
        !std::ranges::any_of(to.credential->hosts, [&](auto& host) { return wire::is_host_of(host, *other); })) {
      return "tls.server_name lets another host answer";
    }
  }
  const bool is_proven = to.url->https() && connection.tls.verify;
  for (const ResolveOverride& resolve : connection.resolve) {
    const bool is_its = wire::equal_ignoring_case(resolve.host, to.url->host());
    const auto address = wire::host_of_pattern(resolve.address);
    if (is_its && !is_proven && !(address && address->is_loopback())) {
      return "resolve leads to an address that does not have to prove that it is " + std::string(to.url->host());
    }
  }
  return {};
}

}  // namespace

std::string host_pattern_problem(std::string_view text) {
  if (std::string problem = wire::host_pattern_problem(text); !problem.empty()) return problem;
  if (text.starts_with("*.") && is_public_suffix(wire::host_of_pattern(text)->host())) {
    return "covers the sites of many owners: anybody may register a name there";
  }
  return {};
}

bool is_home(const Credential& credential, const wire::Url& url) {
  return credential.hosts.empty() ||
         std::ranges::any_of(credential.hosts, [&](const std::string& host) { return wire::is_host_of(host, url); });
}

std::vector<Destination> destinations(const Config& config) {
  return Collector(config).found;
}

std::vector<std::string> destination_problems(const Config& config, const Target& target) {
  std::vector<std::string> problems;
  const Credential* const own = find_credential(config, target.credential);
  const Credential* const next = own == nullptr ? nullptr : find_credential(config, own->next);
  for (const Credential* credential : {own, next}) {
    if (credential == nullptr || credential->hosts.empty()) continue;
    const std::string name = "credentials." + credential->name;
    const std::string astray = led_astray({credential, &target.url, &target, target.position, {}});
    if (!is_home(*credential, target.url)) {
      problems.push_back("is at " + std::string(target.url.host()) + ", where " + name + " must not be sent");
    } else if (!astray.empty()) {
      problems.push_back("has " + name + ", which has hosts, and " + astray);
    }
  }
  return problems;
}

void check_hosts(const Config& config, Findings& findings) {
  for (const Destination& to : destinations(config)) {
    if (to.credential->hosts.empty()) continue;
    const std::string credential = "credentials." + to.credential->name;
    if (!is_home(*to.credential, *to.url)) {
      findings.error(to.position, to.key,
                     "is at " + std::string(to.url->host()) + ", where " + credential + " must not be sent",
                     "its hosts: " + comma_separated(to.credential->hosts));
    } else if (const std::string problem = led_astray(to); !problem.empty()) {
      findings.error(to.position, to.key, problem + ", and " + credential + " has hosts");
    }
  }
}

void lint_sites(const Config& config, Findings& findings) {
  std::map<const Credential*, std::set<std::string>> sites;
  for (const Destination& to : destinations(config)) {
    if (to.credential->hosts.empty() && !to.fetches && !to.url->is_loopback())
      sites[to.credential].insert(site_of(to.url->host()));
  }
  for (const Credential& credential : config.credentials) {
    const auto found = sites.find(&credential);
    if (found == sites.end() || found->second.size() < 2) continue;
    findings.warning(credential.position, "credentials." + credential.name,
                     "is sent to " + std::to_string(found->second.size()) +
                         " sites of different owners: " + comma_separated({found->second.begin(), found->second.end()}),
                     "hosts = [...] says where it may be sent");
  }
}

std::string site_of(std::string_view host) {
  std::string name = wire::lowered(host);
  if (wire::is_ip_address(name) || suffixes() == nullptr) return name;
  const char* domain = psl_registrable_domain(suffixes(), name.c_str());
  return domain == nullptr ? name : domain;
}

bool is_public_suffix(std::string_view domain) {
  return suffixes() != nullptr && psl_is_public_suffix(suffixes(), wire::lowered(domain).c_str()) == 1;
}

}  // namespace authprobe::config
