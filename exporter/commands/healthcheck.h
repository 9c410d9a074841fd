// Checks a running exporter's health endpoint: for container images without curl.
#pragma once

#include <iosfwd>
#include <string>

#include "exporter/config/config.h"

namespace authprobe::commands {

struct HealthcheckOptions {
  std::string url = "http://localhost:10073/-/healthy";
  config::Tls tls;
  std::string basic_user;           // empty: none
  std::string basic_password_file;  // empty: an empty password
};

// Exit code: 0 it answers 200 within 5 s, 1 not, 2 a file or the URL cannot be used; `err` says what came instead.
int healthcheck(const HealthcheckOptions& options, std::ostream& err);

}  // namespace authprobe::commands
