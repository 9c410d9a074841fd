#include "exporter/config/read_settings.h"

namespace authprobe::config {
namespace {

using std::chrono::hours;

constexpr int kMostInFlight = 100'000;

constexpr Key<Settings> kSettingsKeys[] = {
    {"max_in_flight",
     [](const Field& field, Settings& into) { assign(field.integer(1, kMostInFlight), into.max_in_flight); }},
    {"max_in_flight_per_host",
     [](const Field& field, Settings& into) { assign(field.integer(1, kMostInFlight), into.max_in_flight_per_host); }},
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
