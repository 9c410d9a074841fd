#include "exporter/prober/inquiry.h"

#include <utility>

namespace authprobe::prober {

void Inquiry::refused(const config::Target& target, const EpisodeControls::Means& means, const http::Response& response,
                      const diagnosis::Input& input, const diagnosis::Diagnosis& diagnosis, std::uint64_t token) {
  const Fingerprint refusal(response);
  if (!episode_) {
    episode_ = std::make_unique<Episode>(Episode{EpisodeControls(target, means), refusal, {}, {}, {}, token, {}});
  } else if (token != episode_->first_token) {
    episode_->fresh_token = {.status = response.status, .same_as_refusal = refusal == episode_->refusal};
  }
  episode_->refusal = refusal;
  episode_->input = input;
  episode_->input.headers = {};
  episode_->input.body = {};
  episode_->diagnosis = diagnosis;
}

std::optional<http::Request> Inquiry::next(const config::Target& target, http::Request probe, bool rate_limited,
                                           Instant now) {
  if (rate_limited || asked_ != Asked::nothing) return std::nullopt;
  if (episode_) {
    episode_->under_way = episode_->controls.next();
    if (!episode_->under_way) return std::nullopt;
    asked_ = Asked::control;
    return control_request(*episode_->under_way, target, std::move(probe));
  }
  if (!target.expect->is_protected || target.credential.empty() || now < protection_due_) return std::nullopt;
  protection_due_ = now + kProtectionEvery;
  asked_ = Asked::protection;
  return control_request({ControlKind::anonymous, {}}, target, std::move(probe));
}

bool Inquiry::take(const http::Response& answer) {
  if (std::exchange(asked_, Asked::nothing) == Asked::protection) {
    open_to_all_ = answer.status >= 200 && answer.status < 300;
    return false;
  }
  if (!episode_ || !episode_->under_way) return false;  // it came after the episode's end
  episode_->controls.take(*std::exchange(episode_->under_way, std::nullopt), answer, episode_->refusal);
  return true;
}

diagnosis::Diagnosis Inquiry::weighed(const diagnosis::Surroundings& around,
                                      const std::optional<diagnosis::ControlAnswer>& next) const {
  diagnosis::Controls found = episode_->controls.found();
  found.fresh_token = episode_->fresh_token;
  found.next = next;
  diagnosis::Diagnosis result = episode_->diagnosis;
  weigh(found, around, episode_->input, result);
  return result;
}

}  // namespace authprobe::prober
