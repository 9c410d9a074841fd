#include "exporter/commands/report.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "exporter/commands/quick_reference.h"
#include "exporter/commands/telling_headers.h"
#include "exporter/commands/unreachable_advice.h"
#include "exporter/diagnosis/evidence.h"
#include "exporter/web/presentation.h"
#include "exporter/wire/text.h"
#include "exporter/wire/time.h"
#include "exporter/wire/wall_time.h"

namespace authprobe::commands {
namespace {

using diagnosis::redact;
using prober::Control;
using prober::ControlKind;
using prober::DiagnoseReport;
using prober::State;
using web::in_words;
using wire::rfc3339;

std::string milliseconds(double seconds) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f ms", seconds * 1000);
  return text.data();
}

// "2026-11-22T01:00:00Z (3 h ago)"
std::string moment(WallTime time, WallTime now) {
  const auto away = std::chrono::floor<std::chrono::seconds>(time > now ? time - now : now - time);
  return rfc3339(time) + (time > now ? " (in " + in_words(away) + ")" : " (" + in_words(away) + " ago)");
}

std::string asked(const Control& control, const config::Target& target) {
  switch (control.kind) {
    case ControlKind::anonymous: return "the same without the credential";
    case ControlKind::control_url: return target.control_url.shown();
    case ControlKind::resource_metadata: return control.url.shown();
    case ControlKind::address: return "the same at " + control.address;
  }
  return {};
}

// Claims are no secret, but foreign.
std::string printable(std::string_view claim) {
  constexpr std::size_t kMost = 200;
  std::string text;
  for (const char c : claim.substr(0, kMost)) text += c > ' ' && c < 0x7f ? c : '?';
  return text;
}

std::string issuer_outcome(const diagnosis::IssuerAnswer& answer) {
  using Answer = diagnosis::IssuerAnswer::State;
  const std::string asked = "the token's issuer, for " + answer.asked + ": ";
  switch (answer.state) {
    case Answer::keys_read: return asked + std::to_string(answer.keys) + (answer.keys == 1 ? " key" : " keys");
    case Answer::another_issuer: return asked + "another issuer, " + printable(answer.detail);
    case Answer::keys_elsewhere: return asked + "keys at " + printable(answer.detail) + ", which is not asked";
    case Answer::silent: return asked + "no answer: " + answer.detail;
    case Answer::no_metadata:
    case Answer::unreadable:
    case Answer::failing: break;
  }
  return asked + answer.detail;
}

std::string outcome(const http::Response& answer) {
  if (answer.status == 0) return "no answer: " + answer.error_detail;
  return std::to_string(answer.status) + " in " + milliseconds(answer.total_seconds);
}

// Lines with a label before the first line of each kind.
class Form {
 public:
  explicit Form(bool colour) : colour_(colour) {}

  void line(std::string_view label, const std::string& value) {
    constexpr std::size_t kWidth = 13;
    std::string head(label == last_ ? "" : label);
    last_ = label;
    const std::size_t pad = kWidth - std::min(kWidth, head.size());
    text_ += (head.empty() ? "" : painted("1", head)) + std::string(pad, ' ') + value + '\n';
  }
  void blank() {
    text_ += '\n';
    last_ = {};
  }
  std::string painted(std::string_view code, const std::string& text) const {
    return colour_ ? "\x1b[" + std::string(code) + "m" + text + "\x1b[0m" : text;
  }
  std::string take() { return std::move(text_); }

