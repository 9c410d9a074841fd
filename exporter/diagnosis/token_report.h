// What is known of a refused credential beside its times: what stands in a JWT, what its issuer and the API say in
// documents that anybody may read, and how the service fares that checks it. The secret was sent to none of them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "exporter/wire/time.h"

namespace authprobe::diagnosis {

// What the issuer answered when it was asked for its metadata and its keys.
struct IssuerAnswer {
  enum class State : std::uint8_t {
    keys_read,
    no_metadata,     // it publishes none: a status below 500 that is no success
    unreadable,      // metadata or keys that are none, or no keys at all
    another_issuer,  // its metadata names another one (RFC 8414, section 3.3)
    keys_elsewhere,  // at an origin that nobody has allowed
    failing,         // a status from 500 on
    silent,          // no HTTP answer
  };
  State state = State::silent;
  std::string asked;     // what for: "its metadata", "its keys"
  std::string detail;    // the status, the error, the other issuer, the keys' origin, or what cannot be read
  std::size_t keys = 0;  // of keys_read: how many
  std::optional<std::chrono::seconds> ahead = std::nullopt;  // its clock, seen from ours; none: it sent no Date
  std::optional<WallTime> asked_at = std::nullopt;
};

// What the public page of the service that checks the credential answered.
struct HealthAnswer {
  int status = 0;     // 0: no HTTP answer
  std::string error;  // why there was none
  WallTime asked_at;

  bool fails() const { return status == 0 || status >= 500; }
};

// The token's signature against the issuer's keys.
enum class KeyFit : std::uint8_t {
  unknown,  // no keys, or an algorithm that they do not tell about: a shared secret
  verifies,
  fails,
  absent,      // no key has the token's kid, or no kid, and none has the type of its algorithm
  wrong_type,  // the key with its kid is for another algorithm
};

struct TokenReport {
  bool is_jwt = true;  // false: an issuer is configured, and the secret is no JWT; nothing else is known then
  std::string issuer;  // iss; empty: none. Likewise:
  std::vector<std::string> audiences;  // aud
  std::string algorithm;               // alg
  std::string key_id;                  // kid
  std::string expected_issuer;         // as configured; empty: the token's own was asked
  std::optional<WallTime> loaded_at;   // when this token was read or fetched
  std::optional<IssuerAnswer> answer;  // none: not asked
  KeyFit key = KeyFit::unknown;
  bool about_token = true;             // false: nothing above is known
  std::optional<HealthAnswer> health;  // none: there is no such page, or it was not asked
};

// The API's own description (RFC 9728), that its challenge points to.
struct ResourceReport {
  std::string problem;  // why it cannot be used; empty: it can
  std::string resource;
  std::vector<std::string> authorization_servers;  // empty: it does not say whom it trusts
};

}  // namespace authprobe::diagnosis
