// The control probes of an episode, and of those that follow it soon: which requests would tell the causes of its
// refusals apart, what they have told, and what that makes of the diagnosis. One is sent after each refused probe at
// most, so that controls are never sent more often than probes. Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/diagnosis/controls.h"
#include "exporter/http/request.h"
#include "exporter/http/response.h"

namespace authprobe::prober {

enum class ControlKind { anonymous, control_url, resource_metadata, address };

struct Control {
  ControlKind kind = ControlKind::anonymous;
  std::string address = {};  // of kind address: where to
  wire::Url url = {};        // of kind resource_metadata
};

// What of a refusal is kept to compare other answers with: little, since all of a large fleet may be refused at once.
struct Fingerprint {
  explicit Fingerprint(const http::Response& response)
      : status(response.status), body_hash(std::hash<std::string>{}(response.body)) {}
  bool operator==(const Fingerprint&) const = default;
  int status;
  std::size_t body_hash;
};

class ControlProbes {
 public:
  // What the target's credential and host allow, beside the target's own settings.
  struct Capabilities {
    bool anonymous = false;      // the probe carries a credential that can be left out
    bool jwt = false;            // the credential is a JWT
    bool password_like = false;  // it is one that locks an account after so many failures: nothing is sent
    std::vector<std::string> other_addresses;  // of the host, beside the one that refused
  };

  // An episode begins with this refusal.
  ControlProbes(const config::Target& target, const Capabilities& capabilities, const http::Response& refusal);

  // So long what was learned tells of the present. In an episode that lasts, all are sent again then, one after
  // another.
  static constexpr std::chrono::minutes kFresh{10};

  // Another episode of the same target begins with this refusal: the controls go on where they stood. Once all that was
  // learned is older than kFresh, it is forgotten, and all are sent again.
  void begin_episode(const http::Response& refusal, WallTime now);

  // A probe was refused, the episode's first included: `diagnosis` as the answer alone gives it, from `input` (whose
  // headers and body are not kept). `token` numbers the fetched token that was sent: another one than the episode's
  // first was fetched for it. 0: none is.
  void refused(const http::Response& response, const diagnosis::Input& input, const diagnosis::Diagnosis& diagnosis,
               std::uint64_t token);

  // The next control to send: none while one is in progress, and none at the end.
  std::optional<Control> next();

  // Its answer. False where none is in progress: it belongs to an episode that has ended.
  bool finish(const http::Response& answer, std::optional<WallTime> now = std::nullopt);

  // The last refusal's diagnosis, refined with the controls and the fleet.
  diagnosis::Diagnosis refined_diagnosis(const diagnosis::FleetContext& fleet) const;

 private:
  static constexpr std::size_t kMostAddresses = 4;

  void note_address(const std::string& address, int status, std::optional<WallTime> now);

  std::vector<Control> planned_;  // the most telling first
  std::size_t sent_ = 0;
  std::optional<Control> in_progress_;
  diagnosis::ControlResults results_;
  Fingerprint refusal_;
  wire::Url target_url_;
  diagnosis::Input input_;
  diagnosis::Diagnosis diagnosis_;
  std::optional<std::uint64_t> first_token_;
  std::optional<WallTime> since_;  // the first of planned_ was to be sent
};

// The request of a control, made from that of an ordinary probe with its credential: kinds anonymous and control_url
// carry none.
http::Request control_request(const Control& control, const config::Target& target, http::Request probe);

}  // namespace authprobe::prober
