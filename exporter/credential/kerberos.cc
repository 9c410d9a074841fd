#include "exporter/credential/kerberos.h"

#include <krb5.h>
#include <profile.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "exporter/credential/token.h"
#include "exporter/credential/token_answer.h"
#include "exporter/http/prepared_url.h"
#include "exporter/wire/encoding.h"
#include "exporter/wire/file.h"
#include "exporter/wire/file_descriptor.h"

namespace authprobe::credential {
namespace {

constexpr std::size_t kMostMessages = 16;      // of one login, beside those for tickets
constexpr std::chrono::minutes kTolerance{5};  // of clocks: RFC 4120, section 1.6
constexpr std::chrono::minutes kAskAgain{5};   // where a host got no ticket

// With nothing configured: libkrb5 would read files, and look names up, as krb5.conf says.
KerberosContext new_context() {
  profile_t nothing = nullptr;
  krb5_context context = nullptr;
  if (profile_init(nullptr, &nothing) != 0) return nullptr;
  const krb5_error_code failed = krb5_init_context_profile(nothing, KRB5_INIT_CONTEXT_SECURE, &context);
  profile_release(nothing);
  return failed == 0 ? KerberosContext(context, krb5_free_context) : nullptr;
}

krb5_data data_of(std::string_view text) {
  krb5_data data{};
  data.length = static_cast<unsigned>(text.size());
  data.data = const_cast<char*>(text.data());  // NOLINT(cppcoreguidelines-pro-type-const-cast): it is only read
  return data;
}

// The code's own words: with a context, libkrb5 adds what the KDC says.
std::string words_of(krb5_error_code code) {
  const char* const words = krb5_get_error_message(nullptr, code);
  std::string text(words);
  krb5_free_error_message(nullptr, words);
  return text;
}

// How far the KDC's clock is ahead of ours, once it is known.
std::chrono::seconds kdc_ahead(krb5_context context, WallTime now) {
  krb5_int32 seconds = 0;
  krb5_int32 microseconds = 0;
  if (krb5_us_timeofday(context, &seconds, &microseconds) != 0) return {};
  const auto ours = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch());
  return std::chrono::seconds(static_cast<std::uint32_t>(seconds)) - ours;
}

std::string skew_words(std::chrono::seconds ahead) {
  return "the KDC's clock is " + std::to_string(std::chrono::abs(ahead).count()) + " s " +
         (ahead.count() > 0 ? "ahead of" : "behind") + " this machine's; Kerberos allows 300 s";
}

}  // namespace

std::string Tickets::problem_of(std::string_view host) const {
  const auto found = by_host.find(host);
  if (found != by_host.end()) return found->second.problem;
  return "no Kerberos ticket has been fetched for the target's host yet";
}

KerberosLogin::KerberosLogin(const config::Negotiate& kind, const config::SecretsInUse& secrets,
                             std::vector<std::string> hosts)
    : kind_(kind),
      principal_(secrets.value_of(kind.principal)),
      hosts_(std::move(hosts)),
      context_(new_context()),
      keytab_(context_),
      client_(context_),
      cache_(context_),
      login_(context_),
      ticket_(context_) {
  problem_ = open(secrets.value_of(kind.keytab));
  if (!problem_.empty()) return;
  Refusal refusal;
  advance({}, refusal);
  problem_ = refusal.detail;
}

// What is wrong; empty: nothing. libkrb5 reads keytabs from files only.
std::string KerberosLogin::open(std::string_view keytab) {
  if (context_ == nullptr) return "libkrb5 cannot be set up";
  keytab_file_ = wire::FileDescriptor(memfd_create("keytab", MFD_CLOEXEC));
  if (!keytab_file_ || !wire::write_all(keytab_file_.get(), keytab)) {
    return std::string("the keytab cannot be kept in memory: ") + std::strerror(errno);
  }
  const std::string path = "FILE:/proc/self/fd/" + std::to_string(keytab_file_.get());
  krb5_context context = context_.get();
  if (krb5_parse_name(context, principal_.c_str(), client_.fill()) != 0) return "the principal's name is not valid";
  if (const auto code = krb5_kt_resolve(context, path.c_str(), keytab_.fill())) return words_of(code);
  krb5_keytab_entry entry{};
  const krb5_error_code code = krb5_kt_get_entry(context, keytab_.get(), client_.get(), 0, 0, &entry);
  if (code == KRB5_KT_NOTFOUND) return "the keytab has no key of " + principal_;
  if (code != 0) return "the keytab cannot be read: " + words_of(code);
  krb5_free_keytab_entry_contents(context, &entry);
  krb5_error_code failed = krb5_cc_new_unique(context, "MEMORY", nullptr, cache_.fill());
  if (failed == 0) failed = krb5_cc_initialize(context, cache_.get(), client_.get());
  if (failed == 0) {
    failed = krb5_init_creds_init(context, client_.get(), nullptr, nullptr, 0, nullptr, login_.fill());
  }
  if (failed == 0) failed = krb5_init_creds_set_keytab(context, login_.get(), keytab_.get());
  return failed == 0 ? "" : words_of(failed);
}

