// Asks a running exporter whether it is well: for container engines, whose images have no curl.
#pragma once

#include <iosfwd>
#include <string>

namespace authprobe::commands {

struct HealthcheckOptions {
  std::string url = "http://localhost:10073/-/healthy";
};

// Exit code: 0 it answers 200 within 5 s, 1 not; then `err` says what came instead.
int healthcheck(const HealthcheckOptions& options, std::ostream& err);

}  // namespace authprobe::commands
