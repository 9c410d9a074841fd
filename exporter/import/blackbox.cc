#include "exporter/import/blackbox.h"

#include <glob.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <utility>

#include "exporter/config/target_list.h"
#include "exporter/config/toml_writer.h"
#include "exporter/import/tree.h"
#include "exporter/wire/file.h"
#include "exporter/wire/text.h"
#include "exporter/wire/url.h"

namespace authprobe::importing {
namespace {

namespace fs = std::filesystem;
using config::Entry;
using config::quoted;
using config::Value;
constexpr std::size_t kMostFiles = 1000;

// blackbox opens a relative file from the folder that it runs in; that is usually this one.
SecretText file_beside(const std::string& file, const std::string& path) {
  return {SecretText::Kind::file, (fs::absolute(file).parent_path() / path).lexically_normal().string()};
}

// One module, read into a request without a URL.
class Module {
 public:
  Module(const Entry& module, const std::string& file, Import& into)
      : name_(module.key), file_(file), http_(find(&module.value, "http")), into_(into) {
    request_.place = place_of(file, module.line);
    request_.credential_name = name_;
    const std::string prober = text_of(find(&module.value, "prober"));
    if (prober != "http") {
      leave_out(module.line, "", "its prober is " + (prober.empty() ? "not told" : prober) + ", and ours is HTTP");
      return;
    }
    if (find(http_, "body_file") != nullptr) {
      leave_out(module.line, "", "its body is in a file: a target has its body in the configuration");
      return;
    }
    is_http_ = true;
    set("timeout", find(&module.value, "timeout"), quoted);
    request_.keys["max_redirects"] = "10";  // blackbox follows that many
    for (const Entry& key : entries(http_)) read_key(key);
  }

  bool is_http() const { return is_http_; }
  const ImportedRequest& request() const { return request_; }

  // Whether this module wants http:// or https://; empty: either.
  const std::string& scheme() const { return scheme_; }

 private:
  void leave_out(std::uint32_t line, const std::string& key, std::string_view why) {
    into_.leave_out(place_of(file_, line), "module " + name_ + (key.empty() ? "" : ": " + key), why);
  }

  template <typename Shown>
  void set(const std::string& key, const Value* value, Shown shown) {
    const std::string text = text_of(value);
    if (!text.empty()) request_.keys[key] = shown(text);
  }

  void read_key(const Entry& entry) {
    const Value* value = &entry.value;
    const std::string& key = entry.key;
    if (key == "method") {
      request_.method = text_of(value);
    } else if (key == "body") {
      request_.body = text_of(value);
    } else if (key == "headers") {
      for (const Entry& header : entries(value)) request_.headers.emplace_back(header.key, text_of(&header.value));
    } else if (key == "http_headers") {
      read_http_headers(*value);
    } else if (key == "valid_status_codes") {
      read_statuses(*value);
    } else if (key.starts_with("fail_if_body_") && !key.ends_with("_cel")) {
      read_body_check(key, *value);
    } else if (key.starts_with("fail_if_header_")) {
      read_header_checks(key, *value);
    } else if (!read_credential_key(key, *value) && !read_connection_key(key, *value)) {
      leave_out(entry.line, key, why_not(key));
    }
  }

  static std::string why_not(std::string_view key) {
    if (key == "valid_http_versions") return "the version of the answer is not checked; http_version chooses it";
    if (key == "compression") return "answers are always accepted compressed";
    if (key.ends_with("_cel")) return "expect.json compares single values";
    return "there is no such key";
  }

  void read_http_headers(const Value& headers) {
    for (const Entry& header : entries(&headers)) {
      for (const Value& value : elements(find(&header.value, "values"))) {
        request_.headers.emplace_back(header.key, text_of(&value));
      }
      const std::string key = "secret_headers." + config::key_text(header.key);
      for (const Value& value : elements(find(&header.value, "secrets"))) {
        add_header_secret(header.key, key, {SecretText::Kind::text, text_of(&value)});
      }
      for (const Value& value : elements(find(&header.value, "files"))) {
        add_header_secret(header.key, key, file_beside(file_, text_of(&value)));
      }
    }
  }

  void add_header_secret(const std::string& header, const std::string& key, SecretText secret) {
    if (!request_.credential.kind.empty()) {
      request_.credential.secrets[key] = std::move(secret);
      return;
    }
    request_.credential = credential_of("api_key", "key", std::move(secret));
    request_.credential.values["header"] = quoted(header);
  }

  void read_statuses(const Value& value) {
    std::vector<std::string> statuses;
    for (const Value& status : elements(&value)) statuses.push_back(text_of(&status));
    if (!statuses.empty()) {
      request_.keys["expect.status"] = config::array_text(statuses, status_text);
    }
  }

