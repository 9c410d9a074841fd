// Where the keys of an AWS signature come from, other than the file.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/config/enum_names.h"
#include "exporter/config/secret_source.h"
#include "exporter/wire/url.h"

namespace authprobe::config {

// A role that is assumed with the keys of the step before (AWS STS, AssumeRole).
struct AwsRole {
  static constexpr std::size_t kMost = 4;
  std::string role_arn;
  std::string session_name = "authprobe";
  SecretSource external_id;
  std::chrono::milliseconds duration = std::chrono::hours(1);
  bool operator==(const AwsRole&) const = default;
};

// How the parts of fetched keys are called beside the secret access key, which is the fetched token.
inline constexpr std::string_view kAwsAccessKeyId = "access_key_id";
inline constexpr std::string_view kAwsSessionToken = "session_token";

struct AwsSource {
  AwsKeysFrom from = AwsKeysFrom::keys;
  std::string profile;           // empty: that of AWS_PROFILE, else "default"
  std::string credentials_file;  // empty: that of AWS_SHARED_CREDENTIALS_FILE, else ~/.aws/credentials
  std::string config_file;       // empty: that of AWS_CONFIG_FILE, else ~/.aws/config
  std::string role_arn;          // web_identity; empty: that of AWS_ROLE_ARN
  std::string token_file;        // web_identity; empty: that of AWS_WEB_IDENTITY_TOKEN_FILE
  std::string session_name;      // web_identity; empty: that of AWS_ROLE_SESSION_NAME, else "authprobe"
  std::chrono::milliseconds duration = std::chrono::hours(1);  // web_identity
  std::vector<AwsRole> assume_role;                            // one after another
  wire::Url sts_url;                                           // empty: that of the region
  wire::Url sso_url;                                           // empty: that of the profile's SSO region
  wire::Url metadata_url;                                      // instance; empty: http://169.254.169.254
  bool operator==(const AwsSource&) const = default;

  // They are not in the configuration alone.
  bool is_used() const { return from != AwsKeysFrom::keys || !assume_role.empty(); }
};

}  // namespace authprobe::config
