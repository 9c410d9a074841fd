#include "exporter/metrics/process_metrics.h"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

namespace authprobe::metrics {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

// Fields of /proc/self/stat behind the command's name, which may hold blanks: proc(5) numbers them from 3.
class Stat {
 public:
  Stat() {
    std::ifstream file("/proc/self/stat");
    std::string line;
    std::getline(file, line);
    std::istringstream rest(line.substr(std::min(line.rfind(')'), line.size() - 1) + 1));
    for (std::string field; rest >> field;) fields_.push_back(field);
  }

  std::optional<double> field(std::size_t number) const {
    if (number - 3 >= fields_.size()) return std::nullopt;
    return std::stod(fields_[number - 3]);
  }

 private:
  std::vector<std::string> fields_;
};

double cpu_seconds() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

std::optional<double> boot_time() {
  std::ifstream file("/proc/stat");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("btime ")) return std::stod(line.substr(6));
  }
  return std::nullopt;
}

std::optional<double> start_time(const Stat& stat) {
  const std::optional<double> ticks = stat.field(22);
  const std::optional<double> boot = boot_time();
  if (!ticks || !boot) return std::nullopt;
  return *boot + *ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

std::optional<double> resident_bytes(const Stat& stat) {
  const std::optional<double> pages = stat.field(24);
  if (!pages) return std::nullopt;
  return *pages * static_cast<double>(sysconf(_SC_PAGESIZE));
}

std::optional<double> limit(decltype(RLIMIT_NOFILE) resource) {
  rlimit value{};
  if (getrlimit(resource, &value) != 0) return std::nullopt;
  if (value.rlim_cur == RLIM_INFINITY) return std::numeric_limits<double>::infinity();
  return static_cast<double>(value.rlim_cur);
}

std::optional<double> open_descriptors() {
  std::error_code error;
  double count = -1;  // the directory's own
  for (std::filesystem::directory_iterator at("/proc/self/fd", error), end; !error && at != end; at.increment(error))
    ++count;
  return error ? std::nullopt : std::optional(count);
}

class ProcessMetrics : public prometheus::Collectable {
 public:
  std::vector<MetricFamily> Collect() const override {
    const Stat stat;
    std::vector<MetricFamily> families;
    const auto add = [&](const char* name, MetricType type, const char* help, std::optional<double> value) {
      if (!value) return;
      ClientMetric metric;
      (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = *value;
      families.push_back({name, help, type, {metric}});
    };
    add("process_cpu_seconds_total", MetricType::Counter, "User and system CPU time.", cpu_seconds());
    add("process_resident_memory_bytes", MetricType::Gauge, "Resident memory.", resident_bytes(stat));
    add("process_virtual_memory_bytes", MetricType::Gauge, "Virtual memory.", stat.field(23));
    add("process_virtual_memory_max_bytes", MetricType::Gauge, "Maximum virtual memory.", limit(RLIMIT_AS));
    add("process_open_fds", MetricType::Gauge, "Open file descriptors.", open_descriptors());
    add("process_max_fds", MetricType::Gauge, "Maximum number of open file descriptors.", limit(RLIMIT_NOFILE));
    add("process_start_time_seconds", MetricType::Gauge, "Time at which the process started.", start_time(stat));
    add("process_threads", MetricType::Gauge, "Threads of the process.", stat.field(20));
    return families;
  }
};

}  // namespace

std::shared_ptr<const prometheus::Collectable> process_metrics() {
  return std::make_shared<ProcessMetrics>();
}

}  // namespace authprobe::metrics
