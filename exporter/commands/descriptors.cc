#include "exporter/commands/descriptors.h"

#include <sys/resource.h>

#include <algorithm>

namespace authprobe::commands {
namespace {

constexpr rlim_t kOwn = 24;  // loop, log, listening sockets, name servers, files that are being read

rlim_t limit() {
  rlimit limit{};
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : RLIM_INFINITY;
}

// The web server takes a quarter (exporter/web/listener.cc).
int most_probes() {
  constexpr rlim_t kMany = 1'000'000;
  const rlim_t descriptors = std::min(limit(), kMany);
  return static_cast<int>(std::max<rlim_t>(descriptors - std::min(descriptors, descriptors / 4 + kOwn), 1));
}

}  // namespace

void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

void keep_to_descriptors(config::Config& config) {
  config.settings.max_in_flight = std::min(config.settings.max_in_flight, most_probes());
}

std::string descriptor_shortage(const config::Config& config) {
  const auto most = static_cast<std::size_t>(most_probes());
  if (config.targets.size() <= most || static_cast<std::size_t>(config.settings.max_in_flight) < most) return {};
  return "the limit of open files (" + std::to_string(limit()) + ") is lower than " +
         std::to_string(config.targets.size()) + " targets need: at most " + std::to_string(most) +
         " probes are in progress at once, others wait (LimitNOFILE=, ulimit -n)";
}

}  // namespace authprobe::commands
