// What is asked around one target beside its probes: the controls of an episode, and, where the answer is to be
// protected, now and then whether the server lets in those without a credential. One request at a time, after a probe.
// Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "exporter/config/config.h"
#include "exporter/diagnosis/controls.h"
#include "exporter/http/request.h"
#include "exporter/http/response.h"
#include "exporter/prober/controls.h"
#include "exporter/prober/schedule.h"

namespace authprobe::prober {

class Inquiry {
 public:
  static constexpr std::chrono::minutes kProtectionEvery{5};

  // A probe was refused: `diagnosis` as the answer alone gives it, from `input` (whose headers and body are not kept).
  // `token` numbers the fetched token that was sent: another one than the episode's first was fetched for it. 0: none
  // is.
  void refused(const config::Target& target, const EpisodeControls::Means& means, const http::Response& response,
               const diagnosis::Input& input, const diagnosis::Diagnosis& diagnosis, std::uint64_t token);

  // The episode is over.
  void recovered() { episode_.reset(); }

  // Cheap: whether next() may have something to send.
  bool wants(const config::Target& target, Instant now) const {
    return episode_ || (target.expect->is_protected && now >= protection_due_);
  }

  // The request to send now, if any: `probe` is an ordinary one, with its credential. Nothing while one is under way.
  std::optional<http::Request> next(const config::Target& target, http::Request probe, bool rate_limited, Instant now);

  // Takes the answer to it. True where the episode's diagnosis may be another one now.
  bool take(const http::Response& answer);

  // The episode's last diagnosis in the light of the controls, and of `next`: what the credential that is to come gets;
  // only between refused() and recovered().
  diagnosis::Diagnosis weighed(const diagnosis::Surroundings& around,
                               const std::optional<diagnosis::ControlAnswer>& next) const;
  bool in_episode() const { return episode_ != nullptr; }

  // The server lets in those without a credential, as far as was seen last.
  bool open_to_all() const { return open_to_all_; }

 private:
  struct Episode {
    EpisodeControls controls;
    Fingerprint refusal;
    diagnosis::Input input;
    diagnosis::Diagnosis diagnosis;
    std::optional<Control> under_way;
    std::uint64_t first_token = 0;
    std::optional<diagnosis::ControlAnswer> fresh_token;
  };
  std::unique_ptr<Episode> episode_;  // most targets have none
  Instant protection_due_{0};
  enum class Asked : std::uint8_t { nothing, control, protection };
  Asked asked_ = Asked::nothing;  // what is under way; its answer may come after its episode
  bool open_to_all_ = false;
};

}  // namespace authprobe::prober
