#include <chrono>
#include <memory>
#include <ostream>

#include "exporter/commands/commands.h"
#include "exporter/http/transfer_set.h"
#include "exporter/wire/encoding.h"
#include "exporter/wire/file.h"
#include "exporter/wire/text.h"

namespace authprobe::commands {
namespace {

constexpr std::size_t kLongestPassword = 64 * 1024;

}  // namespace

int healthcheck(const HealthcheckOptions& options, std::ostream& err) {
  const auto url = wire::Url::parse(options.url);
  if (!url) {
    err << options.url << ": not an http or https URL\n";
    return kExitCannot;
  }
  wire::FileText password;
  if (!options.basic_password_file.empty()) password = wire::read_file(options.basic_password_file, kLongestPassword);
  if (!password.problem.empty()) {
    err << options.basic_password_file << ": " << password.problem << '\n';
    return kExitCannot;
  }
  http::TransferSet transfers{http::TransferSet::Options{}};
  http::Request request;
  request.url = http::prepared(*url);
  config::Connection connection;
  connection.tls = options.tls;
  request.connection = std::make_shared<const config::Connection>(std::move(connection));
  if (!options.basic_user.empty()) {
    request.authorization.headers.emplace_back(
        "Authorization", wire::basic_credentials(options.basic_user, wire::trimmed(password.text.reveal())));
  }
  request.timeout = std::chrono::seconds{5};
  transfers.start(1, std::move(request));
  const http::Finished* finished = nullptr;
  while ((finished = transfers.next_finished()) == nullptr)
    transfers.wait(std::chrono::steady_clock::time_point::max());
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
