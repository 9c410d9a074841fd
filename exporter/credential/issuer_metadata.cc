#include "exporter/credential/issuer_metadata.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace authprobe::credential {
namespace {

constexpr std::size_t kMostServers = 64;

// The path of an issuer, without the slash at its end.
std::string_view path_of(const wire::Url& issuer) {
  std::string_view path = issuer.path();
  if (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

// The origin as it stands in the text, so that a port is there only where one is written.
std::string origin_of(const wire::Url& url) {
  return (url.https() ? "https://" : "http://") + std::string(url.authority());
}

std::optional<nlohmann::json> object_with(std::string_view text, const char* member) {
  auto document = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!document.is_object() || !document.contains(member) || !document[member].is_string()) return std::nullopt;
  return document;
}

}  // namespace

wire::Url openid_configuration_url(const wire::Url& issuer) {
  return wire::Url(origin_of(issuer) + std::string(path_of(issuer)) + "/.well-known/openid-configuration");
}

wire::Url oauth_metadata_url(const wire::Url& issuer) {
  return wire::Url(origin_of(issuer) + "/.well-known/oauth-authorization-server" + std::string(path_of(issuer)));
}

std::optional<IssuerMetadata> read_issuer_metadata(std::string_view text) {
  const auto document = object_with(text, "issuer");
  if (!document) return std::nullopt;
  IssuerMetadata metadata{document->at("issuer").get<std::string>(), ""};
  const auto keys = document->find("jwks_uri");
  if (keys != document->end() && keys->is_string()) metadata.jwks_uri = keys->get<std::string>();
  return metadata;
}

std::optional<ResourceMetadata> read_resource_metadata(std::string_view text) {
  const auto document = object_with(text, "resource");
  if (!document) return std::nullopt;
  ResourceMetadata metadata{document->at("resource").get<std::string>(), {}};
  const auto servers = document->find("authorization_servers");
  if (servers == document->end() || !servers->is_array()) return metadata;
  for (const auto& server : *servers) {
    if (server.is_string() && metadata.authorization_servers.size() < kMostServers) {
      metadata.authorization_servers.push_back(server.get<std::string>());
    }
  }
  return metadata;
}

}  // namespace authprobe::credential
