// `settings`: limits of the process, and other values that are not a target's.
#include "exporter/config/checklist.h"
#include "exporter/config/forms.h"

namespace authprobe::config {
namespace {

using std::chrono::hours;

// "192.0.2.53", "192.0.2.53:5353", "2001:db8::53" or "[2001:db8::53]:5353".
bool is_dns_server(std::string_view text) {
  if (wire::is_ip_address(text)) return true;
  const auto url = wire::Url::parse("http://" + std::string(text));
  return url && url->host_is_address() && !url->has_userinfo() && url->rest().empty();
}

void read_dns_servers(const Field& field, Settings& into) {
  into.dns_servers.clear();
  for (const Field& element : field.elements()) {
    auto server = element.text();
    if (!server) continue;
    if (is_dns_server(*server)) {
      into.dns_servers.push_back(std::move(*server));
    } else {
      element.error("must be an IP address, with or without a port", R"(such as "192.0.2.53" or "192.0.2.53:5353")");
    }
  }
}

void read_checklist(const Field& field, Settings& into) {
  constexpr std::string_view kOff = "off: ";
  const Table* entries = field.table();
  if (entries == nullptr) return;
  std::vector<std::string_view> names;
  for (const ChecklistItem& item : kChecklist) names.push_back(item.name);
  for (const Entry& entry : *entries) {
    const Field child = field.child(entry);
    if (std::ranges::find(names, entry.key) == names.end()) {
      field.unknown(entry, names);
      continue;
    }
    const auto value = child.line();
    if (!value) continue;
    if (!value->starts_with(kOff) || wire::trimmed(value->substr(kOff.size())).empty()) {
      child.error("must be \"off: \" and the reason", "such as \"off: internal API\"");
    } else {
      into.checklist.emplace_back(entry.key, wire::trimmed(value->substr(kOff.size())));
    }
  }
}

void show_checklist(const Settings& settings, const TomlWriter& out) {
  for (const auto& [item, reason] : settings.checklist) out.at(item).text("off: " + reason);
}

void list_checklist(const std::string& path, std::vector<KnownKey>& keys) {
  for (const ChecklistItem& item : kChecklist)
    keys.push_back({path + '.' + std::string(item.name), item.meaning, true});
}

constexpr Key<Settings> kSettingsKeys[] = {
    {"max_in_flight", integer<&Settings::max_in_flight, 1, kMostInFlight>,
     "probes in progress at once, in total; the limit is high, so that hung targets do not delay the others"},
    {"max_in_flight_per_host", integer<&Settings::max_in_flight_per_host, 1, kMostInFlight>,
     "the same for one host and port"},
    {"providers", texts<&Settings::providers, &Field::line>,
     "files with [providers](providers.md#providers-of-your-own) of your own, as patterns relative to the main file's "
     "folder"},
    {"runbooks", web_url<&Settings::runbooks>,
     "the folder of the alerts' runbooks as a URL, the one that `runbook_url` in your rules has: the pages link to it"},
    {"signatures", texts<&Settings::signatures, &Field::file_path>,
     "files with your own signatures of refusals, in addition to the built-in ones"},
    {"dns_servers",
     {read_dns_servers, texts<&Settings::dns_servers, &Field::text>.show},
     "DNS servers to use instead of those of /etc/resolv.conf; /etc/hosts still comes first"},
    {"dns_cache", duration<&Settings::dns_cache, between(Duration(0), hours(24))>,
     "the longest time that an address is kept, less if its TTL is shorter; `\"0s\"`: every probe resolves the name"},
    {"series",
     {word<&Settings::series, kSeries>.read,
      [](const Settings& settings, const TomlWriter& out) { out.text(name_of(kSeries, settings.series)); }},
     "`\"lean\"`: no [series](metrics.md#lean-series) for what has not happened to a target, 21 instead of 57"},
    {"checklist",
     {read_checklist, show_checklist, list_checklist},
     "questions of [the checklist](#checklist) that `check` is not to ask: `\"off: \"` and the reason"},
};

}  // namespace

Keys<Settings> settings_keys() {
  return kSettingsKeys;
}

}  // namespace authprobe::config
