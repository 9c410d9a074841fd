// What a token's issuer says of itself, and what an API says of the issuers that it trusts: documents at well-known
// places, that anybody may read. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/wire/url.h"

namespace authprobe::credential {

// Where an issuer's document is: OpenID Connect Discovery 1.0, section 4.1, puts the well-known part behind the path of
// the issuer; RFC 8414, section 3.1, puts it in front.
wire::Url openid_configuration_url(const wire::Url& issuer);
wire::Url oauth_metadata_url(const wire::Url& issuer);

// RFC 8414, section 2, and OpenID Connect Discovery 1.0, section 3.
struct IssuerMetadata {
  std::string issuer;
  std::string jwks_uri;  // empty: none
};
// Nothing where `text` is no such document: a JSON object with a text `issuer`.
std::optional<IssuerMetadata> read_issuer_metadata(std::string_view text);

// RFC 9728, section 2.
struct ResourceMetadata {
  std::string resource;
  std::vector<std::string> authorization_servers;  // empty: it does not say
};
// Nothing where `text` is no such document: a JSON object with a text `resource`.
std::optional<ResourceMetadata> read_resource_metadata(std::string_view text);

}  // namespace authprobe::credential
