// A login by Kerberos: the messages to a KDC, one after another, that bring a ticket for each host, and what is read
// from the answers. It sends nothing itself, and neither reads krb5.conf nor resolves names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/config/credential_kinds.h"
#include "exporter/credential/fetch_failure.h"
#include "exporter/credential/kerberos_handles.h"
#include "exporter/credential/service_ticket.h"
#include "exporter/wire/file_descriptor.h"
#include "exporter/wire/time.h"

namespace authprobe::credential {

struct LoginProgress;
struct TokenAnswer;
struct TokenRequest;

// The tickets of a login, by host.
struct Tickets {
  static constexpr std::size_t kMostHosts = 64;
  struct Entry {
    std::shared_ptr<const ServiceTicket> ticket;  // null: see `problem`
    std::string problem;
  };
  std::map<std::string, Entry, std::less<>> by_host;

  // Why nothing can be sent to the host; empty where something can.
  std::string problem_of(std::string_view host) const;
};

class KerberosLogin {
 public:
  // `hosts`: of the targets, those that tickets are for.
  KerberosLogin(const config::Negotiate& kind, const config::SecretsInUse& secrets, std::vector<std::string> hosts);

  // The next message, or why there is none.
  TokenRequest next_request() const;

  // Reads the answer to it. Where that is not the end, `progress.step` moves on.
  TokenAnswer take(std::string_view message, WallTime now, LoginProgress& progress);

  // The server did not answer: the next one is to be asked the same. False: there is none.
  bool use_next_kdc();

  // What is asked of whom, for a message: "the KDC kdc.example.org:88 for probe@EXAMPLE.ORG".
  std::string asked_for() const;

 private:
  struct Refusal {
    FetchFailure failure = FetchFailure::none;
    std::string detail;
  };

  std::string open(std::string_view keytab);
  krb5_error_code ask_for_login(std::string_view answer);
  krb5_error_code begin_ticket();
  krb5_error_code ask_for_ticket(std::string_view answer);
  krb5_error_code take_login();
  void take_ticket();
  template <typename Step>
  krb5_error_code step(Step ask, std::string_view answer);
  Refusal refusal_of(krb5_error_code code) const;
  std::string service_name() const;
  void advance(std::string_view answer, Refusal& refusal);
  void fail_host(krb5_error_code code);
  TokenAnswer answer_of(const Refusal& refusal, WallTime now);

  const config::Negotiate& kind_;
  const std::string principal_;
  const std::vector<std::string> hosts_;
  std::size_t kdc_ = 0;
  std::string problem_;
  KerberosContext context_;           // null: it could not be made
  wire::FileDescriptor keytab_file_;  // in memory, for keytab_
  KerberosHandle<krb5_keytab, krb5_kt_close> keytab_;
  KerberosHandle<krb5_principal, krb5_free_principal> client_;
  KerberosHandle<krb5_ccache, krb5_cc_destroy> cache_;
  KerberosHandle<krb5_init_creds_context, krb5_init_creds_free> login_;  // null: it is over
  KerberosHandle<krb5_tkt_creds_context, krb5_tkt_creds_free> ticket_;   // null: none is asked for
  std::string outgoing_;
  bool awaits_answer_ = false;
  std::size_t host_ = 0;  // of hosts_, whose ticket is asked for
  std::shared_ptr<Tickets> tickets_ = std::make_shared<Tickets>();
  std::uint32_t ends_ = 0;  // in seconds since 1970, by the KDC's clock
  std::string login_ticket_;
  Refusal first_refusal_;  // of a host's ticket
};

}  // namespace authprobe::credential
