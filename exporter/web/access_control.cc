#include "exporter/web/access_control.h"

#include <algorithm>
#include <stdexcept>

#include "exporter/wire/encoding.h"
#include "exporter/wire/secret.h"
#include "exporter/wire/text.h"

namespace authprobe::web {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kLookAtMost{1};
constexpr std::size_t kMostChecks = 16;  // passwords that wait for bcrypt; more are refused, so that none waits long

struct NameAndPassword {
  wire::Secret name;
  wire::Secret password;
};

// RFC 7617. Nothing where the header is not there or is something else.
std::shared_ptr<const NameAndPassword> given_by(const Request& request) {
  const auto header = request.header("Authorization");
  constexpr std::string_view kScheme = "Basic ";
  if (!header || !wire::equal_ignoring_case(header->substr(0, kScheme.size()), kScheme)) return nullptr;
  auto decoded = wire::base64_decoded(wire::trimmed(header->substr(kScheme.size())));
  if (!decoded) return nullptr;
  const wire::Secret pair(std::move(*decoded));
  const auto colon = pair.reveal().find(':');
  if (colon == std::string_view::npos) return nullptr;
  auto given = std::make_shared<NameAndPassword>();
  given->name = wire::Secret::join({pair.reveal().substr(0, colon)});
  given->password = wire::Secret::join({pair.reveal().substr(colon + 1)});
  return given;
}

Response unauthorized() {
  Response response = text_response(401, "a user's name and password are needed");
  response.headers.emplace_back("WWW-Authenticate", R"(Basic realm="authprobe_exporter", charset="UTF-8")");
  return response;
}

Response too_many(const char* what) {
  Response response = text_response(429, what);
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

// The headers of the web configuration go in place of those that the response has under their names.
Reply with_headers(const wire::Headers& headers, Reply reply) {
  if (headers.empty()) return reply;
  return [headers, reply = std::move(reply)](Response response) {
    for (const auto& header : headers) {
      std::erase_if(response.headers,
                    [&](const auto& old) { return wire::equal_ignoring_case(old.first, header.first); });
      response.headers.push_back(header);
    }
    reply(std::move(response));
  };
}

std::vector<std::optional<wire::FileStamp>> stamps_of(const std::vector<std::string>& files) {
  std::vector<std::optional<wire::FileStamp>> stamps;
  for (const std::string& file : files) stamps.push_back(wire::stamp_of(file));
  return stamps;
}

std::string lines_of(const std::vector<config::Finding>& findings) {
  std::string lines;
  for (const auto& finding : findings) lines += (lines.empty() ? "" : "\n") + to_string(finding);
  return lines;
}

}  // namespace

struct AccessControl::Settings {
  Settings() = default;
  explicit Settings(WebConfig& config)
      : headers(std::move(config.headers)), rate_limit(config.rate_limit), users(std::move(config.users)) {
    if (config.tls.is_set) tls = std::make_shared<const TlsCredentials>(config.tls);
  }

  wire::Headers headers;
  RateLimit rate_limit;
  mutable Users users{{}};
  std::shared_ptr<const TlsCredentials> tls;
};

AccessControl::AccessControl() : settings_(std::make_shared<const Settings>()) {}

AccessControl::AccessControl(std::string file, Report report)
    : file_(std::move(file)), report_(std::move(report)), checker_(std::make_unique<Worker>(kMostChecks)) {
  std::vector<config::Finding> findings;
  settings_ = read(findings);
  if (settings_ == nullptr) throw std::runtime_error(lines_of(findings));
  if (!findings.empty()) report_(findings);
  uses_tls_ = settings_->tls != nullptr;
  looked_ = steady_clock::now();
}

AccessControl::~AccessControl() = default;

// Null, and an error among the findings, where they cannot be used.
std::shared_ptr<const AccessControl::Settings> AccessControl::settings_of(WebConfigResult& result) {
  if (!result.ok()) return nullptr;
  try {
    return std::make_shared<const Settings>(result.config);
  } catch (const std::runtime_error& error) {
    result.findings.push_back(
        {config::Finding::Severity::error, result.config.tls.position, "tls_server_config", error.what(), ""});
    return nullptr;
  }
}

std::vector<config::Finding> AccessControl::check(const std::string& file) {
  WebConfigResult result = read_web_config(file);
  settings_of(result);
  return std::move(result.findings);
}

std::shared_ptr<const AccessControl::Settings> AccessControl::read(std::vector<config::Finding>& findings) {
  WebConfigResult result;
  // Once more where a file changed meanwhile. Which files there are is only known from the first one.
  for (int attempt = 0; attempt < 3; ++attempt) {
    stamps_ = stamps_of(watched_);
    result = read_web_config(file_);
    watched_ = result.files;
    if (stamps_of(watched_) == stamps_) break;
  }
  auto settings = settings_of(result);
  findings = std::move(result.findings);
  return settings;
}

std::shared_ptr<const AccessControl::Settings> AccessControl::current() {
  const std::lock_guard lock(mutex_);
  const auto now = steady_clock::now();
  if (file_.empty() || now - looked_ < kLookAtMost) return settings_;
  looked_ = now;
  if (stamps_of(watched_) != stamps_) read_again();
  return settings_;
}

void AccessControl::read_again() {
  std::vector<config::Finding> findings;
  auto settings = read(findings);
  if (settings != nullptr && (settings->tls != nullptr) != uses_tls_) {
    findings.push_back({config::Finding::Severity::error,
                        {file_, 1, 1},
                        "tls_server_config",
                        "cannot be added or removed while the exporter runs",
                        "start it again"});
    settings = nullptr;
  }
  if (settings != nullptr) settings_ = std::move(settings);
  report_(findings);
}

std::shared_ptr<const TlsCredentials> AccessControl::tls() {
  return current()->tls;
}

bool AccessControl::allows_one_more(const RateLimit& limit) {
  if (limit.interval.count() == 0) return true;
  const std::lock_guard lock(mutex_);
  const auto now = steady_clock::now();
  const auto burst = static_cast<double>(limit.burst);
  const std::chrono::duration<double> passed = now - counted_;
  tokens_ = tokens_ < 0 ? burst : std::min(burst, tokens_ + passed / limit.interval);
  counted_ = now;
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

void AccessControl::handle(const Request& request, const Handler& handler, Reply reply) {
  const auto settings = current();
  reply = with_headers(settings->headers, std::move(reply));
  if (!allows_one_more(settings->rate_limit)) return reply(too_many("too many requests"));
  if (settings->users.empty()) return handler(request, std::move(reply));
  const auto given = given_by(request);
  if (given == nullptr) return reply(unauthorized());
  if (settings->users.remembers(given->name.reveal(), given->password.reveal())) {
    return handler(request, std::move(reply));
  }
  const bool is_taken = checker_->post([settings, given, request, &handler, reply] {
    if (!settings->users.check(given->name.reveal(), given->password.reveal())) return reply(unauthorized());
    handler(request, reply);
  });
  if (!is_taken) reply(too_many("too many passwords are being checked"));
}

}  // namespace authprobe::web
