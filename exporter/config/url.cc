#include "exporter/config/url.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cctype>
#include <charconv>

namespace authprobe::config {
namespace {

constexpr std::size_t kLongestUrl = 8 * 1024;

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](unsigned char c) { return std::tolower(c); });
  return result;
}

bool is_visible_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return '!' <= c && c <= '~'; });
}

bool is_ipv6(std::string_view text) {
  in6_addr address;
  return ::inet_pton(AF_INET6, std::string(text).c_str(), &address) == 1;
}

bool is_host_name(std::string_view host) {
  return !host.empty() && host.size() <= 253 && host.front() != '.' && host.find("..") == std::string_view::npos &&
         std::all_of(host.begin(), host.end(),
                     [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '.' || c == '_'; });
}

// Splits "host:port" or "[v6]:port".
bool read_authority(std::string_view authority, Url& url, UrlProblem& problem) {
  std::string_view port;
  if (authority.starts_with('[')) {
    const auto close = authority.find(']');
    if (close == std::string_view::npos || !is_ipv6(authority.substr(1, close - 1))) {
      problem = {"must have an IPv6 address between the brackets", ""};
      return false;
    }
    url.host = authority.substr(1, close - 1);
    port = authority.substr(close + 1);
  } else {
    const auto colon = authority.find(':');
    url.host = authority.substr(0, colon);
    port = colon == std::string_view::npos ? "" : authority.substr(colon);
    if (url.host.empty()) {
      problem = {"must name a host", ""};
      return false;
    }
    if (!is_host_name(url.host)) {
      problem = {"has a host name with characters that no host name has", "IPv6 addresses go in brackets"};
      return false;
    }
  }
  if (port.empty()) return true;
  const auto [end, error] = std::from_chars(port.data() + 1, port.data() + port.size(), url.port);
  if (port.front() != ':' || error != std::errc() || end != port.data() + port.size() || url.port < 1 ||
      url.port > 65535) {
    problem = {"has a port that is not a number from 1 to 65535", ""};
    return false;
  }
  return true;
}

}  // namespace

std::optional<Url> parse_url(std::string_view text, UrlProblem& problem) {
  if (text.size() > kLongestUrl) {
    problem = {"is longer than 8 KiB", ""};
    return std::nullopt;
  }
  if (!is_visible_ascii(text)) {
    problem = {"must be visible ASCII", "percent-encode other characters, and write host names in their xn-- form"};
    return std::nullopt;
  }
  const auto scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos || scheme_end == 0) {
    problem = {"must be an absolute URL", "such as https://api.example.com/v1/me"};
    return std::nullopt;
  }
  Url url;
  url.scheme = lower(text.substr(0, scheme_end));
  const std::string_view rest = text.substr(scheme_end + 3);
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  std::string_view tail = rest.substr(authority.size());
  if (authority.find('@') != std::string_view::npos) {
    problem = {"must not contain user info", "use a credential"};
    return std::nullopt;
  }
  if (tail.find('#') != std::string_view::npos) {
    problem = {"must not contain a fragment", "a fragment is never sent; %23 is a literal #"};
    return std::nullopt;
  }
  if (!read_authority(authority, url, problem)) return std::nullopt;
  if (const auto question = tail.find('?'); question != std::string_view::npos) {
    url.query = tail.substr(question + 1);
    tail = tail.substr(0, question);
  }
  url.path = tail;
  return url;
}

bool is_loopback(std::string_view host) {
  const std::string name = lower(host);
  in_addr v4;
  if (::inet_pton(AF_INET, name.c_str(), &v4) == 1) return name.starts_with("127.");
  return name == "localhost" || name.ends_with(".localhost") || name == "::1";
}

bool is_ip_address(std::string_view text) {
  in_addr v4;
  return ::inet_pton(AF_INET, std::string(text).c_str(), &v4) == 1 || is_ipv6(text);
}

std::string without_query_values(std::string_view url) {
  const auto question = url.find('?');
  if (question == std::string_view::npos) return std::string(url);
  std::string shown(url.substr(0, question));
  std::string_view query = url.substr(question + 1);
  char separator = '?';
  while (true) {
    const auto end = query.find('&');
    const std::string_view parameter = query.substr(0, end);
    const auto equals = parameter.find('=');
    shown += separator;
    // A parameter without a name may be a secret as a whole.
    shown += equals == std::string_view::npos ? "<redacted>" : std::string(parameter.substr(0, equals)) + "=<redacted>";
    if (end == std::string_view::npos) return shown;
    query.remove_prefix(end + 1);
    separator = '&';
  }
}

}  // namespace authprobe::config
