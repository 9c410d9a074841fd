#include "exporter/config/read_settings.h"

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
  std::vector<std::string> servers;
  for (const Field& element : field.elements()) {
    auto server = element.text();
    if (!server) continue;
    if (is_dns_server(*server)) {
      servers.push_back(std::move(*server));
    } else {
      element.error("must be an IP address, with or without a port", R"(such as "192.0.2.53" or "192.0.2.53:5353")");
    }
  }
  into.dns_servers = std::move(servers);
}

void read_signatures(const Field& field, Settings& into) {
  std::vector<std::string> files;
  for (const Field& element : field.elements()) {
    if (auto file = element.file_path()) files.push_back(std::move(*file));
  }
  into.signatures = std::move(files);
}

constexpr Key<Settings> kSettingsKeys[] = {
    {"max_in_flight",
     [](const Field& field, Settings& into) { assign(field.integer(1, kMostInFlight), into.max_in_flight); }},
    {"max_in_flight_per_host",
     [](const Field& field, Settings& into) { assign(field.integer(1, kMostInFlight), into.max_in_flight_per_host); }},
    {"signatures", read_signatures},
    {"dns_servers", read_dns_servers},
    {"dns_cache",
     [](const Field& field, Settings& into) { assign(field.duration(Duration(0), hours(24)), into.dns_cache); }},
};

}  // namespace

std::span<const Key<Settings>> settings_keys() {
  return kSettingsKeys;
}

void read_settings(const Field& field, Settings& into) {
  read_table(field, settings_keys(), into);
}

}  // namespace authprobe::config
