// What one answer means against what was expected of its target. Pure.
#pragma once

#include <optional>
#include <string>

#include "exporter/diagnosis/diagnosis.h"
#include "exporter/http/response.h"
#include "exporter/prober/checks.h"
#include "exporter/prober/target_state.h"

namespace authprobe::prober {

// What a proxy that answers itself got to see.
diagnosis::SentCredential sent_to_proxy(const http::Response& response);

// What a proxy's own answer means, beside what a server's would mean. Not for others.
void tell_of_proxy(const http::Response& response, diagnosis::Diagnosis& found);

// What was known when the request was sent.
struct ProbeContext {
  diagnosis::SentCredential sent = diagnosis::SentCredential::none;
  diagnosis::CredentialFacts credential;
  std::optional<WallTime> last_good;
  bool open_to_all = false;                   // those without the credential are let in too, as far as was seen last
  std::string_view url;                       // of the target; outlives the context
  bool has_body = false;                      // of the request
  const diagnosis::Ruleset* rules = nullptr;  // set by every caller; outlives the context
};

// The answer as the diagnosis takes it; its views are into `response`.
diagnosis::Input input_of(const http::Response& response, const ProbeContext& context, WallTime now);

struct Verdict {
  Outcome outcome;
  std::optional<diagnosis::Diagnosis> refusal;  // present where the answer refuses
  std::string detail;                           // why it is not as expected; empty where it is
  // False: whoever answered got nothing of the credential, a proxy or another origin that a redirect led to.
  bool judges_credential = true;
};

Verdict judge(const Checks& checks, const http::Response& response, const ProbeContext& context, WallTime now);

// The server failed, and nothing in its answer says why: what checks the credential may be down (nginx's auth_request
// answers 500 then).
bool is_unexplained_failure(const Verdict& verdict, const http::Response& response);

// Nothing was sent: `problem` says why the credential could not be had.
Verdict credential_unavailable(std::string problem);

}  // namespace authprobe::prober
