#include "exporter/prober/run_diagnose.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "exporter/credential/proxy_passwords.h"
#include "exporter/http/transfer_set.h"
#include "exporter/prober/credential_facts.h"
#include "exporter/prober/credential_set.h"
#include "exporter/prober/shown_request.h"
#include "exporter/prober/target.h"

namespace authprobe::prober {
namespace {

using std::chrono::steady_clock;
using std::chrono::system_clock;

Now now() {
  const WallTime wall = system_clock::now();
  return {SlotClock::from(wall), wall};
}

std::optional<credential::JwtClaims> claims_of(const http::Authorization& authorization) {
  constexpr std::string_view kBearer = "Bearer ";
  for (const auto& [name, value] : authorization.headers) {
    if (value.reveal().starts_with(kBearer)) return credential::read_jwt(value.reveal().substr(kBearer.size()));
  }
  return std::nullopt;
}

std::string user_agent_of(const http::Request& request) {
  const std::string* header = wire::find_header(request.headers, "User-Agent");
  return header != nullptr ? *header : request.user_agent;
}

// Drives one ProbedTarget with transfers of its own, one after another.
class Doctor {
 public:
  Doctor(const config::Config& config, const Examination& examination,
         const std::shared_ptr<const diagnosis::Ruleset>& rules)
      : examination_(examination), transfers_(http::TransferSet::Options::from(config.settings)), rules_(rules) {
    credentials_.load(config, rules, CredentialSet::NextProbes::left_out);  // ask_next() sends one
    const config::Target& target = config.targets.at(0);
    checks_ = std::make_shared<const Checks>(target.expect);
    target_.emplace(target, ProbedTarget::Shared{checks_, credentials_.find(target.credential), nullptr, rules});
  }

  DiagnoseReport run() {
    report_.started = system_clock::now();
    if (target_->credential()) obtain(*target_->credential());
    auto started = target_->start({}, now());
    if (auto* request = std::get_if<http::Request>(&started)) {
      probe(std::move(*request));
    } else if (auto* record = std::get_if<ProbeRecord>(&started)) {
      take(std::move(*record));
    } else {
      take_unavailable();
    }
    if (report_.state == State::credential_unavailable) report_.refusal = fetch_refusal();
    if (examination_.compare_next && !report_.next) report_.next = ask_next();
    report_.inquiries = inquiries_.take();
    report_.known = status_of_credential();
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
    auto status = status_of_credential();
    return status && status->fetches ? std::move(status->fetches->refusal) : std::nullopt;
  }

  std::optional<CredentialStatus> status_of_credential() const {
    if (!target_->credential()) return std::nullopt;
    for (CredentialStatus& status : credentials_.statuses()) {
      if (status.name == target_->credential()->name()) return std::move(status);
    }
    return std::nullopt;
  }

  // Reads the secrets, and waits for a token to be fetched where it is one of those, and for what is asked about it.
  void obtain(credential::Credential& credential) {
    const auto deadline = steady_clock::now() + target_->config().connection->timeout;
    credential.refresh(steady_clock::now());
    do {
      run_credential_tasks(deadline);
    } while ((credential.awaits_token() || tasks_are_due()) && steady_clock::now() < deadline);
  }

  bool tasks_are_due() const {
    return credentials_.in_progress() > 0 || credentials_.next_look() <= now().slot + Schedule::kTick;
  }

  // One step of fetching the token, and of asking about it.
  void run_credential_tasks(steady_clock::time_point deadline) {
    start_credential_tasks();
    if (!tasks_are_due()) return;
    transfers_.wait(std::min(deadline, steady_clock::now() + Schedule::kTick));
    while (http::Finished* finished = transfers_.next_finished()) finish_task(*finished);
  }

  void start_credential_tasks() {
    for (auto& task : credentials_.start_due(now().slot)) {
      examination_.tell(task.request.url->url().shown());
      if (target_->credential()) inquiries_.started(task.number, task.request, target_->credential()->config());
      start(task.number, std::move(task.request));
    }
  }
  void finish_task(http::Finished& finished) {
    proxy_passwords_.hide(finished.response);
    inquiries_.finished(finished.id, finished.response);
    credentials_.finish(finished.id, finished.response, now().slot);
  }

  void start(std::uint64_t id, http::Request request) {
    proxy_passwords_.add_to(request, steady_clock::now());
    transfers_.start(id, std::move(request));
  }

  // Credential tasks number their requests from 1: ours is none of them.
  http::Response send(http::Request request, const std::string& at = {}) {
    constexpr std::uint64_t kOurs = 0;
    examination_.tell(request.url->url().shown() + at);
    start(kOurs, std::move(request));
    while (true) {
      while (http::Finished* finished = transfers_.next_finished()) {
        if (finished->id == kOurs) {
          proxy_passwords_.hide(finished->response);
          return std::move(finished->response);
        }
        finish_task(*finished);
      }
      transfers_.wait(steady_clock::now() + std::chrono::seconds{1});
    }
  }

