#include "exporter/wire/host_pattern.h"

#include "exporter/wire/text.h"

namespace authprobe::wire {
namespace {

constexpr std::string_view kAny = "*.";

bool has_port(const Url& pattern) {
  return pattern.authority() != pattern.bracketed_host();
}

}  // namespace

std::string host_pattern_problem(std::string_view text) {
  const auto url = host_of_pattern(text);
  if (!url) return "must be a host, such as \"api.example.com\" or \"*.example.com\", with or without a port";
  return text.starts_with(kAny) && url->host_is_address() ? "must not have * before an address" : "";
}

// A URL knows the rules of hosts and ports.
std::optional<Url> host_of_pattern(std::string_view pattern) {
  if (pattern.starts_with(kAny)) pattern.remove_prefix(kAny.size());
  const bool is_bare_ipv6 = is_ip_address(pattern) && pattern.find(':') != std::string_view::npos;
  auto url = Url::parse(is_bare_ipv6 ? "https://[" + std::string(pattern) + ']' : "https://" + std::string(pattern));
  if (!url || url->has_userinfo() || !url->rest().empty()) return std::nullopt;
  return url;
}

bool is_host_of(std::string_view pattern, const Url& url) {
  const auto host = host_of_pattern(pattern);
  if (!host || (has_port(*host) && host->port() != url.port())) return false;
  if (!pattern.starts_with(kAny)) return equal_ignoring_case(host->host(), url.host());
  const std::string_view name = url.host();
  const std::size_t end = host->host().size() + 1;  // with the dot
  return !url.host_is_address() && name.size() > end && name[name.size() - end] == '.' &&
         equal_ignoring_case(name.substr(name.size() - end + 1), host->host());
}

}  // namespace authprobe::wire
