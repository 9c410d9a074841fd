#include "exporter/prober/examination.h"

#include <cstdint>
#include <utility>

#include "exporter/http/transfer_set.h"
#include "exporter/prober/credential_facts.h"
#include "exporter/prober/inquiry.h"
#include "exporter/prober/probe_request.h"
#include "exporter/prober/secrecy.h"
#include "exporter/prober/upkeep.h"
#include "exporter/prober/verdict.h"

namespace authprobe::prober {
namespace {

using std::chrono::steady_clock;
using std::chrono::system_clock;

Instant now() {
  return std::chrono::duration_cast<Instant>(system_clock::now().time_since_epoch());
}

std::string masked(std::string_view value) {
  const std::size_t scheme = value.find(' ');
  const bool has_scheme = scheme != std::string_view::npos && scheme <= 16;
  const std::size_t secret = value.size() - (has_scheme ? scheme + 1 : 0);
  return std::string(value.substr(0, has_scheme ? scheme + 1 : 0)) + "******** (" + std::to_string(secret) +
         " characters)";
}

std::vector<std::pair<std::string, std::string>> masked(const http::Authorization& authorization) {
  std::vector<std::pair<std::string, std::string>> result;
  for (const auto& [name, value] : authorization.headers) result.emplace_back(name, masked(value.reveal()));
  if (!authorization.query.first.empty()) {
    result.emplace_back("query parameter " + authorization.query.first, masked(authorization.query.second.reveal()));
  }
  if (authorization.scheme == http::Scheme::digest) result.emplace_back("Authorization", "Digest ********");
  if (authorization.scheme == http::Scheme::sigv4) result.emplace_back("Authorization", "AWS4-HMAC-SHA256 ********");
  if (authorization.identity) result.emplace_back("client certificate", "shown in the TLS handshake");
  return result;
}

std::optional<credential::JwtClaims> claims_of(const http::Authorization& authorization) {
  constexpr std::string_view kBearer = "Bearer ";
  for (const auto& [name, value] : authorization.headers) {
    if (value.reveal().starts_with(kBearer)) return credential::read_jwt(value.reveal().substr(kBearer.size()));
  }
  return std::nullopt;
}

// The target's transfers, one after another.
class Examiner {
 public:
  Examiner(const config::Config& config, std::shared_ptr<const diagnosis::Signatures> signatures)
      : config_(config),
        signatures_(std::move(signatures)),
        target_(config.targets.at(0)),
        checks_(target_.expect),
        transfers_(http::TransferSet::Options::from(config.settings)) {
    upkeep_.load(config);
    credential_ = upkeep_.find(target_.credential);
  }

  Examination run(bool with_controls) {
    Examination result;
    result.started = system_clock::now();
    if (credential_ && !get_credential()) {
      Verdict verdict = credential_unavailable(credential_->problem());
      result.state = state_of(verdict.outcome);
      result.detail = std::move(verdict.detail);
      return result;
    }
    http::Request probe = request();
    result.sent = masked(probe.authorization);
    result.claims = claims_of(probe.authorization);
    result.response = send(std::move(probe));
    Circumstances circumstances = circumstances_of(result);
    Verdict verdict = judge(checks_, result.response, circumstances, system_clock::now());
    if (state_of(verdict.outcome) == State::ok && with_controls && ask_whether_open(result)) {
      circumstances.open_to_all = true;
      verdict = judge(checks_, result.response, circumstances, system_clock::now());
    }
    result.state = state_of(verdict.outcome);
    result.detail = verdict.detail;
    result.refusal = verdict.refusal;
    if (verdict.refusal && with_controls) ask_controls(result, circumstances);
    return result;
  }

 private:
  http::Request request() const { return request_with(credential_.get()); }
  http::Request request_with(const credential::Credential* credential) const {
    return probe_request(target_, http::prepared(target_.url), credential, target_.connection->timeout);
  }

  // Reads the secrets, and waits for a token to be fetched where it is one of those.
  bool get_credential() {
    const auto deadline = steady_clock::now() + target_.connection->timeout;
    credential_->refresh(steady_clock::now());
    while (credential_->awaits_token() && steady_clock::now() < deadline) {
      upkeep_.start_due(transfers_, now());
      transfers_.wait(std::min(deadline, steady_clock::now() + Schedule::kTick));
      while (auto finished = transfers_.next_finished()) upkeep_.take(*finished, now());
    }
    return credential_->problem().empty();
  }

  http::Response send(http::Request request) {
    const std::uint64_t id = ++last_id_;
    transfers_.start(id, std::move(request));
    while (true) {
      while (auto finished = transfers_.next_finished()) {
        if (finished->id == id) {
          if (credential_) hide_secrets(*credential_, finished->response);
          return std::move(finished->response);
        }
        if ((finished->id & Upkeep::kIdBit) != 0) upkeep_.take(*finished, now());
      }
      transfers_.wait(steady_clock::now() + std::chrono::seconds{1});
    }
  }

  Circumstances circumstances_of(Examination& result) const {
    Circumstances circumstances;
    circumstances.signatures = signatures_;
    if (credential_) {
      circumstances.sent = result.sent_kind = sent_as(credential_->config());
      circumstances.credential = result.facts = facts_of(*credential_);
    }
    return circumstances;
  }

  // Whether what is meant to be protected lets in those without the credential.
  bool ask_whether_open(Examination& result) {
    if (!target_.expect->is_protected || !credential_) return false;
    const Control anonymous{ControlKind::anonymous, {}};
    http::Response answer = send(control_request(anonymous, target_, request()));
    const bool open = answer.status >= 200 && answer.status < 300;
    result.controls.push_back({anonymous, std::move(answer)});
    return open;
  }

  void ask_controls(Examination& result, const Circumstances& circumstances) {
    EpisodeControls::Means means;
    means.credential = credential_ != nullptr;
    means.password_like = credential_ && credential_->password_like();
    means.other_addresses = result.response.other_addresses;
    EpisodeControls controls(target_, means);
    if (result.state == State::rate_limited) return;
    while (const auto control = controls.next()) {
      http::Response answer = send(control_request(*control, target_, request()));
      controls.take(*control, answer, Fingerprint(result.response));
      result.controls.push_back({*control, std::move(answer)});
    }
    diagnosis::Controls found = controls.found();
    if (target_.controls.next) result.next = ask_next();
    if (result.next) found.next = {.status = result.next->status, .same_as_refusal = false};
    weigh(found, {}, input_of(result.response, circumstances, system_clock::now()), *result.refusal);
  }

  // The same request with the credential that is to come, where one is configured and can be had at once.
  std::optional<http::Response> ask_next() {
    if (!credential_ || credential_->password_like()) return std::nullopt;
    const auto next = upkeep_.find(credential_->config().next);
    if (!next) return std::nullopt;
    next->refresh(steady_clock::now());
    if (!next->problem().empty()) return std::nullopt;
    http::Response answer = send(request_with(next.get()));
    hide_secrets(*next, answer);
    return answer;
  }

  const config::Config& config_;
  const std::shared_ptr<const diagnosis::Signatures> signatures_;
  const config::Target& target_;
  const Checks checks_;
  http::TransferSet transfers_;
  Upkeep upkeep_;
  std::shared_ptr<credential::Credential> credential_;
  std::uint64_t last_id_ = 0;
};

}  // namespace

Examination examine(const config::Config& config, bool with_controls,
                    std::shared_ptr<const diagnosis::Signatures> signatures) {
  return Examiner(config, std::move(signatures)).run(with_controls);
}

}  // namespace authprobe::prober
