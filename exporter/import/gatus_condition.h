// Conditions of Gatus, such as "[BODY].status == UP", as expectations.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exporter/import/imported.h"

namespace authprobe::importing {

// Collects the conditions of one endpoint.
class GatusConditions {
 public:
  // Why it cannot be carried; empty: it is.
  std::string add(std::string_view condition);

  // Writes the expect.* keys. Gatus accepts any status that no condition is about.
  void finish(ImportedRequest& request) const;

 private:
  std::string add_status(std::string_view comparison, std::string_view value);
  std::string add_body(std::string_view path, std::string_view comparison, std::string_view value);
  std::string add_time(std::string_view comparison, std::string_view value);
  std::string add_presence(std::string_view path, std::string_view comparison, std::string_view value);

  int least_ = 100;
  int most_ = 599;
  std::vector<std::string> statuses_;  // of any(...)
  std::vector<std::string> patterns_;  // of the body
  std::vector<std::string> json_;      // tables
  std::string within_;
};

}  // namespace authprobe::importing
