#include "exporter/wire/url.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <utility>

#include "exporter/wire/encoding.h"
#include "exporter/wire/text.h"

namespace authprobe::wire {
namespace {

constexpr std::string_view kSchemeEnd = "://";

bool is_visible_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return '!' <= c && c <= '~'; });
}

bool is_ipv4(std::string_view text) {
  in_addr address;
  return ::inet_pton(AF_INET, std::string(text).c_str(), &address) == 1;
}

bool is_ipv6(std::string_view text) {
  in6_addr address;
  return ::inet_pton(AF_INET6, std::string(text).c_str(), &address) == 1;
}

bool is_name_character(char c) {
  const char small = lowered(c);
  return (small >= 'a' && small <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

bool is_host_name(std::string_view host) {
  return !host.empty() && host.size() <= 253 && host.front() != '.' && host.find("..") == std::string_view::npos &&
         std::all_of(host.begin(), host.end(), is_name_character);
}

// ":8443"; nothing if it is not a port.
std::optional<std::uint16_t> port_of(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), port);
  if (text.front() != ':' || error != std::errc() || end != text.data() + text.size() || port == 0) {
    return std::nullopt;
  }
  return port;
}

enum class Letter { lower, upper, digit, other };

Letter letter_of(char c) {
  if (c >= 'a' && c <= 'z') return Letter::lower;
  if (c >= 'A' && c <= 'Z') return Letter::upper;
  return c >= '0' && c <= '9' ? Letter::digit : Letter::other;
}

// Of random letters and digits, 3 of 5 neighbours are of different kinds; of words in CamelCase, 1 of 3.
bool looks_secret(std::string_view part) {
  constexpr std::size_t kShortest = 20;
  std::size_t lower = 0;
  std::size_t upper = 0;
  std::size_t digits = 0;
  std::size_t changes = 0;
  for (std::size_t i = 0; i < part.size(); ++i) {
    const Letter letter = letter_of(part[i]);
    lower += letter == Letter::lower;
    upper += letter == Letter::upper;
    digits += letter == Letter::digit;
    changes += i > 0 && letter != letter_of(part[i - 1]);
  }
  const bool is_mixed = lower >= 2 && upper >= 2 && digits >= 2;
  return part.size() >= kShortest && is_mixed && 5 * changes >= 2 * part.size();
}

// A path with "..." for what looks like a secret in it.
std::string without_secrets(std::string_view path) {
  std::string result;
  while (!path.empty()) {
    const std::string_view part = path.substr(0, path.find_first_of("/:", 1));
    const bool has_mark = part.front() == '/' || part.front() == ':';
    result.append(part.substr(0, has_mark ? 1 : 0));
    const std::string_view word = part.substr(has_mark ? 1 : 0);
    result.append(looks_secret(word) ? "..." : word);
    path.remove_prefix(part.size());
  }
  return result;
}

}  // namespace

Parameter take_parameter(std::string_view& query) {
  Parameter parameter{query.substr(0, query.find('&')), {}, {}};
  query.remove_prefix(std::min(query.size(), parameter.text.size() + 1));
  const std::size_t equals = parameter.text.find('=');
  parameter.name = parameter.text.substr(0, equals);
  if (equals != std::string_view::npos) parameter.value = parameter.text.substr(equals + 1);
  return parameter;
}

const std::string Url::kNone;

Url::Url(std::string text) {
  UrlProblem problem;
  auto url = parse(std::move(text), problem);
  if (!url) throw std::invalid_argument("the URL " + problem.rule);
  *this = std::move(*url);
}

std::optional<Url> Url::parse(std::string text) {
  UrlProblem problem;
  return parse(std::move(text), problem);
}

std::optional<Url> Url::parse(std::string text, UrlProblem& problem) {
  const std::size_t scheme_end = text.find(kSchemeEnd);
  if (text.size() > kLongest) {
    problem = {"is longer than 8 KiB", ""};
  } else if (!is_visible_ascii(text)) {
    problem = {"must be visible ASCII", "percent-encode other characters, and write host names in their xn-- form"};
  } else if (scheme_end == std::string::npos || scheme_end == 0) {
    problem = {"must be an absolute URL", "such as https://api.example.com/v1/me"};
  } else if (const std::string scheme = lowered(std::string_view(text).substr(0, scheme_end));
             scheme != "http" && scheme != "https") {
    problem = {"must begin with http:// or https://", ""};
  } else {
    Url url;
    url.https_ = scheme == "https";
    url.text_ = std::make_shared<const std::string>(std::move(text));
    if (url.read_authority(problem)) return url;
  }
  return std::nullopt;
}

bool Url::read_authority(UrlProblem& problem) {
  path_at_ = static_cast<std::uint16_t>(std::min(text().find_first_of("/?#", authority_at()), text().size()));
  std::string_view authority = from(authority_at()).substr(0, path_at_ - authority_at());
  const auto at = authority.find('@');
  has_userinfo_ = at != std::string_view::npos;
  if (has_userinfo_) authority.remove_prefix(at + 1);
  host_at_ = static_cast<std::uint16_t>(path_at_ - authority.size());
  if (has_userinfo_ && (authority.find('@') != std::string_view::npos || text().find('\\') < host_at_)) {
    problem = {"must not have a second '@' or a backslash before its path", "percent-encode them"};
    return false;
  }
  std::string_view port;
  if (!read_host(authority, port, problem)) return false;
  port_ = https_ ? 443 : 80;
  if (port.empty()) return true;
  const auto number = port_of(port);
  if (!number) problem = {"has a port that is not a number from 1 to 65535", ""};
  port_ = number.value_or(0);
  return number.has_value();
}