// One step of libkrb5, which sends nothing: it takes the last answer, and has the next message or is at its end.
template <typename Step>
krb5_error_code KerberosLogin::step(Step ask, std::string_view answer) {
  krb5_data in = data_of(answer);
  KerberosData out(context_);
  KerberosData realm(context_);
  unsigned flags = 0;
  const krb5_error_code code = ask(&in, out.fill(), realm.fill(), &flags);
  if (code != 0) return code;
  static_assert(KRB5_INIT_CREDS_STEP_FLAG_CONTINUE == KRB5_TKT_CREDS_STEP_FLAG_CONTINUE);
  awaits_answer_ = (flags & KRB5_INIT_CREDS_STEP_FLAG_CONTINUE) != 0;
  outgoing_ = out.bytes();
  const krb5_data& own = client_.get()->realm;
  const bool is_own = realm.bytes() == std::string_view(own.data, own.length);
  return awaits_answer_ && !is_own ? KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN : 0;  // another realm's KDC is not known
}

krb5_error_code KerberosLogin::ask_for_login(std::string_view answer) {
  return step(
      [&](krb5_data* in, krb5_data* out, krb5_data* realm, unsigned* flags) {
        return krb5_init_creds_step(context_.get(), login_.get(), in, out, realm, flags);
      },
      answer);
}

krb5_error_code KerberosLogin::ask_for_ticket(std::string_view answer) {
  return step(
      [&](krb5_data* in, krb5_data* out, krb5_data* realm, unsigned* flags) {
        return krb5_tkt_creds_step(context_.get(), ticket_.get(), in, out, realm, flags);
      },
      answer);
}

krb5_error_code KerberosLogin::take_login() {
  krb5_creds creds{};
  krb5_error_code code = krb5_init_creds_get_creds(context_.get(), login_.get(), &creds);
  if (code == 0) code = krb5_cc_store_cred(context_.get(), cache_.get(), &creds);
  ends_ = static_cast<std::uint32_t>(creds.times.endtime);  // libkrb5's type is signed, until 2106
  login_ticket_ = wire::base64({creds.ticket.data, creds.ticket.length});
  krb5_free_cred_contents(context_.get(), &creds);
  login_.reset();
  return code;
}

// In the principal's own realm. Not by libkrb5's function for names of services, which asks DNS.
krb5_error_code KerberosLogin::begin_ticket() {
  const krb5_data& realm = client_.get()->realm;
  KerberosHandle<krb5_principal, krb5_free_principal> server(context_);
  krb5_error_code code = krb5_build_principal(context_.get(), server.fill(), realm.length, realm.data,
                                              kind_.service.c_str(), hosts_[host_].c_str(), nullptr);
  if (code != 0) return code;
  krb5_creds wanted{};
  wanted.client = client_.get();
  wanted.server = server.get();
  code = krb5_tkt_creds_init(context_.get(), cache_.get(), &wanted, 0, ticket_.fill());
  return code != 0 ? code : ask_for_ticket({});
}

void KerberosLogin::take_ticket() {
  krb5_creds creds{};
  Tickets::Entry& entry = tickets_->by_host[hosts_[host_]];
  if (krb5_tkt_creds_get_creds(context_.get(), ticket_.get(), &creds) == 0) {
    ends_ = std::min(ends_, static_cast<std::uint32_t>(creds.times.endtime));
    entry.ticket = std::make_shared<ServiceTicket>(context_, creds);
  } else {
    entry.problem = "no Kerberos ticket for " + service_name();
  }
  ticket_.reset();
  ++host_;
}

// One host's ticket is refused: the others may get theirs.
void KerberosLogin::fail_host(krb5_error_code code) {
  Refusal refusal = refusal_of(code);
  tickets_->by_host[hosts_[host_]].problem = refusal.detail;
  if (first_refusal_.failure == FetchFailure::none) first_refusal_ = std::move(refusal);
  ticket_.reset();
  awaits_answer_ = false;
  ++host_;
}

// Until there is a message to send, or the end.
void KerberosLogin::advance(std::string_view answer, Refusal& refusal) {
  awaits_answer_ = false;
  if (login_.get() != nullptr) {
    krb5_error_code code = ask_for_login(answer);
    if (code == 0 && !awaits_answer_) code = take_login();
    if (code != 0) refusal = refusal_of(code);
    if (code != 0 || awaits_answer_) return;
  }
  while (host_ < hosts_.size()) {
    const krb5_error_code code = ticket_.get() == nullptr ? begin_ticket() : ask_for_ticket(answer);
    if (code != 0) {
      fail_host(code);
    } else if (awaits_answer_) {
      return;
    } else {
      take_ticket();
    }
  }
}