  void read_body_check(std::string_view key, const Value& value) {
    std::vector<std::string> patterns;
    for (const Value& pattern : elements(&value)) patterns.push_back(text_of(&pattern));
    const bool has_to_match = key.find("_not_") != std::string_view::npos;
    if (patterns.empty()) return;
    request_.keys[has_to_match ? "expect.body_matches" : "expect.body_not_matches"] =
        config::array_text(patterns, quoted);
  }

  // A header that must not match may be there with another value, which our check cannot say.
  void read_header_checks(std::string_view key, const Value& value) {
    std::vector<std::string> checks;
    for (const Value& check : elements(&value)) {
      const std::string header = text_of(find(&check, "header"));
      if (key.find("_not_") == std::string_view::npos) {
        leave_out(check.line, std::string(key) + ' ' + header, "expect.headers says what must be there, or be absent");
      } else if (truth_of(find(&check, "allow_missing"), false)) {
        leave_out(check.line, std::string(key) + ' ' + header, "allow_missing: a check of a header requires it");
      } else {
        checks.push_back("{ name = " + quoted(header) + ", matches = " + quoted(text_of(find(&check, "regexp"))) +
                         " }");
      }
    }
    const auto as_it_is = [](const std::string& one) { return one; };
    if (!checks.empty()) request_.keys["expect.headers"] = config::array_text(checks, as_it_is);
  }

  bool read_credential_key(std::string_view key, const Value& value) {
    ImportedCredential& credential = request_.credential;
    std::map<std::string, SecretText> others = std::move(credential.secrets);
    const std::string file = text_of(find(&value, "credentials_file"));
    const auto given = [&](std::string text) { return SecretText{SecretText::Kind::text, std::move(text)}; };
    if (key == "bearer_token") {
      credential = credential_of("bearer", "token", given(text_of(&value)));
    } else if (key == "bearer_token_file") {
      credential = credential_of("bearer", "token", file_beside(file_, text_of(&value)));
    } else if (key == "authorization") {
      credential = credential_of("bearer", "token",
                                 file.empty() ? given(text_of(find(&value, "credentials"))) : file_beside(file_, file));
      const std::string type = text_of(find(&value, "type"));
      if (!type.empty() && type != "Bearer") credential.values["scheme"] = quoted(type);
    } else if (key == "basic_auth") {
      credential = basic_of(text_of(find(&value, "username")), secret_in(value, "password"));
      if (find(&value, "username_file") != nullptr) {
        credential.values.erase("username");
        credential.secrets["username"] = file_beside(file_, text_of(find(&value, "username_file")));
      }
    } else if (key == "oauth2") {
      read_oauth2(value);
    } else {
      credential.secrets = std::move(others);
      return false;
    }
    for (auto& [name, secret] : others) {
      if (name.starts_with("secret_headers.")) credential.secrets.emplace(name, std::move(secret));
    }
    return true;
  }

  SecretText secret_in(const Value& value, const std::string& key) const {
    const std::string path = text_of(find(&value, key + "_file"));
    if (!path.empty()) return file_beside(file_, path);
    return {SecretText::Kind::text, text_of(find(&value, key))};
  }

  void read_oauth2(const Value& value) {
    ImportedCredential& credential = request_.credential;
    credential = credential_of("oauth2", "client_secret", secret_in(value, "client_secret"));
    credential.values["client_id"] = quoted(text_of(find(&value, "client_id")));
    credential.values["token_url"] = quoted(text_of(find(&value, "token_url")));
    std::vector<std::string> scopes;
    for (const Value& scope : elements(find(&value, "scopes"))) scopes.push_back(text_of(&scope));
    if (!scopes.empty()) credential.values["scopes"] = config::array_text(scopes, quoted);
    for (const Entry& parameter : entries(find(&value, "endpoint_params"))) {
      if (parameter.key == "grant_type") continue;  // "client_credentials", which is the only one
      if (parameter.key == "audience") {
        credential.values["audience"] = quoted(text_of(&parameter.value));
        continue;
      }
      credential.values["params." + config::key_text(parameter.key)] = quoted(text_of(&parameter.value));
    }
  }

  bool read_connection_key(std::string_view key, const Value& value) {
    const bool is_true = truth_of(&value, false);
    if (key == "no_follow_redirects" || key == "follow_redirects") {
      if (is_true == (key == "no_follow_redirects")) request_.keys["max_redirects"] = "0";
    } else if (key == "fail_if_ssl" || key == "fail_if_not_ssl") {
      if (is_true) scheme_ = key == "fail_if_ssl" ? "http" : "https";
    } else if (key == "tls_config") {
      read_tls(value);
    } else if (key == "proxy_url") {
      set("proxy", &value, quoted);
    } else if (key == "no_proxy") {
      std::vector<std::string> hosts;
      const std::string text = text_of(&value);
      for (std::string_view rest = text; !rest.empty();) hosts.emplace_back(wire::take_part(rest, ','));
      request_.keys["no_proxy"] = config::array_text(hosts, quoted);
    } else if (key == "preferred_ip_protocol") {
      if (!truth_of(find(http_, "ip_protocol_fallback"), true)) {
        request_.keys["ip_version"] = quoted(text_of(&value).substr(2));
      }
    } else if (key == "enable_http2") {
      if (!is_true) request_.keys["http_version"] = quoted("1.1");
    } else if (key == "body_size_limit") {
      leave_out(value.line, "body_size_limit", "max_response_size has the bound");
    } else {
      static constexpr std::array<std::string_view, 3> kNothing{"ip_protocol_fallback", "use_proxy_dns",
                                                                "skip_resolve_phase_with_proxy"};
      return std::ranges::find(kNothing, key) != kNothing.end();
    }
    return true;
  }

