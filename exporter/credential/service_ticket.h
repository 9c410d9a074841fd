// A Kerberos ticket for one service, and the proofs that are made with it: the value of the Authorization header of RFC
// 4559. Making one asks no server. Not thread-safe.
#pragma once

#include <optional>
#include <string>

#include "exporter/credential/kerberos_handles.h"
#include "exporter/wire/secret.h"

namespace authprobe::credential {

class ServiceTicket {
 public:
  // Takes over the contents of `creds`.
  ServiceTicket(KerberosContext context, krb5_creds creds) : context_(std::move(context)), creds_(creds) {}
  ~ServiceTicket() { krb5_free_cred_contents(context_.get(), &creds_); }
  ServiceTicket(const ServiceTicket&) = delete;
  ServiceTicket& operator=(const ServiceTicket&) = delete;

  // "Negotiate YII...", with the time of now and a key of its own: a server takes it once. Empty where it cannot be
  // made.
  wire::Secret proof() const;

  // The part that is the same in each proof, by which it is recognised in an answer; empty: none.
  std::string lasting_part() const;

 private:
  std::optional<wire::Secret> request() const;

  KerberosContext context_;
  mutable krb5_creds creds_;  // libkrb5 takes no constant ones
};

}  // namespace authprobe::credential
