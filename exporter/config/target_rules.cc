// Rules between the keys of a target, and warnings about it. They are reported at one of the keys, so that a fault of
// [defaults] is reported there.
#include <algorithm>
#include <array>

#include "exporter/config/forms.h"

namespace authprobe::config {
namespace {

void check_ways(const Field& field, const Connection& connection) {
  if (connection.unix_socket.empty() || connection.proxy.empty()) return;
  auto at = field.child("unix_socket");
  if (!at) at = field.child("proxy");
  if (at) at->error("cannot be combined: proxy and unix_socket", "set the other one to \"\"");
}

void check_times(const Field& field, const TargetDraft& draft) {
  if (draft.connection.timeout <= draft.target.interval) return;
  auto at = field.child("timeout");
  if (!at) at = field.child("interval");
  if (!at) return;
  at->warning("the timeout is longer than the interval", "probes of a target never overlap, so slots will be missed");
}

void check_protected(const Field& field, const TargetDraft& draft) {
  if (!draft.expect.is_protected || !draft.target.credential.empty()) return;
  const auto expect = field.child("expect");
  const auto at = expect ? expect->child("protected") : std::nullopt;
  if (at) at->warning("has no effect without a credential", "for a target without one, use expect.status = [401]");
}

// The request without the credential is judged by the same statuses, so that its refusal would count as a success.
void check_protected_status(const Field& field, const TargetDraft& draft) {
  if (!draft.expect.is_protected) return;
  constexpr std::array kRefusals{401, 403, 407};
  const auto expected = [&](int status) {
    return std::ranges::any_of(draft.expect.status, [&](const StatusRange& range) { return range.contains(status); });
  };
  const auto expect = field.child("expect");
  if (!expect || std::ranges::none_of(kRefusals, expected)) return;
  auto at = expect->child("status");
  if (!at) at = expect->child("protected");
  if (at) {
    at->warning("has a refusal of access, which contradicts expect.protected",
                "expect only what the holder of the credential gets");
  }
}

// Nothing else can be expected of a server that must refuse the client in TLS.
void check_certificate_required(const Field& field, const TargetDraft& draft) {
  const auto expect = field.child("expect");
  if (!expect || !draft.expect.certificate_required) return;
  const auto idle = [&](std::string_view key, const std::string& rule) {
    if (const auto at = expect->child(key)) at->warning("has no effect: " + rule);
  };
  for (const std::string_view key : {"status", "body_matches", "body_not_matches", "headers", "json", "protected"}) {
    idle(key, "with certificate_required, no answer is expected");
  }
  if (!draft.target.url.empty() && !draft.target.url.https()) {
    idle("certificate_required", "the url is http://");
  } else if (!draft.connection.tls.certificate_file.empty()) {
    idle("certificate_required", "tls.certificate_file is shown to the server");
  }
}

// HTTP/2 without TLS is spoken at once, without asking: RFC 9113, section 3.3.
void check_http_version(const Field& field, const TargetDraft& draft) {
  const wire::Url& url = draft.target.url;
  if (draft.connection.http_version != HttpVersion::http2 || url.empty() || url.https()) return;
  auto at = field.child("http_version");
  if (!at) at = field.child("url");
  if (at) {
    at->warning("HTTP/2 with an http:// url: most servers do not answer that",
                "use \"auto\", unless the server expects HTTP/2 without TLS (h2c)");
  }
}

// Each override must be for a host that connections go to. A redirect may lead to any host.
void check_resolve(const Field& field, const TargetDraft& draft) {
  const auto resolve = field.child("resolve");
  const bool by_proxy = !draft.connection.proxy.empty();
  const bool to_any = draft.target.url.empty() || draft.connection.max_redirects > 0;
  if (!resolve || (!by_proxy && to_any)) return;
  const std::vector<Field> elements = resolve->elements();
  if (elements.size() != draft.connection.resolve.size()) return;  // one of them could not be read
  if (by_proxy && !draft.connection.no_proxy.empty()) return;
  const std::array hosts{(by_proxy ? draft.connection.proxy : draft.target.url).host(),
                         by_proxy ? std::string_view() : draft.target.control_url.host()};
  const char* const hint =
      by_proxy ? "the proxy resolves the names of servers" : "it must be the host of the url or of the control_url";
  for (std::size_t i = 0; i < elements.size(); ++i) {
    const auto is_its = [&](const auto& host) {
      return wire::equal_ignoring_case(host, draft.connection.resolve[i].host);
    };
    if (std::any_of(hosts.begin(), hosts.end(), is_its)) continue;
    elements[i].error("has no effect: no connection goes to its host", hint);
  }
}

// Keys of TLS, if no request to the target uses TLS.
void check_plain_http(const Field& field, const TargetDraft& draft) {
  const Target& target = draft.target;
  if (target.url.empty() || target.url.https() || draft.connection.max_redirects > 0) return;
  if (!target.control_url.empty() && target.control_url.https()) return;
  refuse_idle(field, "tls", "the url is http://");
  if (draft.connection.mode == ConnectionMode::resume) {
    refuse_idle(field, "connection", "the url is http://, and only TLS sessions are resumed");
  }
}

void check_idle(const Field& field, const TargetDraft& draft) {
  const Target& target = draft.target;
  if (!draft.connection.unix_socket.empty()) {
    refuse_idle(field, "resolve", "unix_socket connects without an address");
    refuse_idle(field, "ip_version", "unix_socket connects without an address");
  }
  if (target.method == "HEAD") {
    refuse_idle(field, "body", "HEAD sends no body");
    if (const auto expect = field.child("expect")) refuse_idle(*expect, "body_not_matches", "HEAD gets no body");
  }
  if (const auto url = field.child("control_url"); url && target.control_url.has_secret_place()) {
    url->error("must not have {key} in its path", "it is requested without the credential");
  }
  if (const auto url = field.child("control_url"); url && !target.controls.control_url && !target.control_url.empty()) {
    url->warning("has no effect while controls.control_url is false");
  }
  const bool names_agent = std::any_of(target.headers.begin(), target.headers.end(), [](const auto& header) {
    return wire::equal_ignoring_case(header.first, "User-Agent");
  });
  if (names_agent && target.control_url.empty()) refuse_idle(field, "user_agent", "headers has a User-Agent");
}

}  // namespace

void check_proxy_login(const Field& field, const Connection& connection) {
  const auto password = field.child("proxy_password");
  const auto username = field.child("proxy_username");
  if (password && connection.proxy_username.empty()) password->error("needs a proxy_username");
  if (username && !connection.proxy_username.empty() && connection.proxy_password.kind == SecretSource::Kind::none) {
    username->error("needs a proxy_password");
  }
  for (const auto& key : {password, username, field.child("no_proxy")}) {
    if (key && connection.proxy.empty()) key->warning("has no effect without a proxy");
  }
}

void check_target(const Field& field, const TargetDraft& draft) {
  check_times(field, draft);
  check_ways(field, draft.connection);
  check_protected(field, draft);
  check_protected_status(field, draft);
  check_certificate_required(field, draft);
  if (draft.target.name.empty()) return;  // in [defaults]: some target may use it
  check_proxy_login(field, draft.connection);
  check_idle(field, draft);
  check_resolve(field, draft);
  check_plain_http(field, draft);
  check_http_version(field, draft);
}

void lint_target(const Field& field, const TargetDraft& draft) {
  const auto at = field.child("url");
  const wire::Url& url = draft.target.url;
  if (!at || url.empty()) return;
  const bool is_local = url.is_loopback() || !draft.connection.unix_socket.empty();
  const bool has_credential = !draft.target.credential.empty();
  if (has_credential && !url.https() && !is_local) {
    at->warning("sends a credential over plain http", "use https");
  }
  if (has_credential && url.https() && !draft.connection.tls.verify && !is_local) {
    at->warning("sends a credential to a server whose certificate is not verified",
                "set tls.ca_file instead of tls.verify = false");
  }
  const bool checks_body = !draft.expect.body_matches.empty() || !draft.expect.json.empty();
  if (draft.target.method == "HEAD" && checks_body) field.warning("expects a body, but HEAD gets none");
}

}  // namespace authprobe::config
