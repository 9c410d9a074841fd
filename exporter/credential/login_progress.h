// Where a login of several requests, a fetch of AWS's keys, or a login by Kerberos, stands: what its answers so far
// have brought.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "exporter/config/credential_kinds.h"
#include "exporter/wire/cookies.h"
#include "exporter/wire/secret.h"

namespace authprobe::credential {

struct AwsProgress;   // aws_keys.h
class KerberosLogin;  // kerberos.h

using TakenValues = std::vector<std::pair<std::string, wire::Secret>>;  // by name

struct LoginProgress {
  std::size_t step = 0;  // the next one; that after the last is the login itself
  wire::CookieJar cookies;
  TakenValues taken;
  double seconds = 0;                       // of the requests that are over
  std::shared_ptr<AwsProgress> aws;         // of keys for AWS's signatures; null: another kind
  std::shared_ptr<KerberosLogin> kerberos;  // of tickets; null: another kind
};

// The steps are not over: the next request is not the login itself.
bool has_step(const config::CredentialKind& kind, const LoginProgress& progress);

// Of a login by Kerberos: the KDC did not answer, and the next one is to be asked the same. False: there is none, or
// the login is another.
bool use_next_kdc(LoginProgress& progress);

// Of a login by Kerberos: what is asked of whom, for a message, "the KDC kdc.example.org:88, asked for
// probe@EXAMPLE.ORG".
std::string asked_of_kdc(const LoginProgress& progress);

// Where the login itself is sent: its `url`, or the URL that a step took.
wire::Url login_url(const config::Login& login, const LoginProgress& progress);

}  // namespace authprobe::credential