  void read_tls(const Value& value) {
    if (truth_of(find(&value, "insecure_skip_verify"), false)) request_.keys["tls.verify"] = "false";
    const auto path = [&](const std::string& text) { return quoted(file_beside(file_, text).text); };
    set("tls.ca_file", find(&value, "ca_file"), path);
    set("tls.certificate_file", find(&value, "cert_file"), path);
    set("tls.private_key_file", find(&value, "key_file"), path);
    set("tls.server_name", find(&value, "server_name"), quoted);
  }

  std::string name_;
  const std::string& file_;
  const Value* http_;
  Import& into_;
  ImportedRequest request_;
  std::string scheme_;
  bool is_http_ = false;
};

std::string with_scheme(const std::string& url) {
  return url.find("://") == std::string::npos ? "http://" + url : url;
}

void add_targets(const BlackboxJob& job, const Module& module, Import& into) {
  for (const BlackboxTarget& target : job.targets) {
    ImportedRequest request = module.request();
    request.place = target.place;
    request.url = with_scheme(target.url);
    const auto url = wire::Url::parse(request.url);
    if (url && !module.scheme().empty() && module.scheme() != (url->https() ? "https" : "http")) {
      into.leave_out(target.place, "job " + job.name + ": " + url->shown(), "its module requires " + module.scheme());
      continue;
    }
    if (!job.interval.empty()) request.keys["interval"] = quoted(job.interval);
    for (const auto& [name, value] : target.labels) request.keys["labels." + config::key_text(name)] = quoted(value);
    into.requests.push_back(std::move(request));
  }
}

std::vector<std::string> files_like(const std::string& pattern) {
  std::vector<std::string> files;
  glob_t found{};
  if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) files.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  ::globfree(&found);
  if (files.size() > kMostFiles) files.resize(kMostFiles);
  return files;
}

// The hosts that the files list now, and whether any of them is reached by http://.
std::pair<std::vector<std::string>, bool> listed_hosts(const std::vector<std::string>& patterns, Import& into) {
  std::set<std::string> hosts;
  bool is_plain = false;
  for (const std::string& pattern : patterns) {
    for (const std::string& file : files_like(pattern)) {
      const wire::FileText read = wire::read_file(file, config::kLargestListFile);
      config::Findings findings;
      const auto groups = config::read_target_list(read.text.reveal(), file, findings);
      if (!groups) into.leave_out(place_of(file, 1), "its hosts", "it cannot be read as a file of file_sd");
      for (const config::ListedGroup& group : groups.value_or(std::vector<config::ListedGroup>())) {
        for (const config::ListedAddress& address : group.addresses) {
          const auto url = wire::Url::parse(with_scheme(address.text));
          if (url) hosts.emplace(url->authority());
          is_plain = is_plain || (url && !url->https());
        }
      }
    }
  }
  return {{hosts.begin(), hosts.end()}, is_plain};
}

void add_lists(const BlackboxJob& job, const Module& module, Import& into) {
  if (job.files.empty()) return;
  ImportedRequest request = module.request();
  request.name = job.name;
  request.place = job.place;
  request.list_files = job.files;
  const auto [hosts, is_plain] = listed_hosts(job.files, into);
  request.list_hosts = hosts;
  request.keys["scheme"] = quoted(is_plain ? "http" : "https");
  if (!job.interval.empty()) request.keys["interval"] = quoted(job.interval);
  into.requests.push_back(std::move(request));
}

}  // namespace

void read_blackbox(const Value& tree, const std::string& file, const std::vector<BlackboxJob>& jobs, Import& into) {
  std::map<std::string, Module> modules;
  for (const Entry& module : entries(find(&tree, "modules"))) {
    modules.emplace(module.key, Module(module, file, into));
  }
  for (const BlackboxJob& job : jobs) {
    const auto module = job.module.empty() && modules.size() == 1
                            ? modules.begin()
                            : modules.find(job.module.empty() ? "http_2xx" : job.module);
    if (module == modules.end()) {
      into.leave_out(job.place, "job " + job.name, "its module is not in " + file);
    } else if (!module->second.is_http()) {
      into.leave_out(job.place, "job " + job.name, "its module is not carried");
    } else {
      add_targets(job, module->second, into);
      add_lists(job, module->second, into);
    }
  }
}

}  // namespace authprobe::importing
