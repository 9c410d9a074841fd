#include "exporter/prober/token_fetch.h"

#include <algorithm>
#include <utility>

#include "exporter/config/hosts.h"
#include "exporter/config/stable_hash.h"
#include "exporter/credential/aws_keys.h"
#include "exporter/credential/token_answer.h"
#include "exporter/diagnosis/evidence.h"
#include "exporter/diagnosis/login_address.h"
#include "exporter/prober/fetch_refusal.h"
#include "exporter/prober/rate_limit.h"
#include "exporter/wire/digest.h"

namespace authprobe::prober {
namespace {

using credential::FetchFailure;
using std::chrono::milliseconds;
using std::chrono::seconds;

// From 0 to 1, and always the same for a name.
double spread_of(const std::string& name) {
  return static_cast<double>(config::stable_hash(name) % 1000) / 1000;
}

milliseconds scaled(milliseconds time, double factor) {
  return milliseconds(static_cast<milliseconds::rep>(static_cast<double>(time.count()) * factor));
}

FetchFailure failure_of(http::TransportError error) {
  switch (error) {
    case http::TransportError::dns: return FetchFailure::dns;
    case http::TransportError::connect: return FetchFailure::connect;
    case http::TransportError::tls: return FetchFailure::tls;
    case http::TransportError::timeout: return FetchFailure::timeout;
    case http::TransportError::reset: return FetchFailure::reset;
    case http::TransportError::protocol: return FetchFailure::protocol;
    case http::TransportError::too_large: return FetchFailure::too_large;
    case http::TransportError::none:
    case http::TransportError::other:
    case http::TransportError::resources: break;
  }
  return FetchFailure::transport;
}

// The server of a login has not taken it, and sends the visitor to another one.
std::string sends_on(const config::CredentialKind& kind, const http::Response& response) {
  const auto* login = std::get_if<config::Login>(&kind);
  const std::string* location = wire::find_header(response.headers, "Location");
  if (login == nullptr || location == nullptr || response.status < 300) return {};
  if (!diagnosis::leads_to_another_login(*location, login->url.text())) return {};
  return "the login redirects to another login: " + diagnosis::redact(location->substr(0, location->find('?')));
}

// Nobody else may read or answer what is asked of a server of this machine.
std::shared_ptr<const config::Connection> without_proxy(const std::shared_ptr<const config::Connection>& connection) {
  auto direct = std::make_shared<config::Connection>(*connection);
  direct->proxy = {};
  direct->proxy_username.clear();
  return direct;
}

// In front of what failed; of AWS's keys the request, for there are several.
std::string fetch_of(const credential::LoginProgress& progress) {
  if (progress.kerberos != nullptr) return credential::asked_of_kdc(progress) + ": ";
  if (progress.aws == nullptr) return "the token could not be fetched: ";
  const bool is_metadata = progress.aws->ask == credential::AwsProgress::Ask::metadata_session;
  return credential::asked_for(*progress.aws) +
         (is_metadata ? " (from a container, its hop limit must be 2 or more): " : ": ");
}

}  // namespace

TokenFetch::TokenFetch(std::shared_ptr<credential::Credential> credential,
                       std::shared_ptr<const diagnosis::Ruleset> rules)
    : credential_(std::move(credential)), rules_(std::move(rules)), spread_(spread_of(credential_->name())) {
  const auto* login = std::get_if<config::Login>(&credential_->config().kind);
  if (login != nullptr && login->expect) {
    checks_ = std::make_unique<const Checks>(std::make_shared<const config::Expectation>(*login->expect));
  }
}

SlotTime TokenFetch::fetch_due() const {
  if (progress_.step > 0 && begun_) return *begun_;  // a login goes on at once
  SlotTime due = next_;
  const auto not_before = [this](seconds floor) { return begun_ ? *begun_ + floor : SlotTime{}; };
  if (credential_->revision() != tried_revision_) due = std::min(due, not_before(kLeastAge));
  if (credential_->token_is_refused() && failures_in_a_row_ == 0) due = std::min(due, not_before(kFloor));
  return due;
}

SlotTime TokenFetch::due() const {
  return std::min(fetch_due(), ends_.value_or(SlotTime::max()));
}

std::optional<http::Request> TokenFetch::next_request(SlotTime now) {
  if (ends_ && now >= *ends_) {
    ends_.reset();
    credential_->lose_token(last_failure_.empty() ? "the token has expired, and there is no new one yet"
                                                  : last_failure_);
  }
  if (now < fetch_due()) return std::nullopt;
  if (progress_.step == 0) begun_ = now;
  tried_revision_ = credential_->revision();
  std::string problem = credential_->secrets_problem();
  credential::TokenRequest made;
  if (problem.empty()) {
    made = credential_->token_request(SlotClock::to_wall(now), wire::random_hex(16), progress_);
    problem = std::move(made.problem);
  }
  if (problem.empty() && made.ready) {
    progress_ = {};
    succeed(std::move(*made.ready), now);
    return std::nullopt;
  }
  if (problem.empty() && !may_be_sent(made.request)) {
    problem = "the token's server is not one of the credential's hosts";
  }
  if (!problem.empty()) {
    ++fetches_.total;
    progress_ = {};
    fail(FetchFailure::secret, problem, seconds{0}, now);
    return std::nullopt;
  }
  if (!made.assertion.empty()) assertions_.set_secrets({made.assertion.reveal()});
  http::Request request = std::move(made.request);
  request.identity = credential_->identity();
  request.user_agent = "authprobe";
  request.connection = made.is_local ? without_proxy(credential_->config().connection)
                                     : std::shared_ptr<const config::Connection>(credential_->config().connection);
  request.timeout = request.connection->timeout;
  return request;
}

// The servers that give out AWS's keys are AWS's own, or named as such. A KDC gets no secret.
bool TokenFetch::may_be_sent(const http::Request& request) const {
  return progress_.aws != nullptr || request.is_message || config::is_home(credential_->config(), request.url->url());
}

// The counts go on; the token itself is fetched again.
void TokenFetch::restore(const CredentialStatus& saved) {
  if (!saved.fetches) return;
  fetches_.total = saved.fetches->total;
  fetches_.renewals = saved.fetches->renewals;
  fetches_.failures = saved.fetches->failures;
  fetches_.last = saved.fetches->last;
}

void TokenFetch::fill_status(CredentialStatus& status) const {
  status.fetches = fetches_;
  status.fetches->failure = last_failure_;
  status.fetches->remark = credential_->token_remark();
}

// Some servers repeat in an error what they were sent.
http::Response TokenFetch::without_secrets(const http::Response& response) const {
  http::Response shown = response;
  const auto hide = [this](std::string& text) {
    credential_->secret_mask().mask(text);
    assertions_.mask(text);
  };
  for (auto& [name, value] : shown.headers) hide(value);
  hide(shown.body);
  return shown;
}

// Of a text made of the server's words.
std::string TokenFetch::shown(std::string text) const {
  credential_->secret_mask().mask_shown(text);
  assertions_.mask_shown(text);
  return text;
}

// How the answer of a login differs from that of one that has succeeded. Other statuses say so themselves.
std::string TokenFetch::unexpected(const http::Response& response) const {
  if (response.status >= 400) return {};
  if (!checks_) return sends_on(credential_->config().kind, response);
  if (!checks_->expects(response.status)) {
    return "the login answered with status " + std::to_string(response.status) + ", which is not expected";
  }
  const std::string failure = checks_->failure(response);
  return failure.empty() ? failure : "the login's answer is not as expected: " + failure;
}

void TokenFetch::on_response(const http::Response& response, SlotTime now) {
  const auto& kind = credential_->config().kind;
  const std::size_t step = progress_.step;
  const bool is_login = !credential::has_step(kind, progress_);
  const bool is_answer = response.error == http::TransportError::none && !response.from_proxy;
  progress_.seconds += response.total_seconds;
  if (!is_answer && credential::use_next_kdc(progress_)) return;
  credential::TokenAnswer answer;
  if (is_answer) answer = credential::read_token_answer(kind, response, SlotClock::to_wall(now), progress_);
  if (progress_.step > step) return;  // the login's next request follows at once
  ++fetches_.total;
  fetches_.refusal.reset();
  fetches_.last_duration_seconds = progress_.seconds;
  const std::string fetch = fetch_of(std::exchange(progress_, {}));
  if (!is_answer) return fail_without_answer(response, fetch, now);
  if (std::string problem = is_login ? unexpected(response) : ""; !problem.empty()) {
    answer = {};
    answer.failure = FetchFailure::login_refused;
    answer.detail = std::move(problem);
  }
  if (answer.failure == FetchFailure::none) {
    succeed(std::move(answer.token), now);
    return;
  }
  answer.detail = shown(std::move(answer.detail));
  note_refusal(response, answer, now);
  constexpr seconds kLongestHeeded{3600};
  const seconds retry_after = read_retry_after(response.headers, SlotClock::to_wall(now)).value_or(seconds{0});
  fail(answer.failure, answer.detail, std::min(retry_after, kLongestHeeded), now);
}

// Of the token's server.
void TokenFetch::fail_without_answer(const http::Response& response, const std::string& fetch, SlotTime now) {
  if (response.error != http::TransportError::none) {
    if (response.certificate_refusal) note_refusal(response, {}, now);
    fail(failure_of(response.error), shown(fetch + response.error_detail), seconds{0}, now);
    return;
  }
  note_refusal(response, {}, now);
  fail(FetchFailure::connect,
       "the proxy does not connect to the token endpoint: status " + std::to_string(response.status), seconds{0}, now);
}

void TokenFetch::note_refusal(const http::Response& response, const credential::TokenAnswer& failed, SlotTime now) {
  fetches_.refusal =
      fetch_refusal(*credential_, without_secrets(response), failed, *rules_, last_good_, SlotClock::to_wall(now));
  if (!fetches_.refusal) return;
  for (std::string& line : fetches_.refusal->evidence) line = shown(std::move(line));
}

void TokenFetch::succeed(credential::FetchedToken token, SlotTime now) {
  fetches_.last = last_good_ = SlotClock::to_wall(now);
  failures_in_a_row_ = 0;
  if (credential_->token_is_refused()) ++fetches_.renewals;
  last_failure_.clear();
  const auto again_after = token.again_after;
  credential_->take_token(std::move(token), SlotClock::to_wall(now));
  ends_.reset();
  next_ = again_after ? now + *again_after : SlotTime::max();
  const auto end = credential_->token_end();
  // One that has ended when it comes is a matter of clocks: whether it works the server will say.
  if (!end || *end <= SlotClock::to_wall(now)) return;
  ends_ = SlotClock::from(*end);
  const milliseconds life = *ends_ - now;
  next_ = std::min(next_, now + std::max<milliseconds>(kLeastAge, scaled(life, 0.8 - 0.1 * spread_)));
}

void TokenFetch::fail(FetchFailure failure, const std::string& detail, seconds at_least, SlotTime now) {
  fetches_.last = SlotClock::to_wall(now);
  ++fetches_.failures[static_cast<std::size_t>(failure)];
  last_failure_ = detail;
  const int doublings = std::min(failures_in_a_row_++, 6);
  const milliseconds wait =
      scaled(std::min<milliseconds>(kFirstRetry * (1 << doublings), kLongestRetry), 0.9 + 0.1 * spread_);
  next_ = now + std::max<milliseconds>(wait, at_least);
  if (!credential_->has_token()) credential_->lose_token(detail);
}

}  // namespace authprobe::prober
