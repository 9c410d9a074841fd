#include "exporter/import/uptime_kuma.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <utility>

#include "exporter/config/json_document.h"
#include "exporter/config/toml_writer.h"
#include "exporter/import/tree.h"

namespace authprobe::importing {
namespace {

using config::quoted;
using config::Value;

// An array, or a table by id, as the API has it.
std::vector<const Value*> items(const Value* list) {
  std::vector<const Value*> found;
  for (const Value& value : elements(list)) found.push_back(&value);
  for (const config::Entry& entry : entries(list)) found.push_back(&entry.value);
  return found;
}

using Proxies = std::map<std::string, const Value*>;  // by id

class Monitor {
 public:
  Monitor(const Value& monitor, const std::string& file, const Proxies& proxies, Import& into)
      : monitor_(monitor), file_(file), proxies_(proxies), into_(into) {
    request_.name = text("name");
    request_.place = place_of(file, monitor.line);
  }

  void read() {
    if (const std::string why = why_not(); !why.empty()) return into_.leave_out(request_.place, request_.name, why);
    request_.url = text("url");
    request_.method = text("method").empty() ? "GET" : text("method");
    request_.body = text("body");
    if (!read_headers()) return;
    if (!read_credential()) return;
    read_expectation();
    if (!read_connection()) return;
    into_.requests.push_back(std::move(request_));
  }

 private:
  std::string text(std::string_view key) const { return text_of(find(&monitor_, key)); }
  bool truth(std::string_view key) const { return truth_of(find(&monitor_, key), false); }
  void leave_out(const std::string& what, std::string_view why) {
    into_.leave_out(request_.place, request_.name + ": " + what, why);
  }

  std::string why_not() const {
    const std::string type = text("type");
    if (type != "http" && type != "keyword" && type != "json-query") {
      return "its type is " + (type.empty() ? "not told" : type) + ", and ours is HTTP";
    }
    if (!truth_of(find(&monitor_, "active"), true)) return "it is paused";
    if (truth("upsideDown")) return "it is upside down: it expects that the service is down";
    return "";
  }

  // A text that is JSON itself.
  bool read_headers() {
    const std::string headers = text("headers");
    config::Findings findings;
    const auto tree = headers.empty() ? std::optional(Value()) : config::parse_json(headers, file_, findings);
    if (!tree) {
      into_.leave_out(request_.place, request_.name, "its headers are not JSON");
      return false;
    }
    for (const config::Entry& header : entries(&*tree))
      request_.headers.emplace_back(header.key, text_of(&header.value));
    const std::string encoding = text("httpBodyEncoding");
    if (!request_.body.empty()) {
      add_content_type(encoding == "form"  ? "application/x-www-form-urlencoded"
                       : encoding == "xml" ? "text/xml; charset=utf-8"
                                           : "application/json",
                       request_);
    }
    return true;
  }

  bool read_credential() {
    const std::string method = text("authMethod");
    const auto given = [&](std::string_view key) { return SecretText{SecretText::Kind::text, text(key)}; };
    if (method == "ntlm") {
      into_.leave_out(request_.place, request_.name, "it authenticates by NTLM");
      return false;
    }
    if (method == "oauth2-cc") {
      request_.credential = credential_of("oauth2", "client_secret", given("oauth_client_secret"));
      auto& values = request_.credential.values;
      values["client_id"] = quoted(text("oauth_client_id"));
      values["token_url"] = quoted(text("oauth_token_url"));
      if (text("oauth_auth_method") == "client_secret_post") values["auth_style"] = quoted("post");
      if (const std::string scopes = text("oauth_scopes"); !scopes.empty()) values["scopes"] = quoted(scopes);
    } else if (method == "mtls") {
      request_.credential = credential_of("client_certificate", "certificate", given("tlsCert"));
      request_.credential.secrets["private_key"] = given("tlsKey");
      if (!text("tlsCa").empty()) leave_out("tlsCa", "write it to a file, and name that with tls.ca_file");
    } else if (!text("basic_auth_user").empty()) {
      request_.credential = basic_of(text("basic_auth_user"), given("basic_auth_pass"));
    }
    return true;
  }

  void read_expectation() {
    std::vector<std::string> statuses;
    for (const Value& status : elements(find(&monitor_, "accepted_statuscodes"))) statuses.push_back(text_of(&status));
    const bool is_usual = statuses.size() == 1 && statuses[0] == "200-299";
    if (!statuses.empty() && !is_usual) {
      request_.keys["expect.status"] = config::array_text(statuses, status_text);
    }
    if (text("type") == "keyword") {
      request_.keys[truth("invertKeyword") ? "expect.body_not_matches" : "expect.body_matches"] =
          quoted(pattern_of(text("keyword")));
    }
    if (text("type") == "json-query") {
      leave_out("jsonPath " + text("jsonPath"), "it is a JSONata expression: write expect.json with a JSON pointer");
    }
  }

  bool read_connection() {
    if (const std::string seconds = text("interval"); !seconds.empty())
      request_.keys["interval"] = quoted(seconds + "s");
    double timeout = 0;
    const std::string written = text("timeout");
    std::from_chars(written.data(), written.data() + written.size(), timeout);
    if (timeout > 0 && timeout < 600) {
      request_.keys["timeout"] = quoted(std::to_string(static_cast<long>(timeout * 1000)) + "ms");
    }
    int redirects = 0;
    const std::string most = text("maxredirects");
    std::from_chars(most.data(), most.data() + most.size(), redirects);
    if (redirects > 0) request_.keys["max_redirects"] = std::to_string(std::min(redirects, 20));
    if (truth("ignoreTls")) request_.keys["tls.verify"] = "false";
    for (const Value& tag : elements(find(&monitor_, "tags"))) {
      leave_out("tag " + text_of(find(&tag, "name")), "write it as a label of the target");
    }
    return read_proxy();
  }

  // Without its proxy, a request would go another way.
  bool read_proxy() {
    if (text("proxyId").empty()) return true;
    const auto known = proxies_.find(text("proxyId"));
    const Value* proxy = known == proxies_.end() ? nullptr : known->second;
    const std::string protocol = text_of(find(proxy, "protocol"));
    if (protocol != "http" || truth_of(find(proxy, "auth"), false)) {
      into_.leave_out(
          request_.place, request_.name,
          proxy == nullptr ? "its proxy is not in the file" : "only a proxy at http:// without a password is carried");
      return false;
    }
    request_.keys["proxy"] = quoted("http://" + text_of(find(proxy, "host")) + ':' + text_of(find(proxy, "port")));
    return true;
  }

  const Value& monitor_;
  const std::string& file_;
  const Proxies& proxies_;
  Import& into_;
  ImportedRequest request_;
};

}  // namespace

void read_uptime_kuma(const Value& tree, const std::string& file, Import& into) {
  Proxies proxies;
  for (const Value* proxy : items(find(&tree, "proxyList"))) proxies[text_of(find(proxy, "id"))] = proxy;
  const Value* list = find(&tree, "monitorList");
  if (list == nullptr) list = find(&tree, "monitors");
  for (const Value* monitor : items(list)) Monitor(*monitor, file, proxies, into).read();
  for (const Value* notification : items(find(&tree, "notificationList"))) {
    into.leave_out(place_of(file, notification->line), "notification " + text_of(find(notification, "name")),
                   "Alertmanager sends the alerts: its configuration names the receivers");
  }
}

}  // namespace authprobe::importing
