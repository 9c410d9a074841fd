#include "exporter/prober/run_diagnose.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "exporter/http/transfer_set.h"
#include "exporter/prober/credential_facts.h"
#include "exporter/prober/credential_set.h"
#include "exporter/prober/target.h"

namespace authprobe::prober {
namespace {

using std::chrono::steady_clock;
using std::chrono::system_clock;

Now now() {
  const WallTime wall = system_clock::now();
  return {SlotClock::from(wall), wall};
}

std::string masked(std::string_view value) {
  const std::size_t scheme = value.find(' ');
  const bool has_scheme = scheme != std::string_view::npos && scheme <= 16;
  const std::size_t secret = value.size() - (has_scheme ? scheme + 1 : 0);
  return std::string(value.substr(0, has_scheme ? scheme + 1 : 0)) + "******** (" + std::to_string(secret) +
         " characters)";
}

wire::Headers masked(const http::Request& request) {
  const http::Authorization& authorization = request.authorization;
  wire::Headers result;
  for (const auto& [name, value] : authorization.headers) result.emplace_back(name, masked(value.reveal()));
  if (!authorization.query.first.empty()) {
    result.emplace_back("query parameter " + authorization.query.first, masked(authorization.query.second.reveal()));
  }
  if (!authorization.path.empty()) result.emplace_back("URL path", masked(authorization.path.reveal()));
  if (authorization.scheme == http::Scheme::digest) result.emplace_back("Authorization", "Digest ********");
  if (authorization.scheme == http::Scheme::sigv4) result.emplace_back("Authorization", "AWS4-HMAC-SHA256 ********");
  if (request.identity) result.emplace_back("client certificate", "shown in the TLS handshake");
  return result;
}

std::optional<credential::JwtClaims> claims_of(const http::Authorization& authorization) {
  constexpr std::string_view kBearer = "Bearer ";
  for (const auto& [name, value] : authorization.headers) {
    if (value.reveal().starts_with(kBearer)) return credential::read_jwt(value.reveal().substr(kBearer.size()));
  }
  return std::nullopt;
}

// Drives one ProbedTarget with transfers of its own, one after another.
class Doctor {
 public:
  Doctor(const config::Config& config, const std::shared_ptr<const diagnosis::Ruleset>& rules)
      : transfers_(http::TransferSet::Options::from(config.settings)) {
    credentials_.load(config, rules, CredentialSet::NextProbes::left_out);  // ask_next() sends one
    const config::Target& target = config.targets.at(0);
    target_.emplace(target, ProbedTarget::Shared{std::make_shared<const Checks>(target.expect),
                                                 credentials_.find(target.credential), nullptr, rules});
  }

  DiagnoseReport run(bool with_controls) {
    report_.started = system_clock::now();
    get_credential();
    auto started = target_->start({}, now());
    if (auto* request = std::get_if<http::Request>(&started)) {
      probe(std::move(*request), with_controls);
    } else if (auto* record = std::get_if<ProbeRecord>(&started)) {
      take(std::move(*record));
    } else {
      take_unavailable();
    }
    if (report_.state == State::credential_unavailable) report_.refusal = fetch_refusal();
    mask_answers();
    return std::move(report_);
  }

 private:
  void take(ProbeRecord record) {
    report_.state = record.state;
    report_.detail = std::move(record.detail);
    report_.refusal = std::move(record.refusal);
  }

  void take_unavailable() {
    report_.state = State::credential_unavailable;
    report_.detail = target_->credential()->problem();
  }

  // Why the server of the credential's token refuses it.
  std::optional<diagnosis::Diagnosis> fetch_refusal() const {
    for (CredentialStatus& status : credentials_.statuses()) {
      if (status.name == target_->credential()->name() && status.fetches) return std::move(status.fetches->refusal);
    }
    return std::nullopt;
  }

  // Reads the secrets, and waits for a token to be fetched where it is one of those.
  void get_credential() {
    const auto& credential = target_->credential();
    if (!credential) return;
    const auto deadline = steady_clock::now() + target_->config().connection->timeout;
    credential->refresh(steady_clock::now());
    do {
      run_credential_tasks(deadline);
    } while ((credential->awaits_token() || credentials_.in_progress() > 0) && steady_clock::now() < deadline);
  }

  // One step of fetching the token, and of asking about it.
  void run_credential_tasks(steady_clock::time_point deadline) {
    start_credential_tasks();
    if (credentials_.in_progress() == 0 && !target_->credential()->awaits_token()) return;
    transfers_.wait(std::min(deadline, steady_clock::now() + Schedule::kTick));
    while (auto finished = transfers_.next_finished()) finish_task(*finished);
  }

  void start_credential_tasks() {
    for (auto& task : credentials_.start_due(now().slot)) transfers_.start(task.number, std::move(task.request));
  }
  void finish_task(http::Finished& finished) { credentials_.finish(finished.id, finished.response, now().slot); }

  // Credential tasks number their requests from 1: ours is none of them.
  http::Response send(http::Request request) {
    constexpr std::uint64_t kOurs = 0;
    transfers_.start(kOurs, std::move(request));
    while (true) {
      while (auto finished = transfers_.next_finished()) {
        if (finished->id == kOurs) return std::move(finished->response);
        finish_task(*finished);
      }
      transfers_.wait(steady_clock::now() + std::chrono::seconds{1});
    }
  }

