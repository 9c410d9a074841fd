// The files of AWS's command line: profiles with keys, with a role and the profile that assumes it, or with a sign-in
// at IAM Identity Center (SSO). Reads files; asks no server.
// https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/config/aws_source.h"
#include "exporter/wire/file.h"
#include "exporter/wire/secret.h"
#include "exporter/wire/time.h"

namespace authprobe::credential {

struct AwsKeys {
  std::string access_key_id;
  wire::Secret secret_access_key;
  wire::Secret session_token;  // empty: they are no temporary ones
  std::optional<WallTime> expires_at;
};

// A role to assume with the keys so far.
struct AwsPlannedRole {
  std::string role_arn;
  std::string session_name;
  std::string external_id;  // empty: none
  std::chrono::seconds duration{3600};
};

// What is to be done for keys: the first question, then the roles one after another.
struct AwsPlan {
  enum class First : std::uint8_t { keys, web_identity, sso, container, instance };
  First first = First::keys;
  AwsKeys keys;         // First::keys
  wire::Url url;        // container, sso
  wire::Secret token;   // web_identity, sso: what proves who asks; container: the Authorization header, may be empty
  AwsPlannedRole role;  // web_identity
  std::string sso_account_id;
  std::string sso_role_name;
  std::vector<AwsPlannedRole> roles;
  std::string problem;  // why there is no plan; empty: there is one. Never a secret

  // The files that it was made of, as they were before they were read.
  std::vector<std::pair<std::string, std::optional<wire::FileStamp>>> files;
};

// Reads a file and notes it in the plan; on failure there is a problem.
wire::Secret read_noted(const std::string& path, AwsPlan& plan);

// The text of an environment variable; empty where it is not set.
std::string environment(const char* name);

// AWS_ACCESS_KEY_ID and so on.
void take_environment_keys(AwsPlan& plan);

// AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or AWS_CONTAINER_CREDENTIALS_FULL_URI.
void take_container(AwsPlan& plan);

// The profile of `source`, with the profiles that it builds on. `now` tells whether a sign-in has ended.
void take_profile(const config::AwsSource& source, WallTime now, AwsPlan& plan);

}  // namespace authprobe::credential