  void probe(http::Request request) {
    report_.sent = masked(request);
    report_.user_agent = user_agent_of(request);
    report_.claims = claims_of(request.authorization);
    report_.response = send(std::move(request));
    if (report_.response.proxy_login) {
      report_.sent.emplace_back("Proxy-Authorization", "Basic ********, to the proxy alone");
    }
    // The password is only ever the answer to a challenge.
    if (report_.response.unanswered)
      std::erase_if(report_.sent, [](const auto& sent) { return sent.first == "Authorization"; });
    judge();
    if (const auto& credential = target_->credential()) report_.facts = facts_of(*credential);
    if (!examination_.controls) return;
    ask_auth_service();
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
      http::Response answer = send(control_request(control, target, std::move(request)), " at " + address);
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
      if (!update && report_.refusal) report_.refusal = target_->refined_diagnosis(context_);
      report_.controls.push_back({std::move(next->control), std::move(answer)});
    }
    if (target_->memory().open_to_all) judge();
    ask_issuer();
    if (!report_.refusal || report_.state == State::rate_limited || !target_->config().controls.next) return;
    report_.next = ask_next();
    if (!report_.next || report_.next->response.status == 0) return;
    context_.next = {.status = report_.next->response.status, .same_as_refusal = false};
    context_.next_name = target_->credential()->config().next;
    context_.next_at = now().wall;
    report_.refusal = target_->refined_diagnosis(context_);
  }

  // Each answer is awaited as long as its request may take.
  std::shared_ptr<const diagnosis::TokenReport> hear_issuer(const std::string& credential) {
    credentials_.ask_issuer(credential);
    while (credentials_.asks_issuer(credential)) run_credential_tasks(steady_clock::now() + Schedule::kTick);
    return credentials_.token_report(credential);
  }

  void ask_issuer() {
    const auto& credential = target_->credential();
    if (!credential || !report_.refusal || report_.state == State::rate_limited) return;
    if (!target_->config().controls.issuer) return;
    report_.token = context_.token = hear_issuer(credential->name());
    if (report_.token) report_.refusal = target_->refined_diagnosis(context_);
  }

  // The health page tells a dead auth service from any other failure of a server.
  void ask_auth_service() {
    const auto& credential = target_->credential();
    if (report_.refusal || report_.response.status < 500 || !credential) return;
    if (credential->config().auth_health_url.empty() || !target_->config().controls.issuer) return;
    report_.token = context_.token = hear_issuer(credential->name());
    if (!report_.token || !report_.token->health || !report_.token->health->fails()) return;
    judge();
    // A guess, which the running exporter does not take for a refusal.
    if (!report_.refusal && report_.state == State::unexpected) report_.refusal = target_->refined_diagnosis(context_);
  }

  // The same request with the credential that is to follow, where one is configured.
  std::optional<DiagnoseReport::Next> ask_next() {
    const auto& credential = target_->credential();
    if (!credential || (credential->password_like() && !examination_.compare_next)) return std::nullopt;
    const auto next = credentials_.find(credential->config().next);
    if (!next) return std::nullopt;
    obtain(*next);
    if (std::string problem = target_->problem_of(*next); !problem.empty()) {
      return DiagnoseReport::Next{State::credential_unavailable, std::move(problem), {}};
    }
    ProbedTarget beside(target_->config(), ProbedTarget::Shared{checks_, next, nullptr, rules_});
    const ProbeHistory::Secret sent = beside.secret_in_use();
    http::Response answer = send(beside.request(next.get(), target_->config().connection->timeout));
    const Verdict verdict = beside.judge(answer, sent, now().wall);
    return DiagnoseReport::Next{state_of(verdict.outcome), verdict.detail, std::move(answer)};
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
    for (auto& inquiry : report_.inquiries) mask(inquiry.answer);
    if (report_.next) mask(report_.next->response);
  }

  const Examination& examination_;
  http::TransferSet transfers_;
  credential::ProxyPasswords proxy_passwords_;
  CredentialSet credentials_;
  std::shared_ptr<const Checks> checks_;
  std::shared_ptr<const diagnosis::Ruleset> rules_;
  std::optional<ProbedTarget> target_;
  InquiryLog inquiries_;
  FleetContext context_;
  DiagnoseReport report_;
};

}  // namespace

DiagnoseReport run_diagnose(const config::Config& config, const Examination& examination,
                            const std::shared_ptr<const diagnosis::Ruleset>& rules) {
  return Doctor(config, examination, rules).run();
}

}  // namespace authprobe::prober
