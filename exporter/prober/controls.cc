#include "exporter/prober/controls.h"

#include <algorithm>
#include <memory>

namespace authprobe::prober {
EpisodeControls::EpisodeControls(const config::Target& target, const Means& means) {
  const config::Controls& wanted = target.controls;
  if (means.password_like) return;
  if (means.credential && wanted.anonymous) planned_.push_back({ControlKind::anonymous, {}});
  if (!target.control_url.empty() && wanted.control_url) planned_.push_back({ControlKind::control_url, {}});
  if (!wanted.addresses) return;
  for (std::size_t i = 0; i < std::min(kMostAddresses, means.other_addresses.size()); ++i) {
    planned_.push_back({ControlKind::address, means.other_addresses[i]});
  }
}

std::optional<Control> EpisodeControls::next() {
  if (sent_ == planned_.size()) return std::nullopt;
  return planned_[sent_++];
}

void EpisodeControls::take(const Control& control, const http::Response& answer, const Fingerprint& refusal) {
  const diagnosis::ControlAnswer told{.status = answer.status, .same_as_refusal = Fingerprint(answer) == refusal};
  switch (control.kind) {
    case ControlKind::anonymous: found_.anonymous = told; break;
    case ControlKind::control_url: found_.control_url = told; break;
    case ControlKind::address: found_.addresses.push_back({control.address, answer.status}); break;
  }
}

http::Request control_request(const Control& control, const config::Target& target, http::Request probe) {
  probe.session_key.clear();
  auto connection = std::make_shared<config::Connection>(*probe.connection);
  connection->mode = config::ConnectionMode::fresh;
  switch (control.kind) {
    case ControlKind::control_url:
      probe.url = http::prepared(target.control_url);
      probe.method = "GET";
      probe.body.clear();
      probe.headers.clear();
      [[fallthrough]];
    case ControlKind::anonymous: probe.authorization = {}; break;
    case ControlKind::address:
      connection->resolve = {{std::string(probe.url->url().host()), 0, control.address}};
      break;
  }
  probe.connection = std::move(connection);
  return probe;
}

}  // namespace authprobe::prober