  void probe(http::Request request, bool with_controls) {
    report_.sent = masked(request);
    report_.claims = claims_of(request.authorization);
    report_.response = send(std::move(request));
    // The password is only ever the answer to a challenge.
    if (report_.response.unanswered)
      std::erase_if(report_.sent, [](const auto& sent) { return sent.first == "Authorization"; });
    judge();
    if (const auto& credential = target_->credential()) {
      report_.sent_kind = config::sent_as(credential->config().kind);
      report_.facts = facts_of(*credential);
    }
    if (!with_controls) return;
    send_controls();
    ask_addresses();
    compare_addresses();
  }

  // A name with several addresses is asked at each: the one that was met may be the only one that refuses, or does not.
  void ask_addresses() {
    const auto& credential = target_->credential();
    const config::Target& target = target_->config();
    if (!target.controls.addresses || (credential && credential->password_like())) return;
    if (report_.state == State::rate_limited) return;
    for (const std::string& address : report_.response.other_addresses) {
      const bool was_asked = std::ranges::any_of(
          report_.controls, [&](const DiagnoseReport::Asked& asked) { return asked.control.address == address; });
      if (was_asked) continue;
      Control control{ControlKind::address, address};
      auto request = target_->request(credential.get(), target.connection->timeout);
      http::Response answer = send(control_request(control, target, std::move(request)));
      if (credential) hide_secrets(*credential, answer);
      report_.controls.push_back({std::move(control), std::move(answer)});
    }
  }

  void compare_addresses() {
    std::string refusing;
    std::string accepting;
    const auto note = [&](const std::string& address, int status) {
      std::string* list = status == 401 || status == 403 ? &refusing : nullptr;
      if (status >= 200 && status < 300) list = &accepting;
      if (list != nullptr) *list += (list->empty() ? "" : ", ") + address;
    };
    note(report_.response.address, report_.response.status);
    for (const auto& [control, answer] : report_.controls) {
      if (control.kind == ControlKind::address) note(control.address, answer.status);
    }
    if (refusing.empty() || accepting.empty()) return;
    report_.nodes = "refused at " + refusing + ", accepted at " + accepting;
    report_.nodes_advice = "Have the API's operators take " + refusing +
                           " out of service, and compare its configuration, keys and clock with those of the others. "
                           "The others accept the same secret: do not change it.";
  }

  void judge() {
    http::Response& response = report_.response;
    Verdict verdict = target_->judge(response, now().wall);
    take(target_->finish(std::move(verdict), response, context_, now()));
  }

  void send_controls() {
    while (auto next = target_->next_control(now().slot)) {
      http::Response answer = send(std::move(next->request));
      auto update = target_->finish_control(answer, context_, now().wall);
      if (update) report_.refusal = std::move(*update);
      report_.controls.push_back({std::move(next->control), std::move(answer)});
    }
    if (target_->memory().open_to_all) judge();
    ask_issuer();
    if (!report_.refusal || report_.state == State::rate_limited || !target_->config().controls.next) return;
    report_.next = ask_next();
    if (!report_.next) return;
    context_.next = {.status = report_.next->status, .same_as_refusal = false};
    context_.next_name = target_->credential()->config().next;
    context_.next_at = now().wall;
    report_.refusal = target_->refined_diagnosis(context_);
  }

  // Each answer is awaited as long as its request may take.
  void ask_issuer() {
    const auto& credential = target_->credential();
    if (!credential || !report_.refusal || report_.state == State::rate_limited) return;
    if (!target_->config().controls.issuer) return;
    credentials_.ask_issuer(credential->name());
    while (credentials_.asks_issuer(credential->name())) run_credential_tasks(steady_clock::now() + Schedule::kTick);
    report_.token = context_.token = credentials_.token_report(credential->name());
    if (report_.token) report_.refusal = target_->refined_diagnosis(context_);
  }

  // The same request with the credential that is to follow, where one is configured and can be had at once.
  std::optional<http::Response> ask_next() {
    const auto& credential = target_->credential();
    if (!credential || credential->password_like()) return std::nullopt;
    const auto next = credentials_.find(credential->config().next);
    if (!next) return std::nullopt;
    next->refresh(steady_clock::now());
    if (!next->problem().empty()) return std::nullopt;
    http::Response answer = send(target_->request(next.get(), target_->config().connection->timeout));
    hide_secrets(*next, answer);
    return answer;
  }

  // Of all answers, as they are shown in part.
  void mask_answers() {
    const auto& credential = target_->credential();
    if (!credential) return;
    const auto next = credentials_.find(credential->config().next);
    const auto mask = [&](http::Response& answer) {
      for (const auto& owner : {credential, next}) {
        if (!owner) continue;
        owner->secret_mask().mask_shown(answer.error_detail);
        for (auto& [name, value] : answer.headers) owner->secret_mask().mask_shown(value);
      }
    };
    mask(report_.response);
    for (auto& [control, answer] : report_.controls) mask(answer);
    if (report_.next) mask(*report_.next);
  }

  http::TransferSet transfers_;
  CredentialSet credentials_;
  std::optional<ProbedTarget> target_;
  FleetContext context_;
  DiagnoseReport report_;
};

}  // namespace

DiagnoseReport run_diagnose(const config::Config& config, bool with_controls,
                            const std::shared_ptr<const diagnosis::Ruleset>& rules) {
  return Doctor(config, rules).run(with_controls);
}

}  // namespace authprobe::prober
