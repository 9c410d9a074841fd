// The options of one transfer of curl, and the requests that they make: curl(1).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/config/toml_writer.h"
#include "exporter/import/imported.h"

namespace authprobe::importing {

// An option calls the function that is named after it.
class CurlCall {
 public:
  CurlCall(std::string place, Import& into) : place_(std::move(place)), into_(into) {}

  void add_url(std::string_view url) { urls_.emplace_back(url); }
  void set_references() { request_.references = References::environment; }
  bool is_empty() const { return urls_.empty(); }

  void method(std::string_view value) { method_ = value; }
  void header(std::string_view value);
  void data(std::string_view value);
  void raw_data(std::string_view value) { add_data(value); }
  void encoded_data(std::string_view value);
  void json(std::string_view value);
  void user(std::string_view value) { user_ = value; }
  void cookie(std::string_view value);
  void agent(std::string_view value) { request_.keys["user_agent"] = config::quoted(value); }
  void referer(std::string_view value) { request_.headers.emplace_back("Referer", value); }
  void follow(std::string_view) { request_.keys.emplace("max_redirects", "20"); }
  void most_redirects(std::string_view value);
  void insecure(std::string_view) { request_.keys["tls.verify"] = "false"; }
  void ca_file(std::string_view value) { request_.keys["tls.ca_file"] = config::quoted(absolute(value)); }
  void certificate(std::string_view value);
  void private_key(std::string_view value) { file_secret("private_key", value); }
  void key_password(std::string_view value);
  void proxy(std::string_view value);
  void proxy_user(std::string_view) {
    impossible("its proxy has a password: set proxy, proxy_username and proxy_password");
  }
  void no_proxy(std::string_view value);
  void resolve(std::string_view value) { resolve_.emplace_back(value.substr(value.starts_with('+') ? 1 : 0)); }
  void unix_socket(std::string_view value) { request_.keys["unix_socket"] = config::quoted(absolute(value)); }
  void ipv4(std::string_view) { request_.keys["ip_version"] = config::quoted("4"); }
  void ipv6(std::string_view) { request_.keys["ip_version"] = config::quoted("6"); }
  void http10(std::string_view) { request_.keys["http_version"] = config::quoted("1.0"); }
  void http11(std::string_view) { request_.keys["http_version"] = config::quoted("1.1"); }
  void http2(std::string_view) { request_.keys["http_version"] = config::quoted("2"); }
  void tls12(std::string_view) { request_.keys["tls.min_version"] = config::quoted("1.2"); }
  void tls13(std::string_view) { request_.keys["tls.min_version"] = config::quoted("1.3"); }
  void longest_time(std::string_view value);
  void head(std::string_view) { is_head_ = true; }
  void get(std::string_view) { is_get_ = true; }
  void query(std::string_view value) { query_ += (query_.empty() ? "" : "&") + std::string(value); }
  void digest(std::string_view) { scheme_ = Scheme::digest; }
  void ntlm(std::string_view) { impossible("it authenticates by NTLM"); }
  void negotiate(std::string_view) {
    impossible("it authenticates by Negotiate: write a credential of kind negotiate, with keytab, principal and kdc");
  }
  void bearer(std::string_view value);
  void sigv4(std::string_view value);
  void form(std::string_view) { impossible("it uploads a multipart form"); }
  void upload(std::string_view) { impossible("it uploads a file"); }
  void options_file(std::string_view) { impossible("its options are in a file"); }
  void connect_to(std::string_view) { leave_out("--connect-to", "resolve leads a host to another address"); }
  void range(std::string_view value) { request_.headers.emplace_back("Range", "bytes=" + std::string(value)); }
  void none(std::string_view) {}

  void impossible(std::string why);

  // Hands over a request for each URL.
  void finish();

 private:
  enum class Scheme { basic, digest, aws_sigv4 };

  void leave_out(std::string_view what, std::string_view why) { into_.leave_out(place_, what, why); }

  // From the folder that curl is called in.
  static std::string absolute(std::string_view path);

  void file_secret(const std::string& key, std::string_view path);

  void add_data(std::string_view text);

  void complete();

  void add_header(const char* name, const char* value);

  void add_user(std::string_view rest);

  // "provider1[:provider2[:region[:service]]]"; what is missing is in the host: service.region.amazonaws.com.
  void add_region(ImportedRequest& request) const;

  std::string place_;
  Import& into_;
  ImportedRequest request_;
  std::vector<std::string> urls_;
  std::string method_, data_, cookies_, query_, provider_;
  std::vector<std::string> resolve_;
  std::optional<std::string> user_;
  std::optional<int> redirects_;
  Scheme scheme_ = Scheme::basic;
  bool has_data_ = false;
  bool is_json_ = false;
  bool is_head_ = false;
  bool is_get_ = false;
  std::string why_not_;
};

}  // namespace authprobe::importing
