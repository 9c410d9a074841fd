#include "exporter/import/gatus.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "exporter/config/toml_writer.h"
#include "exporter/import/gatus_condition.h"
#include "exporter/import/tree.h"
#include "exporter/wire/text.h"

namespace authprobe::importing {
namespace {

using config::quoted;
using config::Value;

// $NAME and ${NAME} as ${NAME}, and $$ as a dollar.
std::string with_braces(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char next = i + 1 < text.size() ? text[i + 1] : '{';
    if (text[i] != '$' || next == '{') {
      result += text[i];
    } else if (next == '$') {
      result += text[++i];
    } else {
      std::size_t end = i + 1;
      while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_')) ++end;
      result += end == i + 1 ? "$" : "${" + std::string(text.substr(i + 1, end - i - 1)) + '}';
      i = end - 1;
    }
  }
  return result;
}

class Endpoint {
 public:
  Endpoint(const Value& endpoint, const std::string& file, Import& into) : endpoint_(endpoint), into_(into) {
    const std::string group = text("group");
    request_.name = (group.empty() ? "" : group + '-') + text("name");
    request_.place = place_of(file, endpoint.line);
    request_.references = References::environment;
    file_ = file;
  }

  void read() {
    request_.url = text("url");
    if (!truth_of(find(&endpoint_, "enabled"), true)) return refuse("it is not enabled");
    if (!request_.url.starts_with("http") && reference_in(request_.url).empty()) {
      return refuse("its URL is not http:// or https://");
    }
    request_.method = text("method").empty() ? "GET" : text("method");
    request_.body = text("body");
    for (const config::Entry& header : entries(find(&endpoint_, "headers"))) {
      request_.headers.emplace_back(header.key, text_of_value(&header.value));
    }
    if (truth_of(find(&endpoint_, "graphql"), false)) wrap_graphql();
    if (request_.body.find("[ENDPOINT_") != std::string::npos || request_.body.find("[RANDOM_") != std::string::npos) {
      return refuse("its body has placeholders");
    }
    const std::string interval = text("interval");
    request_.keys["interval"] = quoted(interval.empty() ? "60s" : interval);
    read_client();
    read_conditions();
    report_rest();
    into_.requests.push_back(std::move(request_));
  }

 private:
  std::string text(std::string_view key) const { return text_of_value(find(&endpoint_, key)); }
  std::string text_of_value(const Value* value) const {
    return expanded(with_braces(text_of(value)), into_.options.variables);
  }
  void refuse(std::string_view why) { into_.leave_out(request_.place, request_.name, why); }
  void leave_out(std::uint32_t line, const std::string& what, std::string_view why) {
    into_.leave_out(place_of(file_, line), request_.name + ": " + what, why);
  }

  void wrap_graphql() {
    request_.method = "POST";
    request_.body = "{\"query\":" + quoted(request_.body) + '}';
    add_content_type("application/json", request_);
  }

  void read_client() {
    const Value* client = find(&endpoint_, "client");
    request_.keys["max_redirects"] = truth_of(find(client, "ignore-redirect"), false) ? "0" : "10";
    for (const config::Entry& entry : entries(client)) {
      const std::string value = text_of_value(&entry.value);
      if (entry.key == "insecure") {
        if (value == "true") request_.keys["tls.verify"] = "false";
      } else if (entry.key == "timeout") {
        request_.keys["timeout"] = quoted(value);
      } else if (entry.key == "proxy-url") {
        request_.keys["proxy"] = quoted(value);
      } else if (entry.key == "oauth2") {
        read_oauth2(entry.value);
      } else if (entry.key == "tls") {
        read_tls(entry.value);
      } else if (entry.key != "ignore-redirect") {
        leave_out(entry.line, "client." + entry.key, "there is no such key");
      }
    }
  }

  SecretText secret(const Value* value) const { return secret_of(text_of_value(value), References::environment); }

  void read_oauth2(const Value& value) {
    request_.credential = credential_of("oauth2", "client_secret", secret(find(&value, "client-secret")));
    const SecretText id = secret(find(&value, "client-id"));
    auto& [kind, values, secrets] = request_.credential;
    if (id.kind == SecretText::Kind::text) {
      values["client_id"] = quoted(id.text);
    } else {
      secrets["client_id"] = id;
    }
    values["token_url"] = quoted(text_of_value(find(&value, "token-url")));
    std::vector<std::string> scopes;
    for (const Value& scope : elements(find(&value, "scopes"))) scopes.push_back(text_of(&scope));
    if (!scopes.empty()) values["scopes"] = config::array_text(scopes, quoted);
  }

  void read_tls(const Value& value) {
    const auto set = [&](const char* key, const char* theirs) {
      const std::string path = text_of_value(find(&value, theirs));
      if (!path.empty()) request_.keys[key] = quoted(path);
    };
    set("tls.certificate_file", "certificate-file");
    set("tls.private_key_file", "private-key-file");
  }

  void read_conditions() {
    GatusConditions conditions;
    for (const Value& condition : elements(find(&endpoint_, "conditions"))) {
      const std::string text = text_of_value(&condition);
      const std::string why = conditions.add(text);
      if (!why.empty()) leave_out(condition.line, "condition " + text.substr(0, text.find(' ')), why);
    }
    conditions.finish(request_);
  }

  void report_rest() {
    for (const config::Entry& label : entries(find(&endpoint_, "extra-labels"))) {
      request_.keys["labels." + config::key_text(label.key)] = quoted(text_of(&label.value));
    }
    if (const Value* alerts = find(&endpoint_, "alerts")) {
      leave_out(alerts->line, "alerts", "Alertmanager sends the alerts: its configuration names the receivers");
    }
    if (const Value* windows = find(&endpoint_, "maintenance-windows")) {
      leave_out(windows->line, "maintenance-windows", "write them as maintenance");
    }
  }

  const Value& endpoint_;
  std::string file_;
  Import& into_;
  ImportedRequest request_;
};

}  // namespace

void read_gatus(const Value& tree, const std::string& file, Import& into) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kOthers{{
      {"alerting", "Alertmanager sends the alerts: its configuration names the receivers"},
      {"external-endpoints", "they are pushed, not probed"},
      {"suites", "each target is probed on its own; kind \"login\" has logins of several requests"},
      {"maintenance", "write it as maintenance in [defaults]"},
      {"remote", "Prometheus collects what several exporters see"},
  }};
  for (const Value& endpoint : elements(find(&tree, "endpoints"))) Endpoint(endpoint, file, into).read();
  for (const auto& [key, why] : kOthers) {
    if (const Value* found = find(&tree, key))
      into.leave_out(place_of(file, found->line), std::string(key), std::string(why));
  }
}

}  // namespace authprobe::importing