TokenRequest KerberosLogin::next_request() const {
  TokenRequest made;
  made.problem = problem_;
  made.request.url = http::prepared(kind_.kdcs[kdc_]);
  made.request.is_message = true;
  made.request.body = wire::Secret(outgoing_);
  return made;
}

TokenAnswer KerberosLogin::take(std::string_view message, WallTime now, LoginProgress& progress) {
  Refusal refusal;
  const std::size_t most = kMostMessages + 4 * hosts_.size() + kind_.kdcs.size();
  if (progress.step >= most) {
    return failed(FetchFailure::bad_response, asked_for() + ": it asks for message after message");
  }
  advance(message, refusal);
  if (refusal.failure == FetchFailure::none && awaits_answer_) {
    ++progress.step;
    return {};
  }
  return answer_of(refusal, now);
}

TokenAnswer KerberosLogin::answer_of(const Refusal& refusal, WallTime now) {
  if (refusal.failure != FetchFailure::none) return failed(refusal.failure, refusal.detail);
  const auto has_ticket = [](const auto& entry) { return entry.second.ticket != nullptr; };
  const bool has_any = hosts_.empty() || std::ranges::any_of(tickets_->by_host, has_ticket);
  if (!has_any) return failed(first_refusal_.failure, first_refusal_.detail);
  TokenAnswer answer;
  answer.token.value = wire::Secret(login_ticket_);
  answer.token.tickets = tickets_;
  const std::chrono::seconds ahead = kdc_ahead(context_.get(), now);
  answer.token.expires_at = WallTime(std::chrono::seconds(ends_)) - ahead;
  for (const auto& [host, entry] : tickets_->by_host) {
    if (entry.ticket) answer.token.taken.emplace_back(host, wire::Secret(entry.ticket->lasting_part()));
  }
  answer.token.remark = first_refusal_.detail;
  if (!answer.token.remark.empty()) answer.token.again_after = kAskAgain;
  if (std::chrono::abs(ahead) > kTolerance) answer.token.remark = skew_words(ahead);
  return answer;
}

bool use_next_kdc(LoginProgress& progress) {
  if (progress.kerberos == nullptr || !progress.kerberos->use_next_kdc()) return false;
  ++progress.step;  // at once
  return true;
}

std::string asked_of_kdc(const LoginProgress& progress) {
  return progress.kerberos->asked_for();
}

bool KerberosLogin::use_next_kdc() {
  if (kdc_ + 1 >= kind_.kdcs.size()) return false;
  ++kdc_;
  return true;
}

std::string KerberosLogin::asked_for() const {
  return "the KDC " + kind_.kdcs[kdc_].host_and_port() + ", asked for " +
         (login_.get() != nullptr ? principal_ : service_name());
}

std::string KerberosLogin::service_name() const {
  const krb5_data& realm = client_.get()->realm;
  const std::string& host = hosts_[std::min(host_, hosts_.size() - 1)];
  return kind_.service + '/' + host + '@' + std::string(realm.data, realm.length);
}

// In our own words; what a KDC adds in its own is not repeated.
KerberosLogin::Refusal KerberosLogin::refusal_of(krb5_error_code code) const {
  const bool at_login = login_.get() != nullptr;
  switch (code) {
    case KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN:
      return {FetchFailure::principal_unknown, "the KDC does not know the principal " + principal_};
    case KRB5KDC_ERR_CLIENT_REVOKED:
      return {FetchFailure::principal_disabled, "the KDC has disabled or locked the principal " + principal_};
    case KRB5KDC_ERR_NAME_EXP:
      return {FetchFailure::principal_disabled, "the principal " + principal_ + " has expired"};
    case KRB5KDC_ERR_KEY_EXP:
      return {FetchFailure::principal_disabled, "the key of the principal " + principal_ + " has expired"};
    case KRB5KDC_ERR_PREAUTH_FAILED:
    case KRB5KRB_AP_ERR_BAD_INTEGRITY:
    case KRB5_KT_KVNONOTFOUND:
    case KRB5_KT_NOTFOUND:
      return {FetchFailure::key_outdated, "the key in the keytab is not the one that the KDC has for " + principal_};
    case KRB5KRB_AP_ERR_SKEW:
    case KRB5_KDCREP_SKEW:
      return {FetchFailure::clock_skew, "the KDC refuses the time of this machine: the clocks differ too much"};
    case KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN:
      if (at_login) return {FetchFailure::kdc_refused, "the KDC is not one of the realm of " + principal_};
      return {FetchFailure::service_unknown, "the KDC does not know the service " + service_name()};
    default: break;
  }
  const std::string detail = asked_for() + ": " + words_of(code);
  const bool is_garbage = code == KRB5KRB_AP_ERR_MSG_TYPE || code == KRB5KRB_AP_ERR_BADVERSION ||
                          (code >= ASN1_BAD_TIMEFORMAT && code < ASN1_BAD_TIMEFORMAT + 16);
  return {is_garbage ? FetchFailure::bad_response : FetchFailure::kdc_refused, detail};
}

}  // namespace authprobe::credential
