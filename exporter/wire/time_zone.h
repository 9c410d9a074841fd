// What clocks on the walls of a place show, and when.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace cctz {
class time_zone;
}

namespace authprobe::wire {

// A time zone of the IANA database, as the system's tzdata has it. It is read once a process.
class TimeZone {
 public:
  TimeZone();  // UTC

  // Such as "Europe/Berlin". Nothing if the system has no such zone; it always has "UTC".
  static std::optional<TimeZone> named(const std::string& name);

  const std::string& name() const { return name_; }

  // What the clocks show at `time`.
  std::chrono::local_seconds local(std::chrono::sys_seconds time) const;

  // When the clocks show `local`: for the first time, where they are put back over it; the moment at which they are put
  // forward, where they skip it.
  std::chrono::sys_seconds at(std::chrono::local_seconds local) const;

  bool operator==(const TimeZone& other) const { return name_ == other.name_; }

 private:
  TimeZone(std::string name, const cctz::time_zone& zone);

  std::string name_;
  std::shared_ptr<const cctz::time_zone> zone_;  // never null
};

}  // namespace authprobe::wire
