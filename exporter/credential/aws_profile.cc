#include "exporter/credential/aws_profile.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "exporter/wire/digest.h"
#include "exporter/wire/encoding.h"
#include "exporter/wire/json.h"
#include "exporter/wire/text.h"

namespace authprobe::credential {
namespace {

constexpr std::size_t kLongestFile = 256UL * 1024;

// A section of a file: names in lower case, to values.
using Section = std::map<std::string, std::string, std::less<>>;
using Sections = std::map<std::string, Section, std::less<>>;

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  return result;
}

// Indented lines are parts of the value before them, such as `s3 =`: no use for any of those.
Sections sections_of(std::string_view text) {
  Sections sections;
  Section* section = nullptr;
  while (!text.empty()) {
    const bool is_indented = text.starts_with(' ') || text.starts_with('\t');
    const std::string_view line = wire::take_part(text, '\n');
    if (line.empty() || line.starts_with('#') || line.starts_with(';')) continue;
    if (const auto end = line.find(']'); !is_indented && line.starts_with('[') && end != std::string_view::npos) {
      section = &sections[std::string(wire::trimmed(line.substr(1, end - 1)))];
      continue;
    }
    const auto equals = line.find('=');
    if (is_indented || section == nullptr || equals == std::string_view::npos) continue;
    (*section)[lower(wire::trimmed(line.substr(0, equals)))] = wire::trimmed(line.substr(equals + 1));
  }
  return sections;
}

std::string home() {
  const std::string folder = environment("HOME");
  return folder.empty() ? "/" : folder;
}

// "~/x" as a shell reads it.
std::string expanded(const std::string& path) {
  return path.starts_with("~/") ? home() + path.substr(1) : path;
}

std::string first_of(const std::string& given, const char* variable, const std::string& usual) {
  if (!given.empty()) return given;
  const std::string named = environment(variable);
  return expanded(named.empty() ? usual : named);
}

class Profiles {
 public:
  Profiles(const config::AwsSource& source, WallTime now, AwsPlan& plan)
      : source_(source),
        now_(now),
        plan_(plan),
        config_file_(first_of(source.config_file, "AWS_CONFIG_FILE", "~/.aws/config")),
        credentials_file_(first_of(source.credentials_file, "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials")) {
    config_ = read(config_file_);
    credentials_ = read(credentials_file_);
  }

  void resolve(const std::string& name) {
    const Section profile = merged(name);
    if (profile.empty()) return fail(name, "is neither in " + config_file_ + " nor in " + credentials_file_);
    if (std::ranges::find(seen_, name) != seen_.end()) return fail(name, "is its own source_profile, by way of others");
    seen_.push_back(name);
    if (has(profile, "mfa_serial")) return fail(name, "wants a code of an MFA device (mfa_serial)");
    if (has(profile, "role_arn")) return resolve_role(name, profile);
    resolve_keys(name, profile);
  }

 private:
  static bool has(const Section& profile, std::string_view key) { return profile.contains(key); }
  static std::string get(const Section& profile, std::string_view key) {
    const auto found = profile.find(key);
    return found == profile.end() ? "" : found->second;
  }

  void fail(const std::string& profile, const std::string& why) {
    if (plan_.problem.empty()) plan_.problem = "the AWS profile " + profile + ' ' + why;
  }

  // Either file may be missing.
  Sections read(const std::string& path) {
    if (!wire::stamp_of(path)) {
      plan_.files.emplace_back(path, std::nullopt);
      return {};
    }
    return sections_of(read_noted(path, plan_).reveal());
  }

  // What stands in the credentials file goes before.
  Section merged(const std::string& name) const {
    Section result;
    const auto add = [&](const Sections& from, const std::string& title) {
      const auto found = from.find(title);
      if (found == from.end()) return;
      for (const auto& [key, value] : found->second) result[key] = value;
    };
    if (name == "default") add(config_, name);
    add(config_, "profile " + name);
    add(credentials_, name);
    return result;
  }

