// Temporary keys for AWS signatures: the requests that bring them, one after another, and what is read from the
// answers. Pure, but for the plan, which reads files and the environment.
#pragma once

#include <cstddef>
#include <string>

#include "exporter/config/credential_kinds.h"
#include "exporter/credential/aws_profile.h"
#include "exporter/credential/login_progress.h"
#include "exporter/credential/token.h"
#include "exporter/http/response.h"

namespace authprobe::credential {

// Where a fetch of keys stands.
struct AwsProgress {
  // metadata_session: IMDSv2's token, without which nothing is asked. metadata_role: the name of the instance's role.
  enum class Ask : std::uint8_t { first_keys, metadata_session, metadata_role, assume_role };
  AwsPlan plan;
  Ask ask = Ask::first_keys;
  std::size_t role = 0;           // of the plan's roles, with assume_role
  wire::Secret metadata_session;  // IMDSv2's token
  std::string metadata_role;
  AwsKeys keys;  // the ones so far
};

// Reads what there is to read.
AwsProgress begin_aws(const config::AwsSigv4& kind, const config::SecretsInUse& secrets, WallTime now);

// The next request; where no server has to be asked, what is `ready`.
TokenRequest aws_request(const config::AwsSigv4& kind, const AwsProgress& progress);

// Reads a complete answer to aws_request(). Without a failure, `progress.step` moves on unless the token is there.
TokenAnswer read_aws_answer(const http::Response& response, WallTime now, LoginProgress& progress);

// What was asked for last, for a message: "AssumeRole of arn:aws:iam::123456789012:role/reader".
std::string asked_for(const AwsProgress& progress);

}  // namespace authprobe::credential
