#include "exporter/import/curl_call.h"

#include <charconv>
#include <filesystem>

#include "exporter/wire/encoding.h"
#include "exporter/wire/headers.h"
#include "exporter/wire/text.h"
#include "exporter/wire/url.h"

namespace authprobe::importing {

using config::quoted;

void CurlCall::header(std::string_view value) {
  if (value.starts_with('@')) return impossible("its headers are in a file");
  std::string_view rest = value;
  const std::string_view name = wire::take_part(rest, ':');
  if (rest.empty()) return;  // takes a header away, or is none
  request_.headers.emplace_back(name, wire::trimmed(rest));
}

void CurlCall::data(std::string_view value) {
  if (value.starts_with('@')) return impossible("its body is in a file");
  add_data(value);
}

void CurlCall::encoded_data(std::string_view value) {
  const std::size_t equals = value.find('=');
  if (value.find('@') < equals) return impossible("its body is in a file");
  if (equals == std::string_view::npos) return add_data(wire::percent_encoded(value));
  const std::string name = equals == 0 ? "" : std::string(value.substr(0, equals)) + '=';
  const std::string_view text = value.substr(equals + 1);
  add_data(name + (reference_of(text).empty() ? wire::percent_encoded(text) : std::string(text)));
}

void CurlCall::json(std::string_view value) {
  data(value);
  is_json_ = true;
}

void CurlCall::cookie(std::string_view value) {
  if (value.find('=') == std::string_view::npos && reference_of(value).empty()) {
    return impossible("its cookies are in a file");
  }
  cookies_ += (cookies_.empty() ? "" : "; ") + std::string(value);
}

void CurlCall::most_redirects(std::string_view value) {
  int count = 0;
  std::from_chars(value.data(), value.data() + value.size(), count);
  redirects_ = count < 0 || count > 20 ? 20 : count;
}

void CurlCall::certificate(std::string_view value) {
  const std::size_t colon = value.rfind(':');
  if (colon != std::string_view::npos) {
    request_.credential.secrets["certificate_password"] = secret_of(value.substr(colon + 1), request_.references);
  }
  file_secret("certificate", value.substr(0, colon));
}

void CurlCall::key_password(std::string_view value) {
  request_.credential.secrets["certificate_password"] = secret_of(value, request_.references);
}

void CurlCall::proxy(std::string_view value) {
  if (value.find('@') != std::string_view::npos) {
    return impossible("its proxy has a password: set proxy, proxy_username and proxy_password");
  }
  const bool has_scheme = value.find("://") != std::string_view::npos;
  request_.keys["proxy"] = quoted((has_scheme ? "" : "http://") + std::string(value));
}

void CurlCall::no_proxy(std::string_view value) {
  std::vector<std::string> hosts;
  while (!value.empty()) hosts.emplace_back(wire::take_part(value, ','));
  request_.keys["no_proxy"] = config::array_text(hosts, quoted);
}

void CurlCall::longest_time(std::string_view value) {
  double seconds = 0;
  std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (seconds > 0 && seconds <= 600) {
    request_.keys["timeout"] = quoted(std::to_string(static_cast<long>(seconds * 1000)) + "ms");
  }
}

void CurlCall::bearer(std::string_view value) {
  request_.credential = credential_of("bearer", "token", secret_of(value, request_.references));
}

void CurlCall::sigv4(std::string_view value) {
  scheme_ = Scheme::aws_sigv4;
  provider_ = value;
}

void CurlCall::impossible(std::string why) {
  if (why_not_.empty()) why_not_ = std::move(why);
}

void CurlCall::finish() {
  if (why_not_.empty()) complete();
  if (urls_.empty() && why_not_.empty()) why_not_ = "it has no URL";
  if (!why_not_.empty()) return into_.leave_out(place_, "curl command", why_not_);
  for (const std::string& url : urls_) {
    ImportedRequest request = request_;
    request.url = url.find("://") == std::string::npos ? "http://" + url : url;
    if (!query_.empty()) request.url += (request.url.find('?') == std::string::npos ? '?' : '&') + query_;
    if (scheme_ == Scheme::aws_sigv4) add_region(request);
    into_.requests.push_back(std::move(request));
  }
}

void CurlCall::file_secret(const std::string& key, std::string_view path) {
  request_.credential.secrets[key] = {SecretText::Kind::file, absolute(path)};
}

std::string CurlCall::absolute(std::string_view path) {
  return std::filesystem::absolute(path).string();
}

void CurlCall::add_data(std::string_view text) {
  if (std::exchange(has_data_, true)) data_ += is_json_ ? "" : "&";
  data_ += text;
}

void CurlCall::complete() {
  request_.place = place_;
  if (is_get_ && has_data_) {
    query(data_);
    has_data_ = false;
  }
  request_.method = is_head_ ? "HEAD" : has_data_ ? "POST" : "GET";
  if (!method_.empty()) request_.method = method_;
  if (has_data_) {
    request_.body = data_;
    add_header("Content-Type", is_json_ ? "application/json" : "application/x-www-form-urlencoded");
    if (is_json_) add_header("Accept", "application/json");
  }
  if (!cookies_.empty()) request_.headers.emplace_back("Cookie", cookies_);
  if (redirects_ && request_.keys.contains("max_redirects")) {
    request_.keys["max_redirects"] = std::to_string(*redirects_);
  }
  if (!resolve_.empty()) request_.keys["resolve"] = config::array_text(resolve_, quoted);
  if (user_) add_user(*user_);
}

void CurlCall::add_header(const char* name, const char* value) {
  if (wire::find_header(request_.headers, name) == nullptr) request_.headers.emplace_back(name, value);
}

void CurlCall::add_user(std::string_view rest) {
  const bool has_password = rest.find(':') != std::string_view::npos;
  const std::string_view name = wire::take_part(rest, ':');
  const SecretText password = has_password ? secret_of(rest, request_.references)
                                           : SecretText{SecretText::Kind::missing, "the password of the user"};
  ImportedCredential credential = basic_of(name, password);
  const SecretText user = secret_of(name, request_.references);
  // Alone, it may be a token: curl asks for the password.
  if (user.kind != SecretText::Kind::text || !has_password) {
    credential.values.erase("username");
    credential.secrets["username"] = user;
  }
  if (scheme_ == Scheme::digest) credential.kind = "digest";
  if (scheme_ == Scheme::aws_sigv4) {
    credential = credential_of("aws_sigv4", "secret_access_key", password);
    credential.secrets["access_key_id"] = user;
  }
  credential.secrets.merge(request_.credential.secrets);
  request_.credential = std::move(credential);
}

void CurlCall::add_region(ImportedRequest& request) const {
  std::string_view rest = provider_;
  wire::take_part(rest, ':');
  wire::take_part(rest, ':');
  std::string region(wire::take_part(rest, ':'));
  std::string service(rest);
  const auto url = wire::Url::parse(request.url);
  std::string_view host = url ? url->host() : std::string_view();
  const std::string_view first = wire::take_part(host, '.');
  if (service.empty()) service = first;
  if (region.empty()) region = wire::take_part(host, '.');
  auto& [kind, values, secrets] = request.credential;
  values["region"] = quoted(region);
  values["service"] = quoted(service);
  std::erase_if(request.headers, [&, &kept = secrets](const wire::Header& header) {
    if (!wire::equal_ignoring_case(header.first, "X-Amz-Security-Token")) return false;
    kept["session_token"] = secret_of(header.second, request.references);
    return true;
  });
}

}  // namespace authprobe::importing
