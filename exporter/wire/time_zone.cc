#include "exporter/wire/time_zone.h"

#include <cctz/civil_time.h>
#include <cctz/time_zone.h>

namespace authprobe::wire {
namespace {

const cctz::civil_second kEpoch(1970);

}  // namespace

TimeZone::TimeZone() : TimeZone("UTC", cctz::utc_time_zone()) {}

TimeZone::TimeZone(std::string name, const cctz::time_zone& zone)
    : name_(std::move(name)), zone_(std::make_shared<const cctz::time_zone>(zone)) {}

std::optional<TimeZone> TimeZone::named(const std::string& name) {
  cctz::time_zone zone;
  // A path would be read as a file, and "localtime" is not a name that another machine knows.
  if (name.starts_with('/') || name.find("..") != std::string::npos || name == "localtime") return std::nullopt;
  if (!cctz::load_time_zone(name, &zone)) return std::nullopt;
  return TimeZone(name, zone);
}

std::chrono::local_seconds TimeZone::local(std::chrono::sys_seconds time) const {
  return std::chrono::local_seconds(std::chrono::seconds(cctz::convert(time, *zone_) - kEpoch));
}

std::chrono::sys_seconds TimeZone::at(std::chrono::local_seconds local) const {
  const auto found = zone_->lookup(kEpoch + local.time_since_epoch().count());
  return found.kind == cctz::time_zone::civil_lookup::SKIPPED ? found.trans : found.pre;
}

}  // namespace authprobe::wire
