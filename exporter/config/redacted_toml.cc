#include "exporter/config/redacted_toml.h"

#include <cstdio>

#include "exporter/config/quantity.h"
#include "exporter/config/quoted.h"
#include "exporter/config/redacted_expiry.h"
#include "exporter/config/table_writer.h"
#include "exporter/config/words.h"

namespace authprobe::config {
namespace {

std::string moment_text(std::chrono::sys_seconds moment) {
  const auto days = std::chrono::floor<std::chrono::days>(moment);
  const std::chrono::hh_mm_ss time(moment - days);
  char text[32];
  std::snprintf(text, sizeof text, "T%02d:%02d:%02dZ", static_cast<int>(time.hours().count()),
                static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()));
  return date_text(days) + text;
}

void write_tls(const Tls& tls, TableWriter& table) {
  table.text("tls.ca_file", tls.ca_file);
  table.text("tls.certificate_file", tls.certificate_file);
  table.text("tls.private_key_file", tls.private_key_file);
  table.text("tls.server_name", tls.server_name);
  if (tls.min_version != Tls{}.min_version) table.text("tls.min_version", word_for(kTlsVersions, tls.min_version));
  if (!tls.verify) table.raw("tls.verify", "false");
}

void write_oauth2(const Oauth2& oauth2, TableWriter& table) {
  table.text("token_url", oauth2.token_url.with_redacted_query());
  table.text("grant", word_for(kOauthGrants, oauth2.grant));
  table.text("auth_style", word_for(kAuthStyles, oauth2.auth_style));
  table.texts("scopes", oauth2.scopes);
  table.text("audience", oauth2.audience);
  for (const auto& [name, value] : oauth2.params) table.text("params." + key_text(name), kRedacted);
  table.secret("signing_key", oauth2.signing_key);
  table.text("key_id", oauth2.key_id);
  table.text("issuer", oauth2.issuer);
  table.text("subject", oauth2.subject);
  table.text("assertion_audience", oauth2.assertion_audience);
}

void write_send(const Login& login, TableWriter& table) {
  switch (login.send) {
    case Login::Send::bearer: table.text("send", "bearer"); break;
    case Login::Send::cookie: table.raw("send", "{ cookie = " + quoted(login.send_name) + " }"); break;
    case Login::Send::header: table.raw("send", "{ header = " + quoted(login.send_name) + " }"); break;
  }
}

void write_login(const Login& login, TableWriter& table) {
  table.text("url", login.url.with_redacted_query());
  table.text("method", login.method);
  for (const auto& [name, value] : login.headers) table.raw("headers." + key_text(name), header_text(name, value));
  if (!login.body.empty()) table.text("body", kRedacted);
  for (const auto& [name, source] : login.secrets) table.secret("secrets." + key_text(name), source);
  switch (login.from) {
    case Login::From::json_pointer: table.raw("json_pointer", quoted(login.from_name)); break;
    case Login::From::cookie: table.text("cookie", login.from_name); break;
    case Login::From::header: table.text("header", login.from_name); break;
  }
  write_send(login, table);
  table.text("expiry_pointer", login.expiry_pointer);
  if (login.max_age) table.text("max_age", format_duration(*login.max_age));
}

// What only one kind has.
void write_kind(const Credential& credential, TableWriter& table) {
  switch (credential.kind) {
    case CredentialKind::api_key:
      table.text(credential.query.empty() ? "header" : "query",
                 credential.query.empty() ? credential.header : credential.query);
      break;
    case CredentialKind::oauth2: write_oauth2(credential.oauth2, table); break;
    case CredentialKind::login: write_login(credential.login, table); break;
    case CredentialKind::aws_sigv4:
      table.secret("session_token", credential.aws.session_token);
      table.text("region", credential.aws.region);
      table.text("service", credential.aws.service);
      break;
    default: break;
  }
  const bool asks = credential.kind == CredentialKind::oauth2 || credential.kind == CredentialKind::login ||
                    !credential.expiry.lookup.url.empty() || !credential.expiry.introspection.url.empty();
  if (!asks || !credential.connection) return;
  table.text("timeout", format_duration(credential.connection->timeout));
  table.text("proxy", credential.connection->proxy.with_redacted_query());
  write_tls(credential.connection->tls, table);
}

void write_credential(const Credential& credential, std::string& out) {
  TableWriter table(out, "credentials." + key_text(credential.name));
  table.text("kind", to_string(credential.kind));
  table.secret(username_key(credential.kind), credential.username);
  table.secret(secret_key(credential.kind), credential.secret);
  write_kind(credential, table);
  table.secret("certificate", credential.certificate.certificate);
  table.secret("private_key", credential.certificate.private_key);
  table.secret("certificate_password", credential.certificate.password);
  table.text("next", credential.next);
  table.text("owner", credential.owner);
  table.texts("used_by", credential.used_by);
  table.text("rotation", credential.rotation);
  if (credential.expires_at) table.raw("expires_at", date_text(*credential.expires_at));
  if (credential.never_expires) table.text("expires_at", "never");
  write_expiry(credential.expiry, table);
  table.texts("required_scopes", credential.scopes.required);
  table.texts("allowed_scopes", credential.scopes.allowed);
}

std::string status_text(const StatusRange& range) {
  if (range.first == range.last) return std::to_string(range.first);
  if (range.first % 100 == 0 && range.last == range.first + 99) return quoted(std::to_string(range.first / 100) + "xx");
  return quoted(std::to_string(range.first) + '-' + std::to_string(range.last));
}

std::string header_check_text(const HeaderCheck& check) {
  std::string text = "{ name = " + quoted(check.name);
  if (!check.matches.empty()) text += ", matches = " + quoted(check.matches);
  if (check.absent) text += ", absent = true";
  return text + " }";
}

std::string json_check_text(const JsonCheck& check) {
  const std::string equals = check.equals.empty() ? "" : ", equals = " + check.equals;  // JSON's scalars are TOML's too
  return "{ pointer = " + quoted(check.pointer) + equals + " }";
}

void write_expect(const Expectation& expect, TableWriter& table) {
  table.raw("expect.status", array_text(expect.status, status_text));
  table.texts("expect.body_matches", expect.body_matches);
  table.texts("expect.body_not_matches", expect.body_not_matches);
  if (!expect.headers.empty()) table.raw("expect.headers", array_text(expect.headers, header_check_text));
  if (!expect.json.empty()) table.raw("expect.json", array_text(expect.json, json_check_text));
  if (expect.is_protected) table.raw("expect.protected", "true");
}

std::string resolve_text(const ResolveOverride& entry) {
  const bool v6 = entry.address.find(':') != std::string::npos;
  return quoted(entry.host + ':' + (entry.port == 0 ? "*" : std::to_string(entry.port)) + ':' +
                (v6 ? '[' + entry.address + ']' : entry.address));
}

// Only what differs from the built-in values, but for the timeout, which people look for.
void write_connection(const Connection& connection, TableWriter& table) {
  const Connection usual;
  table.text("timeout", format_duration(connection.timeout));
  if (connection.mode != usual.mode) table.text("connection", word_for(kConnectionModes, connection.mode));
  if (connection.http_version != usual.http_version) {
    table.text("http_version", word_for(kHttpVersions, connection.http_version));
  }
  if (connection.ip_version != usual.ip_version) table.text("ip_version", word_for(kIpVersions, connection.ip_version));
  if (connection.max_redirects != usual.max_redirects) {
    table.raw("max_redirects", std::to_string(connection.max_redirects));
  }
  if (connection.max_response_bytes != usual.max_response_bytes) {
    table.text("max_response_size", format_size(connection.max_response_bytes));
  }
  table.text("proxy", connection.proxy.with_redacted_query());
  table.text("unix_socket", connection.unix_socket);
  if (!connection.resolve.empty()) table.raw("resolve", array_text(connection.resolve, resolve_text));
  write_tls(connection.tls, table);
}

std::string window_text(const MaintenanceWindow& window) {
  if (window.start && window.end) {
    return "{ start = " + moment_text(*window.start) + ", end = " + moment_text(*window.end) + " }";
  }
  std::vector<std::string> days;
  for (const auto& [word, bit] : kDays) {
    if ((window.days >> bit & 1) != 0) days.emplace_back(word);
  }
  char from[16];
  std::snprintf(from, sizeof from, "%02d:%02d", static_cast<int>(window.from.count() / 60 % 24),
                static_cast<int>(window.from.count() % 60));
  return "{ days = " + array_text(days, [](const std::string& day) { return quoted(day); }) +
         ", from = " + quoted(from) + ", duration = " + quoted(format_duration(window.duration)) + " }";
}

void write_controls(const Controls& controls, TableWriter& table) {
  if (!controls.anonymous) table.raw("controls.anonymous", "false");
  if (!controls.control_url) table.raw("controls.control_url", "false");
  if (!controls.addresses) table.raw("controls.addresses", "false");
  if (!controls.fresh_token) table.raw("controls.fresh_token", "false");
  if (!controls.next) table.raw("controls.next", "false");
}

void write_target(const Target& target, std::string& out) {
  TableWriter table(out, "targets." + key_text(target.name));
  table.text("url", target.url.with_redacted_query());
  if (target.method != "GET") table.text("method", target.method);
  for (const auto& [name, value] : target.headers) {
    table.raw("headers." + key_text(name), header_text(name, value));
  }
  if (!target.body.empty()) table.text("body", kRedacted);
  table.text("user_agent", target.user_agent);
  table.text("credential", target.credential);
  table.text("control_url", target.control_url.with_redacted_query());
  write_controls(target.controls, table);
  table.text("interval", format_duration(target.interval));
  if (target.connection) write_connection(*target.connection, table);
  if (target.expect) write_expect(*target.expect, table);
  for (const auto& [name, value] : target.labels) table.raw("labels." + key_text(name), quoted(value));
  if (!target.maintenance.empty()) table.raw("maintenance", array_text(target.maintenance, window_text));
}

}  // namespace

std::string redacted_toml(const Config& config) {
  std::string out;
  for (const std::string& file : config.files) out += "# from " + quoted(file) + '\n';
  TableWriter settings(out, "settings");
  settings.raw("max_in_flight", std::to_string(config.settings.max_in_flight));
  settings.raw("max_in_flight_per_host", std::to_string(config.settings.max_in_flight_per_host));
  settings.texts("signatures", config.settings.signatures);
  settings.texts("dns_servers", config.settings.dns_servers);
  settings.text("dns_cache", format_duration(config.settings.dns_cache));
  for (const Credential& credential : config.credentials) write_credential(credential, out);
  for (const Target& target : config.targets) write_target(target, out);
  return out;
}

}  // namespace authprobe::config
