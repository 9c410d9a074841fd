// What authenticates one request: the secret in the form in which it is sent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/wire/headers.h"
#include "exporter/wire/secret.h"
#include "exporter/wire/signature_recipe.h"

namespace authprobe::wire {

// What has to be worked out from the request itself, or in a dialogue with the server.
enum class Scheme : std::uint8_t {
  none,
  digest,     // RFC 7616: the password answers the server's challenge
  sigv4,      // AWS Signature Version 4: the key signs the request
  hmac,       // the key signs what a recipe says of the request
  negotiate,  // RFC 4559: a proof that the server takes once
};

// Wipes itself.
struct Authorization {
  std::vector<std::pair<std::string, Secret>> headers;  // name, value
  std::vector<std::pair<std::string, Secret>> query;    // name, value (not percent-encoded)
  Secret path;                                          // for the URL's kSecretPlace (not percent-encoded); empty: none
  Scheme scheme = Scheme::none;
  std::string username;                           // digest; sigv4 and hmac: the key's id
  Secret password;                                // digest; sigv4: the secret access key; hmac: the key's bytes
  std::string region;                             // sigv4: "eu-central-1"
  std::string service;                            // sigv4: "execute-api", "s3"
  std::shared_ptr<const SignatureRecipe> recipe;  // hmac; null: another scheme
  std::function<Secret()> proof;                  // negotiate: makes the header's value, for one request each
};

// What kind of credential a request carried, as far as the server's answer depends on it.
enum class SentCredential : std::uint8_t {
  unknown,
  none,
  bearer,
  basic,
  digest,
  api_key,
  oauth2,
  sigv4,
  hmac,  // with a time in what is signed
  cookie,
  client_certificate,
  negotiate,
};
inline constexpr std::size_t kSentCredentialCount = 12;
std::string_view to_string(SentCredential sent);
std::optional<SentCredential> sent_from(std::string_view word);

// A name of a key or token that is no credential: one against forged or repeated requests.
bool is_other_key(std::string_view name);

// What a header that somebody wrote carries, by its usual name and by the scheme in Authorization; `none`: no
// credential.
SentCredential sent_by(std::string_view header, std::string_view value);
SentCredential sent_by(std::span<const Header> headers);

// The query of a redirect hands over what a login has brought: a ticket (CAS, 3.1), a code (RFC 6749, 4.1.2), a SAML
// response or artifact, a token. A short `code` or `token` is none: "?code=401" tells of an error.
bool hands_over_login(std::string_view query);

}  // namespace authprobe::wire
