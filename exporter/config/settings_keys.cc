// `settings`: limits of the process, and other values that are not a target's.
#include "exporter/config/forms.h"

namespace authprobe::config {
namespace {

using std::chrono::hours;

constexpr int kMostInFlight = 100'000;

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

constexpr Key<Settings> kSettingsKeys[] = {
    {"max_in_flight", integer<&Settings::max_in_flight, 1, kMostInFlight>,
     "probes in progress at once, in total; the limit is high, so that hung targets do not delay the others"},
    {"max_in_flight_per_host", integer<&Settings::max_in_flight_per_host, 1, kMostInFlight>,
     "the same for one host and port"},
    {"providers", texts<&Settings::providers, &Field::line>,
     "files with [providers](providers.md#providers-of-your-own) of your own, as patterns relative to the main file's "
     "folder"},
    {"signatures", texts<&Settings::signatures, &Field::file_path>,
     "files with your own signatures of refusals, in addition to the built-in ones"},
    {"dns_servers",
     {read_dns_servers, texts<&Settings::dns_servers, &Field::text>.show},
     "DNS servers to use instead of those of /etc/resolv.conf; /etc/hosts still comes first"},
    {"dns_cache", duration<&Settings::dns_cache, between(Duration(0), hours(24))>,
     "the longest time that an address is kept, less if its TTL is shorter; `\"0s\"`: every probe resolves the name"},
};

}  // namespace

Keys<Settings> settings_keys() {
  return kSettingsKeys;
}

}  // namespace authprobe::config
