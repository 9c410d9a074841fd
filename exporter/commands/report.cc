#include "exporter/commands/report.h"

#include <algorithm>
#include <string_view>

#include "exporter/commands/credential_report.h"
#include "exporter/commands/next_file.h"
#include "exporter/commands/report_words.h"
#include "exporter/commands/unreachable_advice.h"
#include "exporter/diagnosis/evidence.h"
#include "exporter/diagnosis/reference.h"
#include "exporter/diagnosis/telling_headers.h"
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
using wire::rfc3339;

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

void tell(Form& form, const ReportLines& lines) {
  for (const auto& [label, text] : lines) form.line(label, text);
}

// What an allow list, a firewall's rule or a server's log is searched by.
void tell_sender(Form& form, const DiagnoseReport& e) {
  if (e.user_agent.empty()) return;
  const std::string& address = e.response.local_address;
  form.line("Sent from", (address.empty() ? "" : address + ", ") + "User-Agent: " + printable(e.user_agent));
}

void tell_proxy(Form& form, const config::Target& target, const http::Response& r) {
  const wire::Url& proxy = target.connection->proxy;
  if (proxy.empty()) return;
  if (target.connection->proxy_for(target.url) == nullptr) return form.line("Proxy", "none: no_proxy has this host");
  form.line("Proxy", proxy.shown() + (r.from_proxy ? ": answered by itself, no request reached the server" : ""));
}

void tell_sent(Form& form, const Subject& subject, const DiagnoseReport& e) {
  for (const auto& [name, value] : e.sent) form.line("Sent", name + ": " + value);
  if (subject.credential == nullptr) {
    if (e.sent.empty()) return form.line("Sent", "no credential");
    return form.line("Credential", "in the target's own headers: nobody watches its end or its replacement");
  }
  form.line("Credential", subject.credential->name + " (" + std::string(to_string(subject.credential->kind)) + ")");
  if (!e.facts.shape_problem.empty()) form.line("Credential", "the secret " + e.facts.shape_problem);
  if (!e.facts.hint.empty()) form.line("Credential", std::string(e.facts.hint));
  if (e.facts.changed_at) form.line("Credential", "its file changed " + moment(*e.facts.changed_at, e.started));
  if (e.claims) form.line("Token", "a JWT");
  if (e.claims && e.claims->issued_at) form.line("Token", "issued " + moment(*e.claims->issued_at, e.started));
  if (e.claims && e.claims->not_before) form.line("Token", "not before " + moment(*e.claims->not_before, e.started));
  if (e.claims) tell_origin(form, *e.claims);
  tell(form, scope_lines(e));
  tell(form, expiry_lines(e));
  if (e.known && e.known->fetches && !e.known->fetches->remark.empty()) form.line("Token", e.known->fetches->remark);
  tell(form, inquiry_lines(e));
}

void tell_answer(Form& form, const Subject& subject, const http::Response& r, WallTime now) {
  const auto phase = [&](http::Phase p) { return milliseconds(r.phase_seconds[static_cast<std::size_t>(p)]); };
  tell_proxy(form, subject.target, r);
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
  if (r.undecoded) {
    const std::string* coding = wire::find_header(r.headers, "Content-Encoding");
    form.line("Answer", "the Content-Encoding" + (coding != nullptr ? " \"" + redact(*coding) + '"' : "") +
                            " has an unknown coding: the body is read as it came");
  }
  for (const auto& [name, value] : diagnosis::telling_headers(r.headers)) form.line("Answer", name + ": " + value);
}

void tell_verdict(Form& form, const Subject& subject, const DiagnoseReport& e) {
  const std::string state(to_string(e.state));
  form.line("Verdict",
            form.painted(e.state == State::ok ? "32" : "31", state) + (e.detail.empty() ? "" : ": " + e.detail));
  if (!e.nodes.empty()) form.line("Addresses", e.nodes);
  if (const std::string both = next_conclusion(e); !both.empty()) form.line("Compared", both);
  if (const std::string places = comparison_of(e.state, subject.views); !places.empty()) form.line("Compared", places);
  if (!e.nodes.empty() && !e.refusal) {
    form.blank();
    form.line("Do now", e.nodes_advice);
  }
  if (e.state == State::unreachable) {
    form.blank();
    form.line("Do now", unreachable_advice(e.response, subject.target.url));
  }
  const std::string failing = failing_server_advice(e.response.status, subject.credential != nullptr);
  if (!e.refusal && e.state == State::unexpected && !failing.empty()) {
    form.blank();
    form.line("Do now", failing);
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

}  // namespace

std::string asked(const Control& control, const config::Target& target) {
  switch (control.kind) {
    case ControlKind::anonymous: return "the same without the credential";
    case ControlKind::control_url: return target.control_url.shown();
    case ControlKind::resource_metadata: return control.url.shown();
    case ControlKind::address: return "the same at " + control.address;
  }
  return {};
}

std::vector<std::string> steps_of(const DiagnoseReport& e) {
  const bool guess = e.refusal && e.refusal->confidence == diagnosis::Confidence::guess && e.nodes.empty();
  return guess ? diagnosis::steps_for(e.response.status) : std::vector<std::string>();
}

std::string report_text(const Subject& subject, const DiagnoseReport& e, bool colour) {
  Form form(colour);
  form.line("Target", form.painted("1", subject.target.name));
  form.line("Request", subject.target.method + ' ' + subject.target.url.shown());
  form.line("Time", rfc3339(e.started));
  form.blank();
  tell_sender(form, e);
  tell_sent(form, subject, e);
  if (e.state != State::credential_unavailable) tell_answer(form, subject, e.response, e.started);
  for (const auto& [control, answer] : e.controls) {
    form.line("Control", asked(control, subject.target) + ": " + outcome(answer));
  }
  if (e.token && e.token->health) {
    form.line("Control", "the health page of the auth service, " + subject.credential->auth_health_url.shown() + ": " +
                             (e.token->health->status == 0 ? "no answer: " + e.token->health->error
                                                           : std::to_string(e.token->health->status)));
  }
  if (e.token && e.token->answer) form.line("Control", issuer_outcome(*e.token->answer));
  if (e.next) {
    const std::string answer = e.next->response.error_detail.empty() && e.next->response.status == 0
                                   ? "not sent: " + e.next->detail
                                   : outcome(e.next->response);
    form.line("Control", "the same with the credential \"" + subject.credential->next + "\": " + answer);
  }
  tell(form, view_lines(subject.views));
  form.blank();
  tell_verdict(form, subject, e);
  return form.take();
}

}  // namespace authprobe::commands
