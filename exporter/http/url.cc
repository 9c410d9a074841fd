#include "exporter/http/url.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "exporter/http/curl_handles.h"

namespace authprobe::http {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

bool is_ipv4(std::string_view host) {
  // inet_pton takes exactly four decimal numbers; a name cannot begin with a digit and be one of those.
  if (host.empty() || host.size() > 15 || host.front() < '0' || host.front() > '9') return false;
  char text[16] = {};
  host.copy(text, host.size());
  in_addr address{};
  return inet_pton(AF_INET, text, &address) == 1;
}

bool is_ipv6(std::string_view host) {
  const std::string text(host.substr(0, host.find('%')));
  in6_addr address{};
  return inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

// Takes ":8443" from the end of an authority. False where what stands there is no port.
bool read_port(std::string_view text, std::uint16_t& port) {
  if (text.empty()) return true;
  if (text.front() != ':') return false;
  text.remove_prefix(1);
  if (text.empty()) return true;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port != 0;
}

bool host_is_clean(std::string_view host) {
  return !host.empty() && host.size() <= 253 && std::none_of(host.begin(), host.end(), [](char c) {
    return c == '%' || c == '[' || c == ']' || c == ':' || static_cast<unsigned char>(c) >= 0x80;
  });
}

std::string percent_decoded(std::string_view text) {
  int length = 0;
  const CurlText decoded(curl_easy_unescape(nullptr, text.data(), static_cast<int>(text.size()), &length));
  return decoded ? std::string(decoded.get(), static_cast<std::size_t>(length)) : std::string();
}

void append_percent_encoded(std::string& out, std::string_view text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '.' || c == '_' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

std::optional<Url> parse_url(std::string_view text) {
  Url url;
  const auto scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return std::nullopt;
  const std::string_view scheme = text.substr(0, scheme_end);
  url.https = equal_ignoring_case(scheme, "https");
  if (!url.https && !equal_ignoring_case(scheme, "http")) return std::nullopt;
  url.port = url.https ? 443 : 80;

  const bool clean = std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= ' ' || byte == 0x7f;
  });
  if (!clean) return std::nullopt;

  std::string_view authority = text.substr(scheme_end + 3);
  const auto end_of_authority =
      std::find_if(authority.begin(), authority.end(), [](char c) { return c == '/' || c == '?' || c == '#'; });
  const auto authority_end = static_cast<std::size_t>(end_of_authority - authority.begin());
  url.rest = authority.substr(authority_end);
  authority = authority.substr(0, authority_end);
  if (authority.find('\\') != std::string_view::npos) return std::nullopt;
  if (const auto at = authority.find('@'); at != std::string_view::npos) {
    url.userinfo = authority.substr(0, at);
    authority.remove_prefix(at + 1);
    if (authority.find('@') != std::string_view::npos) return std::nullopt;
  }

  std::string_view port;
  if (authority.starts_with('[')) {
    const auto close = authority.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    url.host = authority.substr(1, close - 1);
    port = authority.substr(close + 1);
    url.ipv6 = url.literal = true;
    if (!is_ipv6(url.host)) return std::nullopt;
  } else {
    const auto colon = std::min(authority.find(':'), authority.size());
    url.host = authority.substr(0, colon);
    port = authority.substr(colon);
    if (!host_is_clean(url.host)) return std::nullopt;
    url.literal = is_ipv4(url.host);
  }
  if (!read_port(port, url.port)) return std::nullopt;
  return url;
}

bool same_origin(const Url& a, const Url& b) {
  return a.https == b.https && a.port == b.port && equal_ignoring_case(a.host, b.host);
}

std::string origin_text(const Url& url) {
  std::string text = url.https ? "https://" : "http://";
  if (url.ipv6) text += '[';
  text += url.host;
  if (url.ipv6) text += ']';
  return text + ':' + std::to_string(url.port);
}

std::string redirect_url(const std::string& base, const std::string& location) {
  const UrlHandle handle(curl_url());
  if (!handle || curl_url_set(handle.get(), CURLUPART_URL, base.c_str(), 0) != CURLUE_OK) return {};
  // Servers do send blanks and letters beyond ASCII in Location; URLENCODE takes them as every client does.
  if (curl_url_set(handle.get(), CURLUPART_URL, location.c_str(), CURLU_URLENCODE | CURLU_NON_SUPPORT_SCHEME) !=
      CURLUE_OK) {
    return {};
  }
  for (const CURLUPart part : {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_OPTIONS, CURLUPART_FRAGMENT}) {
    curl_url_set(handle.get(), part, nullptr, 0);
  }
  char* whole = nullptr;
  if (curl_url_get(handle.get(), CURLUPART_URL, &whole, 0) != CURLUE_OK) return {};
  const CurlText owner(whole);
  return whole;
}

std::string with_query(std::string_view url, const std::pair<std::string, std::string>& parameter) {
  const std::string_view base = url.substr(0, url.find('#'));
  std::string result;
  // Reserved at full length, so that no outgrown buffer with the secret in it is left behind.
  result.reserve(base.size() + 2 + 3 * (parameter.first.size() + parameter.second.size()));
  result = base;
  const auto question = base.find('?');
  if (question == std::string_view::npos) {
    result += '?';
  } else if (question + 1 != base.size() && base.back() != '&') {
    result += '&';
  }
  append_percent_encoded(result, parameter.first);
  result += '=';
  append_percent_encoded(result, parameter.second);
  return result;
}

std::string without_query(std::string_view url, std::string_view name) {
  const auto question = url.find('?');
  if (question == std::string_view::npos) return std::string(url);
  std::string result(url.substr(0, question));
  std::string_view query = url.substr(question + 1);
  char separator = '?';
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const std::string_view parameter = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (percent_decoded(parameter.substr(0, parameter.find('='))) == name) continue;
    result += separator;
    result += parameter;
    separator = '&';
  }
  return result;
}

}  // namespace authprobe::http
