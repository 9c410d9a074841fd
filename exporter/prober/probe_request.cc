#include "exporter/prober/probe_request.h"

namespace authprobe::prober {

http::Request probe_request(const config::Target& target, std::shared_ptr<const http::PreparedUrl> url) {
  http::Request request;
  request.method = target.method;
  request.url = std::move(url);
  request.headers = target.headers;
  request.body = wire::Secret(target.body);
  request.user_agent = target.user_agent.empty() ? AUTHPROBE_USER_AGENT : target.user_agent;
  request.connection = target.connection;
  request.timeout = target.connection->timeout;
  return request;
}

http::Request probe_request(const config::Target& target, std::shared_ptr<const http::PreparedUrl> url,
                            const credential::Credential* credential, std::chrono::milliseconds timeout) {
  http::Request request = probe_request(target, std::move(url));
  request.timeout = timeout;
  if (target.connection->mode != config::ConnectionMode::fresh) request.session_key = target.name;
  if (credential == nullptr) return request;
  request.authorization = credential->authorization();
  // What was kept under another client certificate must not be taken up.
  if (request.authorization.identity && !request.session_key.empty()) {
    request.session_key += '#' + credential->fingerprint();
  }
  return request;
}

}  // namespace authprobe::prober
