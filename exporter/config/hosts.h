// Where credentials are sent, and where they may be sent.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/config/findings.h"

namespace authprobe::config {

// "api.example.com", "*.example.com" (any name below, not example.com itself), or an address; each may have a port.
// What is wrong with a text that is to be one; empty: nothing.
std::string host_pattern_problem(std::string_view text);

// The URL's host is one of the credential's hosts, or the credential may be sent anywhere.
bool is_home(const Credential& credential, const wire::Url& url);

// A URL that a credential is sent to.
struct Destination {
  const Credential* credential;  // in the configuration
  const wire::Url* url;
  const Target* target;  // null: of a credential's own request
  Position position;     // of the key
  std::string key;
  bool fetches = false;  // of the client's secret alone, in exchange for the token
};
std::vector<Destination> destinations(const Config& config);

// Why a target's credential, or the next one, must not be sent to it: what the target "is" or "has".
std::vector<std::string> destination_problems(const Config& config, const Target& target);

// Reports each credential that would leave its hosts. A proxy is no destination: it hands on what it gets.
void check_hosts(const Config& config, Findings& findings);

// Warns of each credential without hosts that is sent to several sites.
void lint_sites(const Config& config, Findings& findings);

// Which hosts are of one site: by the public suffix list (https://publicsuffix.org), as libpsl reads it.

// The domain that somebody registered: "example.co.uk" of "api.example.co.uk". The host itself if it is an address, or
// has no such domain.
std::string site_of(std::string_view host);

// Anybody may register a name below it: "com", "co.uk", "github.io".
bool is_public_suffix(std::string_view domain);

}  // namespace authprobe::config
