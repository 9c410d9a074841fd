// The configuration's enums, each with the words for its values in the file: read, shown and used as labels.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "exporter/wire/signature_recipe.h"
#include "exporter/wire/time.h"

namespace authprobe::config {

template <typename T>
using EnumName = std::pair<std::string_view, T>;

template <typename T, std::size_t N>
constexpr std::string_view name_of(const std::array<EnumName<T>, N>& words, T value) {
  for (const auto& [word, meaning] : words) {
    if (meaning == value) return word;
  }
  return "";
}

// RFC 6749: what is asked of a token endpoint. RFC 7523 has the assertions, signed with `signing_key`.
enum class OauthGrant { client_credentials, jwt_bearer };

inline constexpr std::array kOauthGrants{
    EnumName<OauthGrant>{"client_credentials", OauthGrant::client_credentials},
    EnumName<OauthGrant>{"jwt_bearer", OauthGrant::jwt_bearer},
};

// How the client authenticates at a token endpoint. none: by client_id alone, or by a certificate (RFC 8705).
enum class AuthStyle { basic, post, private_key_jwt, client_assertion, none };

inline constexpr std::array kAuthStyles{
    EnumName<AuthStyle>{"basic", AuthStyle::basic},
    EnumName<AuthStyle>{"post", AuthStyle::post},
    EnumName<AuthStyle>{"private_key_jwt", AuthStyle::private_key_jwt},
    EnumName<AuthStyle>{"client_assertion", AuthStyle::client_assertion},
    EnumName<AuthStyle>{"none", AuthStyle::none},
};

// Where the first keys of an AWS signature are: in the configuration, in AWS_ACCESS_KEY_ID and so on, in a profile of
// AWS's files, or at STS, the container's or the instance's own server.
enum class AwsKeysFrom { keys, environment, profile, web_identity, container, instance };

inline constexpr std::array kAwsKeysFrom{
    EnumName<AwsKeysFrom>{"keys", AwsKeysFrom::keys},
    EnumName<AwsKeysFrom>{"environment", AwsKeysFrom::environment},
    EnumName<AwsKeysFrom>{"profile", AwsKeysFrom::profile},
    EnumName<AwsKeysFrom>{"web_identity", AwsKeysFrom::web_identity},
    EnumName<AwsKeysFrom>{"container", AwsKeysFrom::container},
    EnumName<AwsKeysFrom>{"instance", AwsKeysFrom::instance},
};

using wire::TimeFormat;

inline constexpr std::array kTimeFormats{
    EnumName<TimeFormat>{"auto", TimeFormat::automatic},
    EnumName<TimeFormat>{"unix", TimeFormat::unix_seconds},
    EnumName<TimeFormat>{"unix_ms", TimeFormat::unix_milliseconds},
    EnumName<TimeFormat>{"seconds", TimeFormat::seconds},
};

using wire::DigestAlgorithm;
using wire::SignatureEncoding;

// Of HMACs.
inline constexpr std::array kDigestAlgorithms{
    EnumName<DigestAlgorithm>{"sha256", DigestAlgorithm::sha256},
    EnumName<DigestAlgorithm>{"sha1", DigestAlgorithm::sha1},
    EnumName<DigestAlgorithm>{"sha384", DigestAlgorithm::sha384},
    EnumName<DigestAlgorithm>{"sha512", DigestAlgorithm::sha512},
    EnumName<DigestAlgorithm>{"md5", DigestAlgorithm::md5},
};

inline constexpr std::array kSignatureEncodings{
    EnumName<SignatureEncoding>{"hex", SignatureEncoding::hex},
    EnumName<SignatureEncoding>{"hex_upper", SignatureEncoding::hex_upper},
    EnumName<SignatureEncoding>{"base64", SignatureEncoding::base64},
    EnumName<SignatureEncoding>{"base64url", SignatureEncoding::base64url},
};

// How the bytes of a key stand in its text.
enum class SecretEncoding { text, base64, hex };

inline constexpr std::array kSecretEncodings{
    EnumName<SecretEncoding>{"text", SecretEncoding::text},
    EnumName<SecretEncoding>{"base64", SecretEncoding::base64},
    EnumName<SecretEncoding>{"hex", SecretEncoding::hex},
};

enum class TlsVersion { tls1_0, tls1_1, tls1_2, tls1_3 };

inline constexpr std::array kTlsVersions{
    EnumName<TlsVersion>{"1.0", TlsVersion::tls1_0},
    EnumName<TlsVersion>{"1.1", TlsVersion::tls1_1},
    EnumName<TlsVersion>{"1.2", TlsVersion::tls1_2},
    EnumName<TlsVersion>{"1.3", TlsVersion::tls1_3},
};

enum class HttpVersion { automatic, http1_0, http1_1, http2 };  // automatic: HTTP/2 where TLS negotiates it

inline constexpr std::array kHttpVersions{
    EnumName<HttpVersion>{"auto", HttpVersion::automatic},
    EnumName<HttpVersion>{"1.0", HttpVersion::http1_0},
    EnumName<HttpVersion>{"1.1", HttpVersion::http1_1},
    EnumName<HttpVersion>{"2", HttpVersion::http2},
};

enum class Series {
  full,
  lean,  // none for what has not happened
};
inline constexpr std::array kSeries{
    EnumName<Series>{"full", Series::full},
    EnumName<Series>{"lean", Series::lean},
};

enum class IpVersion { any, v4, v6 };

inline constexpr std::array kIpVersions{
    EnumName<IpVersion>{"any", IpVersion::any},
    EnumName<IpVersion>{"4", IpVersion::v4},
    EnumName<IpVersion>{"6", IpVersion::v6},
};

// The lifetime of a connection. fresh: one connection per probe, so that every probe checks phases, address and
// certificate. resume: fresh connections whose TLS session is resumed, with a full handshake at least every 5 minutes.
// reuse: kept alive.
enum class ConnectionMode { fresh, resume, reuse };

inline constexpr std::array kConnectionModes{
    EnumName<ConnectionMode>{"fresh", ConnectionMode::fresh},
    EnumName<ConnectionMode>{"resume", ConnectionMode::resume},
    EnumName<ConnectionMode>{"reuse", ConnectionMode::reuse},
};

// Who replaces a credential before it expires.
enum class Renewal { manual, automatic };

inline constexpr std::array kRenewals{
    EnumName<Renewal>{"manually", Renewal::manual},
    EnumName<Renewal>{"automatically", Renewal::automatic},
};

enum class UrlScheme { https, http };

inline constexpr std::array kUrlSchemes{
    EnumName<UrlScheme>{"https", UrlScheme::https},
    EnumName<UrlScheme>{"http", UrlScheme::http},
};

// Prometheus's own words.
enum class RelabelAction {
  replace,
  keep,
  drop,
  keepequal,
  dropequal,
  labelmap,
  labeldrop,
  labelkeep,
  hashmod,
  lowercase,
  uppercase,
};

inline constexpr std::array kRelabelActions{
    EnumName<RelabelAction>{"replace", RelabelAction::replace},
    EnumName<RelabelAction>{"keep", RelabelAction::keep},
    EnumName<RelabelAction>{"drop", RelabelAction::drop},
    EnumName<RelabelAction>{"keepequal", RelabelAction::keepequal},
    EnumName<RelabelAction>{"dropequal", RelabelAction::dropequal},
    EnumName<RelabelAction>{"labelmap", RelabelAction::labelmap},
    EnumName<RelabelAction>{"labeldrop", RelabelAction::labeldrop},
    EnumName<RelabelAction>{"labelkeep", RelabelAction::labelkeep},
    EnumName<RelabelAction>{"hashmod", RelabelAction::hashmod},
    EnumName<RelabelAction>{"lowercase", RelabelAction::lowercase},
    EnumName<RelabelAction>{"uppercase", RelabelAction::uppercase},
};

// Bits of MaintenanceWindow::days.
inline constexpr std::array kDays{
    EnumName<int>{"sun", 0}, EnumName<int>{"mon", 1}, EnumName<int>{"tue", 2}, EnumName<int>{"wed", 3},
    EnumName<int>{"thu", 4}, EnumName<int>{"fri", 5}, EnumName<int>{"sat", 6},
};

}  // namespace authprobe::config
