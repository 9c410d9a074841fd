#include "exporter/commands/healthcheck.h"

#include <chrono>
#include <memory>
#include <optional>
#include <ostream>

#include "exporter/commands/exit_code.h"
#include "exporter/http/transfer_set.h"

namespace authprobe::commands {

int healthcheck(const HealthcheckOptions& options, std::ostream& err) {
  const auto url = wire::Url::parse(options.url);
  if (!url) {
    err << options.url << ": not an http or https URL\n";
    return kExitCannot;
  }
  http::TransferSet transfers{http::TransferSet::Options{}};
  http::Request request;
  request.url = http::prepared(*url);
  request.connection = std::make_shared<const config::Connection>();
  request.timeout = std::chrono::seconds{5};
  transfers.start(1, std::move(request));
  std::optional<http::Finished> finished;
  while (!(finished = transfers.next_finished())) transfers.wait(std::chrono::steady_clock::time_point::max());
  const http::Response& response = finished->response;
  if (response.error == http::TransportError::none && response.status == 200) return kExitOk;
  err << options.url << ": ";
  if (response.error == http::TransportError::none) {
    err << "status " << response.status << '\n';
  } else {
    err << response.error_detail << '\n';
  }
  return kExitNotFine;
}

}  // namespace authprobe::commands