 private:
  const bool colour_;
  std::string text_;
  std::string_view last_;
};

void tell_origin(Form& form, const credential::JwtClaims& claims) {
  if (!claims.issuer.empty()) form.line("Token", "issued by " + printable(claims.issuer));
  std::string audiences;
  for (const auto& audience : claims.audiences) audiences += ' ' + printable(audience);
  if (!audiences.empty()) form.line("Token", "for" + audiences);
  form.line("Token", "alg " + printable(claims.algorithm) +
                         (claims.key_id.empty() ? ", no kid" : ", kid " + printable(claims.key_id)));
}

void tell_sent(Form& form, const Subject& subject, const DiagnoseReport& e) {
  for (const auto& [name, value] : e.sent) form.line("Sent", name + ": " + value);
  if (subject.credential == nullptr) return form.line("Sent", "no credential");
  form.line("Credential", subject.credential->name + " (" + std::string(to_string(subject.credential->kind)) + ")");
  if (!e.facts.shape_problem.empty()) form.line("Credential", "the secret " + e.facts.shape_problem);
  if (e.facts.changed_at) form.line("Credential", "its file changed " + moment(*e.facts.changed_at, e.started));
  if (e.claims) form.line("Token", "a JWT");
  if (e.claims && e.claims->issued_at) form.line("Token", "issued " + moment(*e.claims->issued_at, e.started));
  if (e.claims && e.claims->not_before) form.line("Token", "not before " + moment(*e.claims->not_before, e.started));
  if (e.facts.expires_at) {
    const std::string word = *e.facts.expires_at > e.started ? "expires " : "EXPIRED ";
    form.line("Token", word + moment(*e.facts.expires_at, e.started));
  }
  if (e.claims) tell_origin(form, *e.claims);
  if (!e.claims || e.claims->scopes.empty()) return;
  std::string scopes;
  for (const auto& scope : e.claims->scopes) scopes += ' ' + redact(scope);
  form.line("Token", "scopes" + scopes);
}

void tell_answer(Form& form, const Subject& subject, const http::Response& r, WallTime now) {
  const auto phase = [&](http::Phase p) { return milliseconds(r.phase_seconds[static_cast<std::size_t>(p)]); };
  if (!r.address.empty()) {
    form.line("Name", r.address + " in " + phase(http::Phase::resolve));
    for (const auto& address : r.other_addresses) {
      const bool unanswered = std::ranges::find(r.unanswered_addresses, address) != r.unanswered_addresses.end();
      form.line("Name", "also " + address + (unanswered ? ", which took no connection in time" : ""));
    }
    form.line("Connection", "in " + phase(http::Phase::connect));
  }
  for (const http::Redirect& redirect : r.redirects) {
    const bool withheld = !redirect.with_credential && subject.credential != nullptr;
    form.line("Redirect", std::to_string(redirect.status) + " to " + redact(redirect.to) +
                              (withheld ? ", another origin: the credential was not sent there" : ""));
  }
  if (subject.target.url.https() && !r.address.empty()) form.line("TLS", "in " + phase(http::Phase::tls));
  if (r.certificate_expiry) {
    const auto end = wire::end_time(*r.certificate_expiry);
    form.line("TLS", end ? "the certificate expires " + moment(*end, now) : "the certificate never expires");
  }
  if (r.status == 0) return form.line("Answer", "none: " + r.error_detail);
  form.line("Answer", std::to_string(r.status) + " after " + phase(http::Phase::processing) + ", HTTP/" +
                          r.http_version + ", " + std::to_string(r.body_bytes) + " bytes");
  if (r.error != http::TransportError::none) form.line("Answer", "incomplete: " + r.error_detail);
  for (const auto& [name, value] : telling_headers(r)) form.line("Answer", name + ": " + value);
}

// Where the cause is a guess: what to check, in order.
std::vector<std::string> steps_of(const DiagnoseReport& e) {
  const bool guess = e.refusal && e.refusal->confidence == diagnosis::Confidence::guess && e.nodes.empty();
  return guess ? steps_for(e.response.status) : std::vector<std::string>();
}

void tell_verdict(Form& form, const Subject& subject, const DiagnoseReport& e) {
  const std::string state(to_string(e.state));
  form.line("Verdict",
            form.painted(e.state == State::ok ? "32" : "31", state) + (e.detail.empty() ? "" : ": " + e.detail));
  if (!e.nodes.empty()) form.line("Addresses", e.nodes);
  if (!e.nodes.empty() && !e.refusal) {
    form.blank();
    form.line("Do now", e.nodes_advice);
  }
  if (e.state == State::unreachable) {
    form.blank();
    form.line("Do now", unreachable_advice(e.response, subject.target.url));
  }
  if (!e.refusal) return;
  form.line("Cause", form.painted("1", std::string(to_string(e.refusal->cause))) + " (" +
                         std::string(to_string(e.refusal->confidence)) + ")");
  for (const auto& fact : e.refusal->evidence) form.line("Evidence", fact);
  form.blank();
  form.line("Do now", e.nodes.empty() ? e.refusal->advice : e.nodes_advice);
  int number = 0;
  for (const auto& step : steps_of(e)) form.line("Steps", std::to_string(++number) + ". " + step);
  if (subject.credential == nullptr) return;
  if (!subject.credential->owner.empty()) form.line("Owner", subject.credential->owner);
  std::string users;
  for (const auto& user : subject.credential->used_by) users += (users.empty() ? "" : ", ") + user;
  if (!users.empty()) form.line("Used by", users);
  if (!subject.credential->rotation.empty()) form.line("Renew", subject.credential->rotation);
}

nlohmann::json time_json(const std::optional<WallTime>& time) {
  return time ? nlohmann::json(rfc3339(*time)) : nlohmann::json(nullptr);
}

nlohmann::json redirects_json(const std::vector<http::Redirect>& redirects) {
  nlohmann::json list = nlohmann::json::array();
  for (const auto& [status, to, with_credential] : redirects) {
    list.push_back({{"status", status}, {"to", redact(to)}, {"credential_sent", with_credential}});
  }
  return list;
}

nlohmann::json answer_json(const http::Response& r) {
  nlohmann::json phases;
  for (std::size_t i = 0; i < http::kPhaseCount; ++i) {
    phases[std::string(to_string(static_cast<http::Phase>(i)))] = r.phase_seconds[i];
  }
  nlohmann::json answer{
      {"status", r.status},
      {"error", r.error == http::TransportError::none ? nlohmann::json(nullptr) : nlohmann::json(to_string(r.error))},
      {"error_detail", r.error_detail},
      {"address", r.address},
      {"other_addresses", r.other_addresses},
      {"unanswered_addresses", r.unanswered_addresses},
      {"http_version", r.http_version},
      {"redirects", redirects_json(r.redirects)},
      {"body_bytes", r.body_bytes},
      {"phases_seconds", phases},
      {"duration_seconds", r.total_seconds}};
  answer["headers"] = nlohmann::json::array();
  for (const auto& [name, value] : telling_headers(r)) answer["headers"].push_back({{"name", name}, {"value", value}});
  if (r.certificate_expiry) answer["certificate_expires_at"] = time_json(wire::end_time(*r.certificate_expiry));
  return answer;
}

nlohmann::json token_json(const std::optional<credential::JwtClaims>& claims) {
  if (!claims) return nullptr;
  return {{"issuer", claims->issuer},
          {"audiences", claims->audiences},
          {"algorithm", claims->algorithm},
          {"key_id", claims->key_id}};
}

std::string_view word_for(diagnosis::IssuerAnswer::State state) {
  using Answer = diagnosis::IssuerAnswer::State;
  switch (state) {
    case Answer::keys_read: return "keys_read";
    case Answer::no_metadata: return "no_metadata";
    case Answer::unreadable: return "unreadable";
    case Answer::another_issuer: return "another_issuer";
    case Answer::keys_elsewhere: return "keys_elsewhere";
    case Answer::failing: return "failing";
    case Answer::silent: return "silent";
  }
  return "";
}

std::string_view word_for(diagnosis::KeyFit fit) {
  using diagnosis::KeyFit;
  switch (fit) {
    case KeyFit::unknown: return "unknown";
    case KeyFit::verifies: return "verifies";
    case KeyFit::fails: return "fails";
    case KeyFit::absent: return "no_key";
    case KeyFit::wrong_type: return "wrong_type";
  }
  return "";
}

// What the token's issuer answered; null where it was not asked.
nlohmann::json issuer_json(const diagnosis::TokenReport* token) {
  if (token == nullptr || !token->answer) return nullptr;
  const diagnosis::IssuerAnswer& answer = *token->answer;
  nlohmann::json clock;
  if (answer.ahead) clock = answer.ahead->count();
  return {{"state", word_for(answer.state)},
          {"detail", answer.detail},
          {"keys", answer.keys},
          {"clock_ahead_seconds", clock},
          {"signature", word_for(token->key)}};
}

nlohmann::json credential_json(const Subject& subject, const DiagnoseReport& e) {
  if (subject.credential == nullptr) return nullptr;
  const config::Credential& credential = *subject.credential;
  nlohmann::json scopes = nlohmann::json::array();
  if (e.claims) scopes = e.claims->scopes;
  return {{"name", credential.name},
          {"kind", to_string(credential.kind)},
          {"owner", credential.owner},
          {"used_by", credential.used_by},
          {"rotation", credential.rotation},
          {"expires_at", time_json(e.facts.expires_at)},
          {"issued_at", time_json(e.facts.issued_at)},
          {"not_before", time_json(e.facts.not_before)},
          {"scopes", scopes},
          {"token", token_json(e.claims)},
          {"shape_problem", e.facts.shape_problem}};
}

}  // namespace

