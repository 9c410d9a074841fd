// The configuration's enums, each with the words that the file has for its values: read, shown and used as labels.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "exporter/wire/time.h"

namespace authprobe::config {

template <typename T>
using Word = std::pair<std::string_view, T>;

template <typename T, std::size_t N>
constexpr std::string_view word_for(const std::array<Word<T>, N>& words, T value) {
  for (const auto& [word, meaning] : words) {
    if (meaning == value) return word;
  }
  return "";
}

enum class CredentialKind { bearer, api_key, basic, digest, oauth2, login, aws_sigv4, cookie, client_certificate };

inline constexpr std::array kCredentialKinds{
    Word<CredentialKind>{"bearer", CredentialKind::bearer},
    Word<CredentialKind>{"api_key", CredentialKind::api_key},
    Word<CredentialKind>{"basic", CredentialKind::basic},
    Word<CredentialKind>{"digest", CredentialKind::digest},
    Word<CredentialKind>{"oauth2", CredentialKind::oauth2},
    Word<CredentialKind>{"login", CredentialKind::login},
    Word<CredentialKind>{"aws_sigv4", CredentialKind::aws_sigv4},
    Word<CredentialKind>{"cookie", CredentialKind::cookie},
    Word<CredentialKind>{"client_certificate", CredentialKind::client_certificate},
};

constexpr std::string_view to_string(CredentialKind kind) {
  return word_for(kCredentialKinds, kind);
}

// RFC 6749: what is asked of a token endpoint. RFC 7523 has the assertions, signed with `signing_key`.
enum class OauthGrant { client_credentials, jwt_bearer };

inline constexpr std::array kOauthGrants{
    Word<OauthGrant>{"client_credentials", OauthGrant::client_credentials},
    Word<OauthGrant>{"jwt_bearer", OauthGrant::jwt_bearer},
};

// How a token endpoint is told who asks. none: by client_id alone, or by the client's certificate (RFC 8705).
enum class AuthStyle { basic, post, private_key_jwt, none };

inline constexpr std::array kAuthStyles{
    Word<AuthStyle>{"basic", AuthStyle::basic},
    Word<AuthStyle>{"post", AuthStyle::post},
    Word<AuthStyle>{"private_key_jwt", AuthStyle::private_key_jwt},
    Word<AuthStyle>{"none", AuthStyle::none},
};

using wire::TimeFormat;

inline constexpr std::array kTimeFormats{
    Word<TimeFormat>{"auto", TimeFormat::automatic},
    Word<TimeFormat>{"unix", TimeFormat::unix_seconds},
    Word<TimeFormat>{"unix_ms", TimeFormat::unix_milliseconds},
    Word<TimeFormat>{"seconds", TimeFormat::seconds},
};

enum class TlsVersion { tls1_0, tls1_1, tls1_2, tls1_3 };

inline constexpr std::array kTlsVersions{
    Word<TlsVersion>{"1.0", TlsVersion::tls1_0},
    Word<TlsVersion>{"1.1", TlsVersion::tls1_1},
    Word<TlsVersion>{"1.2", TlsVersion::tls1_2},
    Word<TlsVersion>{"1.3", TlsVersion::tls1_3},
};

enum class HttpVersion { automatic, http1_0, http1_1, http2 };  // automatic: HTTP/2 where TLS negotiates it

inline constexpr std::array kHttpVersions{
    Word<HttpVersion>{"auto", HttpVersion::automatic},
    Word<HttpVersion>{"1.0", HttpVersion::http1_0},
    Word<HttpVersion>{"1.1", HttpVersion::http1_1},
    Word<HttpVersion>{"2", HttpVersion::http2},
};

enum class IpVersion { any, v4, v6 };

inline constexpr std::array kIpVersions{
    Word<IpVersion>{"any", IpVersion::any},
    Word<IpVersion>{"4", IpVersion::v4},
    Word<IpVersion>{"6", IpVersion::v6},
};

// How long a connection lives. fresh: one connection a probe, so that phases, address and certificate are real.
// resume: fresh connections whose TLS session is resumed, with a full handshake at least every 5 minutes. reuse: kept
// alive.
enum class ConnectionMode { fresh, resume, reuse };

inline constexpr std::array kConnectionModes{
    Word<ConnectionMode>{"fresh", ConnectionMode::fresh},
    Word<ConnectionMode>{"resume", ConnectionMode::resume},
    Word<ConnectionMode>{"reuse", ConnectionMode::reuse},
};

// Bits of MaintenanceWindow::days.
inline constexpr std::array kDays{
    Word<int>{"sun", 0}, Word<int>{"mon", 1}, Word<int>{"tue", 2}, Word<int>{"wed", 3},
    Word<int>{"thu", 4}, Word<int>{"fri", 5}, Word<int>{"sat", 6},
};

}  // namespace authprobe::config