  void resolve_role(const std::string& name, const Section& profile) {
    AwsPlannedRole role = role_of(profile);
    if (has(profile, "web_identity_token_file")) {
      plan_.first = AwsPlan::First::web_identity;
      plan_.token = read_noted(expanded(get(profile, "web_identity_token_file")), plan_);
      plan_.role = std::move(role);
      return;
    }
    const std::string before = get(profile, "source_profile");
    if (seen_.size() > config::AwsRole::kMost) return fail(name, "builds on more than 4 roles");
    if (!before.empty()) {
      resolve_source(before);
    } else {
      resolve_credential_source(name, get(profile, "credential_source"));
    }
    plan_.roles.push_back(std::move(role));
  }

  // A source's own keys go before its role, as in AWS's tools.
  void resolve_source(const std::string& name) {
    const Section profile = merged(name);
    const bool has_keys = has(profile, "aws_access_key_id") && has(profile, "aws_secret_access_key");
    has_keys ? resolve_keys(name, profile) : resolve(name);
  }

  static AwsPlannedRole role_of(const Section& profile) {
    AwsPlannedRole role;
    role.role_arn = get(profile, "role_arn");
    role.external_id = get(profile, "external_id");
    role.session_name = get(profile, "role_session_name");
    if (role.session_name.empty()) role.session_name = "authprobe";
    const std::string seconds = get(profile, "duration_seconds");
    int count = 0;
    const auto [end, error] = std::from_chars(seconds.data(), seconds.data() + seconds.size(), count);
    if (error == std::errc() && count > 0) role.duration = std::chrono::seconds(count);
    return role;
  }

  void resolve_credential_source(const std::string& name, const std::string& from) {
    if (from == "Environment") {
      take_environment_keys(plan_);
    } else if (from == "Ec2InstanceMetadata") {
      plan_.first = AwsPlan::First::instance;
    } else if (from == "EcsContainer") {
      take_container(plan_);
    } else {
      fail(name, "has a role_arn, but neither source_profile nor a known credential_source");
    }
  }

  void resolve_keys(const std::string& name, const Section& profile) {
    if (has(profile, "sso_account_id") && has(profile, "sso_role_name")) return resolve_sso(name, profile);
    plan_.keys.access_key_id = get(profile, "aws_access_key_id");
    plan_.keys.secret_access_key = wire::Secret(get(profile, "aws_secret_access_key"));
    plan_.keys.session_token = wire::Secret(get(profile, "aws_session_token"));
    if (!plan_.keys.access_key_id.empty() && !plan_.keys.secret_access_key.empty()) return;
    fail(name, has(profile, "credential_process") ? "has a credential_process, which is never run"
                                                  : "has neither keys, nor a role, nor a sign-in with SSO");
  }

  // https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_GetRoleCredentials.html
  void resolve_sso(const std::string& name, Section profile) {
    const std::string session = get(profile, "sso_session");
    if (const auto found = config_.find("sso-session " + session); !session.empty() && found != config_.end()) {
      for (const auto& [key, value] : found->second) profile[key] = value;
    }
    plan_.first = AwsPlan::First::sso;
    plan_.sso_account_id = get(profile, "sso_account_id");
    plan_.sso_role_name = get(profile, "sso_role_name");
    constexpr std::size_t kLongest = 64;
    if (std::max(plan_.sso_account_id.size(), plan_.sso_role_name.size()) > kLongest) {
      return fail(name, "has an sso_account_id or sso_role_name of more than 64 characters");
    }
    const auto url = source_.sso_url.empty()
                         ? wire::Url::parse("https://portal.sso." + get(profile, "sso_region") + ".amazonaws.com/")
                         : source_.sso_url;
    const std::string cached_as = session.empty() ? get(profile, "sso_start_url") : session;
    if (!url || cached_as.empty()) return fail(name, "has no sso_region, or neither sso_session nor sso_start_url");
    plan_.url = *url;
    take_sso_token(name, cached_as);
  }

