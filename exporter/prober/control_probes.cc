#include "exporter/prober/control_probes.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace authprobe::prober {

ControlProbes::ControlProbes(const config::Target& target, const Capabilities& capabilities,
                             const http::Response& refusal)
    : refusal_(refusal) {
  const config::ControlSettings& wanted = target.controls;
  if (capabilities.password_like) return;
  if (capabilities.anonymous && wanted.anonymous) planned_.push_back({ControlKind::anonymous, {}});
  if (!target.control_url.empty() && wanted.control_url) planned_.push_back({ControlKind::control_url, {}});
  if (!wanted.addresses) return;
  for (std::size_t i = 0; i < std::min(kMostAddresses, capabilities.other_addresses.size()); ++i) {
    planned_.push_back({ControlKind::address, capabilities.other_addresses[i]});
  }
}

void ControlProbes::refused(const http::Response& response, const diagnosis::Input& input,
                            const diagnosis::Diagnosis& diagnosis, std::uint64_t token) {
  const Fingerprint refusal(response);
  if (!first_token_) {
    first_token_ = token;
  } else if (token != *first_token_) {
    results_.fresh_token = {.status = response.status, .same_as_refusal = refusal == refusal_};
  }
  refusal_ = refusal;
  input_ = input;
  input_.headers = {};
  input_.body = {};
  diagnosis_ = diagnosis;
}

std::optional<Control> ControlProbes::next() {
  if (in_progress_ || sent_ == planned_.size()) return std::nullopt;
  in_progress_ = planned_[sent_++];
  return in_progress_;
}

bool ControlProbes::finish(const http::Response& answer) {
  if (!in_progress_) return false;
  const Control control = *std::exchange(in_progress_, std::nullopt);
  const diagnosis::ControlResult result{.status = answer.status, .same_as_refusal = Fingerprint(answer) == refusal_};
  switch (control.kind) {
    case ControlKind::anonymous: results_.anonymous = result; break;
    case ControlKind::control_url: results_.control_url = result; break;
    case ControlKind::address: results_.addresses.push_back({control.address, answer.status}); break;
  }
  return true;
}

diagnosis::Diagnosis ControlProbes::refined_diagnosis(const diagnosis::FleetContext& fleet) const {
  diagnosis::Diagnosis refined = diagnosis_;
  apply_controls(results_, fleet, input_, refined);
  return refined;
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
    case ControlKind::anonymous:
      probe.authorization = {};
      probe.identity.reset();
      break;
    case ControlKind::address:
      connection->resolve = {{std::string(probe.url->url().host()), 0, control.address}};
      break;
  }
  probe.connection = std::move(connection);
  return probe;
}

}  // namespace authprobe::prober