bool Url::read_host(std::string_view authority, std::string_view& port, UrlProblem& problem) {
  if (authority.starts_with('[')) {
    const auto close = authority.find(']');
    const std::string_view host = authority.substr(1, std::min(close, authority.size()) - 1);
    is_ipv6_ = is_address_ = close != std::string_view::npos && is_ipv6(host.substr(0, host.find('%')));
    if (!is_ipv6_) problem = {"must have an IPv6 address between the brackets", ""};
    host_size_ = static_cast<std::uint16_t>(host.size());
    port = authority.substr(std::min(close, authority.size() - 1) + 1);
    return is_ipv6_;
  }
  const std::string_view host = authority.substr(0, authority.find(':'));
  if (host.empty()) {
    problem = {"must name a host", ""};
  } else if (!is_host_name(host)) {
    problem = {"has a host name with characters that are not allowed there", "write IPv6 addresses in brackets"};
  }
  host_size_ = static_cast<std::uint16_t>(host.size());
  is_address_ = is_ipv4(host);
  port = authority.substr(host.size());
  return problem.rule.empty();
}

std::string_view Url::userinfo() const {
  return has_userinfo_ ? from(authority_at()).substr(0, host_at_ - authority_at() - 1) : std::string_view();
}

std::string_view Url::host() const {
  return from(host_at_ + (is_ipv6_ ? 1U : 0U)).substr(0, host_size_);
}

std::string_view Url::authority() const {
  return from(host_at_).substr(0, static_cast<std::size_t>(path_at_) - host_at_);
}

std::string_view Url::path() const {
  return rest().substr(0, rest().find_first_of("?#"));
}

std::string_view Url::query() const {
  const std::string_view before_fragment = rest().substr(0, rest().find('#'));
  const auto question = before_fragment.find('?');
  return question == std::string_view::npos ? std::string_view() : before_fragment.substr(question + 1);
}

std::string Url::bracketed_host() const {
  return is_ipv6_ ? '[' + std::string(host()) + ']' : std::string(host());
}

std::string Url::host_and_port() const {
  return bracketed_host() + ':' + std::to_string(port_);
}

std::string Url::origin() const {
  return (https_ ? "https://" : "http://") + host_and_port();
}

std::string Url::shown() const {
  return text().substr(0, authority_at()).append(authority()).append(without_secrets(path()));
}

bool Url::path_looks_secret() const {
  return without_secrets(path()) != path();
}

std::string Url::with_redacted_query() const {
  const auto question = text().find('?', path_at_);
  std::string shown = text().substr(0, path_at_) + without_secrets(path());
  if (question == std::string::npos) return shown.append(rest().substr(path().size()));
  char separator = '?';
  for (std::string_view query = this->query(); separator == '?' || !query.empty(); separator = '&') {
    const Parameter parameter = take_parameter(query);
    shown += separator;
    // A parameter without a name may be a secret as a whole.
    if (parameter.value) shown.append(parameter.name).append("=");
    shown += "<redacted>";
  }
  return shown;
}

bool Url::is_loopback() const {
  const std::string name = lowered(host());
  if (is_address_ && !is_ipv6_) return name.starts_with("127.");
  return name == "localhost" || name.ends_with(".localhost") || name == "::1";
}

Url Url::with_userinfo(std::string_view userinfo) const {
  return Url(text().substr(0, authority_at()).append(userinfo).append("@").append(from(host_at_)));
}

std::string_view take_segment(std::string_view& path) {
  path.remove_prefix(1);
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

std::string sent_path(std::string_view path) {
  std::string result;
  while (!path.empty()) {
    const std::string_view segment = take_segment(path);
    const bool dots = segment == "." || segment == "..";
    if (segment == "..") result.erase(std::min(result.rfind('/'), result.size()));
    if (!dots) result.append("/").append(segment);
    if (dots && path.empty()) result.push_back('/');
  }
  return result.empty() ? "/" : result;
}

Secret with_query(std::string_view url, std::string_view name, std::string_view value) {
  const std::string_view base = url.substr(0, url.find('#'));
  const auto question = base.find('?');
  const bool first = question == std::string_view::npos;
  const bool separated = first || question + 1 == base.size() || base.back() == '&';
  Secret result = Secret::join({base, first ? "?" : separated ? "" : "&"});
  append_percent_encoded(result, name);
  result.push_back('=');
  append_percent_encoded(result, value);
  return result;
}

Secret with_path_secret(std::string_view url, std::string_view secret) {
  std::string_view before_query = url.substr(0, url.find_first_of("?#"));
  const std::string_view rest = url.substr(before_query.size());
  Secret result;
  for (auto at = before_query.find(kSecretPlace); at != std::string_view::npos; at = before_query.find(kSecretPlace)) {
    result.append(before_query.substr(0, at));
    append_path_encoded(result, secret);
    before_query.remove_prefix(at + kSecretPlace.size());
  }
  result.append(before_query);
  result.append(rest);
  return result;
}

std::string Url::without_query(std::string_view name) const {
  const auto question = text().find('?', path_at_);
  if (question == std::string::npos) return text();
  std::string result = text().substr(0, question);
  char separator = '?';
  for (std::string_view query = from(question + 1); !query.empty();) {
    const Parameter parameter = take_parameter(query);
    if (percent_decoded(parameter.name) == name) continue;
    result += separator;
    result += parameter.text;
    separator = '&';
  }
  return result;
}

bool same_origin(const Url& a, const Url& b) {
  return a.https() == b.https() && a.port() == b.port() && equal_ignoring_case(a.host(), b.host());
}

bool is_ip_address(std::string_view text) {
  return is_ipv4(text) || is_ipv6(text);
}

}  // namespace authprobe::wire
