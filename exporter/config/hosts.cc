#include "exporter/config/hosts.h"

#include <algorithm>
#include <map>
#include <set>

#include "exporter/config/sites.h"
#include "exporter/wire/text.h"

namespace authprobe::config {
namespace {

constexpr std::string_view kAny = "*.";

// A pattern without its "*." as a URL, which knows the rules of hosts and ports.
std::optional<wire::Url> as_url(std::string_view pattern) {
  if (pattern.starts_with(kAny)) pattern.remove_prefix(kAny.size());
  const bool is_bare_ipv6 = wire::is_ip_address(pattern) && pattern.find(':') != std::string_view::npos;
  auto url =
      wire::Url::parse(is_bare_ipv6 ? "https://[" + std::string(pattern) + ']' : "https://" + std::string(pattern));
  if (!url || url->has_userinfo() || !url->rest().empty()) return std::nullopt;
  return url;
}

bool has_port(const wire::Url& pattern) {
  return pattern.authority() != pattern.bracketed_host();
}

bool matches(std::string_view pattern, const wire::Url& url) {
  const auto host = as_url(pattern);
  if (!host || (has_port(*host) && host->port() != url.port())) return false;
  if (!pattern.starts_with(kAny)) return wire::equal_ignoring_case(host->host(), url.host());
  const std::string_view name = url.host();
  const std::size_t end = host->host().size() + 1;  // with the dot
  return !url.host_is_address() && name.size() > end && name[name.size() - end] == '.' &&
         wire::equal_ignoring_case(name.substr(name.size() - end + 1), host->host());
}

std::string listed(const std::vector<std::string>& hosts) {
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
    if (const wire::Url* url = token_url(credential.kind)) add(&credential, *url, is_login ? "url" : "token_url", true);
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
    if (!other || !std::ranges::any_of(to.credential->hosts, [&](auto& host) { return matches(host, *other); })) {
      return "tls.server_name lets another host answer";
    }
  }
  const bool is_proven = to.url->https() && connection.tls.verify;
  for (const ResolveOverride& resolve : connection.resolve) {
    const bool is_its = wire::equal_ignoring_case(resolve.host, to.url->host());
    const auto address = as_url(resolve.address);
    if (is_its && !is_proven && !(address && address->is_loopback())) {
      return "resolve leads to an address that does not have to prove that it is " + std::string(to.url->host());
    }
  }
  return {};
}

}  // namespace

std::string host_pattern_problem(std::string_view text) {
  const auto url = as_url(text);
  if (!url) return "must be a host, such as \"api.example.com\" or \"*.example.com\", with or without a port";
  if (text.starts_with(kAny) && url->host_is_address()) return "must not have * before an address";
  if (text.starts_with(kAny) && is_public_suffix(url->host())) {
    return "covers the sites of many owners: anybody may register a name there";
  }
  return {};
}

bool is_home(const Credential& credential, const wire::Url& url) {
  return credential.hosts.empty() ||
         std::ranges::any_of(credential.hosts, [&](const std::string& host) { return matches(host, url); });
}

std::vector<Destination> destinations(const Config& config) {
  return Collector(config).found;
}

void check_hosts(const Config& config, Findings& findings) {
  for (const Destination& to : destinations(config)) {
    if (to.credential->hosts.empty()) continue;
    const std::string credential = "credentials." + to.credential->name;
    if (!is_home(*to.credential, *to.url)) {
      findings.error(to.position, to.key,
                     "is at " + std::string(to.url->host()) + ", where " + credential + " must not be sent",
                     "its hosts: " + listed(to.credential->hosts));
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
                         " sites of different owners: " + listed({found->second.begin(), found->second.end()}),
                     "hosts = [...] says where it may be sent");
  }
}

}  // namespace authprobe::config
