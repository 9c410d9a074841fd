#include "exporter/prober/control_probes.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "exporter/credential/issuer_metadata.h"
#include "exporter/diagnosis/challenge.h"
#include "exporter/diagnosis/standards.h"

namespace authprobe::prober {
namespace {

// Where the API describes itself (RFC 9728, section 5.1): only a place of its own origin, for the challenge is foreign.
std::optional<wire::Url> resource_metadata_url(const wire::Url& target, const http::Response& refusal) {
  for (const diagnosis::Challenge& challenge : diagnosis::challenges_of(refusal.headers)) {
    auto url = wire::Url::parse(std::string(challenge.param("resource_metadata")));
    if (url && same_origin(*url, target) && !url->has_userinfo() && !url->has_fragment()) return url;
  }
  return std::nullopt;
}

// RFC 9728, section 3.3: a description of another resource must not be used. One of all that is below its path may.
bool is_about(const std::string& resource, const wire::Url& target) {
  const auto url = wire::Url::parse(resource);
  if (!url || !same_origin(*url, target)) return false;
  std::string_view path = url->path();
  if (path.ends_with('/')) path.remove_suffix(1);
  const std::string_view of_target = target.path();
  return of_target.starts_with(path) && (of_target.size() == path.size() || of_target[path.size()] == '/');
}

diagnosis::ResourceReport read_resource(const http::Response& answer, const wire::Url& target) {
  if (answer.status == 0) return {answer.error_detail, {}, {}};
  if (answer.status != 200) return {"it answers " + std::to_string(answer.status), {}, {}};
  auto metadata = credential::read_resource_metadata(answer.body);
  if (!metadata) return {"it is something else", {}, {}};
  if (!is_about(metadata->resource, target)) return {"it is about another resource", {}, {}};
  return {{}, std::move(metadata->resource), std::move(metadata->authorization_servers)};
}

}  // namespace

ControlProbes::ControlProbes(const config::Target& target, const Capabilities& capabilities,
                             const http::Response& refusal)
    : refusal_(refusal), target_url_(target.url) {
  const config::ControlSettings& wanted = target.controls;
  if (capabilities.password_like) return;
  if (capabilities.anonymous && wanted.anonymous) planned_.push_back({ControlKind::anonymous});
  if (!target.control_url.empty() && wanted.control_url) planned_.push_back({ControlKind::control_url});
  if (capabilities.jwt && wanted.issuer) {
    if (auto url = resource_metadata_url(target.url, refusal)) {
      planned_.push_back({ControlKind::resource_metadata, {}, std::move(*url)});
    }
  }
  if (!wanted.addresses) return;
  for (std::size_t i = 0; i < std::min(kMostAddresses, capabilities.other_addresses.size()); ++i) {
    planned_.push_back({ControlKind::address, capabilities.other_addresses[i]});
  }
}

void ControlProbes::begin_episode(const http::Response& refusal, WallTime now) {
  first_token_.reset();
  results_.fresh_token.reset();
  refusal_ = Fingerprint(refusal);
  if (!since_) since_ = now;
  if (now - *since_ <= kFresh || in_progress_) return;
  since_ = now;
  sent_ = 0;
  results_ = {};
}

void ControlProbes::refused(const http::Response& response, const diagnosis::Input& input,
                            const diagnosis::Diagnosis& diagnosis, std::uint64_t token) {
  const Fingerprint refusal(response);
  if (!first_token_) {
    first_token_ = token;
  } else if (token != *first_token_) {
    results_.fresh_token = {.status = response.status, .same_as_refusal = refusal == refusal_};
  }
  if (input.now && !since_) since_ = input.now;
  const bool all_came = !in_progress_ && sent_ == planned_.size();
  if (input.now && all_came && *input.now - *since_ > kFresh) {
    since_ = input.now;
    sent_ = 0;
  }
  refusal_ = refusal;
  results_.server_ahead = diagnosis::server_ahead(input);
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

void ControlProbes::note_address(const std::string& address, int status, std::optional<WallTime> now) {
  std::erase_if(results_.addresses, [&](const auto& known) { return known.address == address; });
  results_.addresses.push_back({address, status, now});
}

bool ControlProbes::finish(const http::Response& answer, std::optional<WallTime> now) {
  if (!in_progress_) return false;
  const Control control = *std::exchange(in_progress_, std::nullopt);
  const diagnosis::ControlResult result{
      .status = answer.status, .same_as_refusal = Fingerprint(answer) == refusal_, .at = now};
  switch (control.kind) {
    case ControlKind::anonymous: results_.anonymous = result; break;
    case ControlKind::control_url: results_.control_url = result; break;
    case ControlKind::resource_metadata: results_.resource = read_resource(answer, target_url_); break;
    case ControlKind::address: note_address(control.address, answer.status, now); break;
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
  if (control.kind == ControlKind::resource_metadata) connection->max_redirects = 0;
  switch (control.kind) {
    case ControlKind::control_url:
    case ControlKind::resource_metadata:
      probe.url = http::prepared(control.kind == ControlKind::control_url ? target.control_url : control.url);
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
