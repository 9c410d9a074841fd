// `diagnose`: one probe with its controls, printed step by step.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "exporter/prober/target_state.h"

namespace authprobe::commands {

struct DiagnoseOptions {
  // A configured target ...
  std::string config_file;
  std::string target;
  // ... or any URL, with at most one credential.
  std::string url;
  std::string method = "GET";
  std::vector<std::string> headers;  // "Name: value"
  std::vector<std::string> expect;   // as expect.status
  std::string credential;            // the name of one in `config_file`
  std::string bearer_file;
  std::string bearer_env;
  std::string api_key_file;
  std::string api_key_header = "X-API-Key";
  std::string basic_user;
  std::string basic_password_file;
  std::string cookie_file;
  std::string control_url;
  std::string ca_file;
  std::string timeout = "10s";
  bool insecure = false;

  bool controls = true;
  bool json = false;
  bool colour = false;
};

// Exit code: exit_code_of() the target's state; 2 if there is nothing to probe (configuration errors, unknown
// target).
int diagnose(const DiagnoseOptions& options, std::ostream& out, std::ostream& err);

// 0 ok, 10 unauthorized, 11 forbidden, 12 rate_limited, 13 exposed, 14 unexpected, 15 unreachable, 16
// credential_unavailable.
int exit_code_of(prober::State state);

}  // namespace authprobe::commands