  // The token that `aws sso login` has left.
  void take_sso_token(const std::string& name, const std::string& cached_as) {
    using nlohmann::json;
    const std::string folder = config_file_.substr(0, config_file_.find_last_of('/') + 1) + "sso/cache/";
    const std::string file = folder + wire::hex(wire::digest(wire::DigestAlgorithm::sha1, cached_as)) + ".json";
    const wire::Secret text = read_noted(file, plan_);
    const std::string sign_in = "sign in with: aws sso login --profile " + name;
    if (!plan_.problem.empty()) {
      plan_.problem += "; " + sign_in;
      return;
    }
    const json document = json::parse(text.reveal(), nullptr, false);
    if (!document.is_object()) return fail(name, "has an SSO cache file that is not a JSON object; " + sign_in);
    plan_.token = wire::Secret(wire::text_member(document, "accessToken"));
    const auto end = wire::read_timestamp(wire::text_member(document, "expiresAt"), now_);
    if (plan_.token.empty() || !end) return fail(name, "has an SSO cache file without a token; " + sign_in);
    if (!end->never && end->at <= now_) fail(name, "has an SSO session that has expired; " + sign_in);
  }

  const config::AwsSource& source_;
  const WallTime now_;
  AwsPlan& plan_;
  const std::string config_file_;
  const std::string credentials_file_;
  Sections config_;
  Sections credentials_;
  std::vector<std::string> seen_;
};

// Addresses that AWS's own tools accept in a URL without TLS.
bool is_container_host(const wire::Url& url) {
  constexpr std::array<std::string_view, 3> kHosts{"169.254.170.2", "169.254.170.23", "fd00:ec2::23"};
  return url.https() || url.is_loopback() || std::ranges::find(kHosts, url.host()) != kHosts.end();
}

}  // namespace

wire::Secret read_noted(const std::string& path, AwsPlan& plan) {
  plan.files.emplace_back(path, wire::stamp_of(path));
  wire::FileText file = wire::read_file(path, kLongestFile);
  if (!file.problem.empty() && plan.problem.empty()) plan.problem = "file " + path + ' ' + file.problem;
  return std::move(file.text);
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets any
  return value == nullptr ? "" : value;
}

void take_environment_keys(AwsPlan& plan) {
  plan.first = AwsPlan::First::keys;
  plan.keys.access_key_id = environment("AWS_ACCESS_KEY_ID");
  plan.keys.secret_access_key = wire::Secret(environment("AWS_SECRET_ACCESS_KEY"));
  plan.keys.session_token = wire::Secret(environment("AWS_SESSION_TOKEN"));
  if (plan.keys.access_key_id.empty()) plan.problem = "environment variable AWS_ACCESS_KEY_ID is not set";
  if (plan.keys.secret_access_key.empty()) plan.problem = "environment variable AWS_SECRET_ACCESS_KEY is not set";
}

void take_container(AwsPlan& plan) {
  plan.first = AwsPlan::First::container;
  const std::string relative = environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  const std::string full =
      relative.empty() ? environment("AWS_CONTAINER_CREDENTIALS_FULL_URI") : "http://169.254.170.2" + relative;
  if (full.empty()) {
    plan.problem = "neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set";
    return;
  }
  const auto url = wire::Url::parse(full);
  if (!url || !is_container_host(*url)) {
    plan.problem = "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor at one of the container's addresses";
    return;
  }
  plan.url = *url;
  if (const std::string file = environment("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"); !file.empty()) {
    plan.token = wire::Secret::join({wire::trimmed(read_noted(file, plan).reveal())});
  } else {
    plan.token = wire::Secret(environment("AWS_CONTAINER_AUTHORIZATION_TOKEN"));
  }
  const std::string_view token = plan.token.reveal();
  const bool breaks = std::ranges::any_of(token, [](unsigned char c) { return c < ' ' || c == 0x7f; });
  if (breaks) plan.problem = "the container's authorization token has a line end or control character in it";
}

void take_profile(const config::AwsSource& source, WallTime now, AwsPlan& plan) {
  Profiles profiles(source, now, plan);
  if (!plan.problem.empty()) return;
  std::string name = source.profile.empty() ? environment("AWS_PROFILE") : source.profile;
  profiles.resolve(name.empty() ? "default" : name);
}

}  // namespace authprobe::credential