std::string report_text(const Subject& subject, const DiagnoseReport& e, bool colour) {
  Form form(colour);
  form.line("Target", form.painted("1", subject.target.name));
  form.line("Request", subject.target.method + ' ' + subject.target.url.shown());
  form.line("Time", rfc3339(e.started));
  form.blank();
  tell_sent(form, subject, e);
  if (e.state != State::credential_unavailable) tell_answer(form, subject, e.response, e.started);
  for (const auto& [control, answer] : e.controls) {
    form.line("Control", asked(control, subject.target) + ": " + outcome(answer));
  }
  if (e.token && e.token->answer) form.line("Control", issuer_outcome(*e.token->answer));
  if (e.next)
    form.line("Control", "the same with the credential \"" + subject.credential->next + "\": " + outcome(*e.next));
  form.blank();
  tell_verdict(form, subject, e);
  return form.take();
}

std::string report_json(const Subject& subject, const DiagnoseReport& e) {
  nlohmann::json report{{"target", subject.target.name},
                        {"url", subject.target.url.shown()},
                        {"method", subject.target.method},
                        {"time", rfc3339(e.started)},
                        {"state", to_string(e.state)},
                        {"detail", e.detail},
                        {"credential", credential_json(subject, e)},
                        {"answer", answer_json(e.response)}};
  report["sent"] = nlohmann::json::object();
  for (const auto& [name, value] : e.sent) report["sent"][name] = value;
  report["controls"] = nlohmann::json::array();
  for (const auto& [control, answer] : e.controls) {
    report["controls"].push_back(
        {{"asked", asked(control, subject.target)}, {"status", answer.status}, {"error_detail", answer.error_detail}});
  }
  if (e.next) {
    report["controls"].push_back({{"asked", "the same with the credential " + subject.credential->next},
                                  {"status", e.next->status},
                                  {"error_detail", e.next->error_detail}});
  }
  report["addresses"] = e.nodes.empty() ? nlohmann::json(nullptr) : nlohmann::json(e.nodes);
  report["issuer"] = issuer_json(e.token.get());
  report["diagnosis"] = nullptr;
  report["advice"] = nullptr;
  if (!e.nodes.empty()) report["advice"] = e.nodes_advice;
  if (e.state == State::unreachable) report["advice"] = unreachable_advice(e.response, subject.target.url);
  if (e.refusal) {
    report["diagnosis"] = {{"cause", to_string(e.refusal->cause)},
                           {"confidence", to_string(e.refusal->confidence)},
                           {"evidence", e.refusal->evidence},
                           {"advice", e.refusal->advice},
                           {"steps", steps_of(e)}};
  }
  return report.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
}

}  // namespace authprobe::commands
