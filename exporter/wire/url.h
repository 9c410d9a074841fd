// An http or https URL: parsed once, and stored with its text, which copies share. No other code of the project
// searches for the parts of a URL, so two readers cannot find different hosts in one text.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "exporter/wire/secret.h"

namespace authprobe::wire {

// The rule that an unusable text breaks, and a hint. Neither contains any part of the text.
struct UrlProblem {
  std::string rule;
  std::string hint;
};

// Stands in a URL's path in place of a secret, which is put in when the request is sent.
inline constexpr std::string_view kSecretPlace = "{key}";

class Url {
 public:
  static constexpr std::size_t kLongest = 8 * 1024;  // bytes

  Url() = default;  // empty: no URL

  // For a text that is known to be a URL; throws std::invalid_argument if it is not.
  explicit Url(std::string text);

  // Reads an absolute URL. It is strict: visible ASCII, one '@' at most and no backslash before the path, a host name
  // of letters, digits, '-', '.' and '_', an IPv4 address, or an IPv6 address in brackets (with or without a zone), a
  // port from 1 to 65535. Nothing if a rule is broken: `problem` has the rule.
  static std::optional<Url> parse(std::string text, UrlProblem& problem);
  static std::optional<Url> parse(std::string text);

  bool empty() const { return text_ == nullptr; }
  const std::string& text() const { return empty() ? kNone : *text_; }

  bool https() const { return https_; }
  bool has_userinfo() const { return has_userinfo_; }
  std::string_view userinfo() const;                        // "user:password", percent-encoded
  std::string_view host() const;                            // without brackets; may have an IPv6 zone
  bool host_is_address() const { return is_address_; }      // an IP address, no name
  bool host_is_ipv6() const { return is_ipv6_; }            // and in brackets
  std::uint16_t port() const { return port_; }              // the scheme's own if the URL has none
  std::string bracketed_host() const;                       // with the brackets of an IPv6 address
  std::string host_and_port() const;                        // the same, and port()
  std::string_view authority() const;                       // host, with its brackets, and its port if one is written
  std::string_view rest() const { return from(path_at_); }  // path, query and fragment
  std::string_view path() const;                            // may be empty
  std::string_view query() const;                           // without the question mark
  bool has_fragment() const { return text().find('#', path_at_) != std::string::npos; }

  bool has_secret_place() const { return path().find(kSecretPlace) != std::string_view::npos; }

  // "https://host:port", always with the port.
  std::string origin() const;

  // What may be shown to people: without user info, query and fragment, and with "..." for a part of the path that
  // looks like a secret.
  std::string shown() const;

  // A part of the path looks like a secret: long, of mixed digits and letters without words, as random keys are. Names,
  // UUIDs and hexadecimal ids do not.
  bool path_looks_secret() const;

  // The whole, with "<redacted>" for the value of each query parameter, and the path as shown() has it.
  std::string with_redacted_query() const;

  // True for localhost, names below it, and loopback addresses.
  bool is_loopback() const;

  Url with_userinfo(std::string_view userinfo) const;  // percent-encoded; replaces the existing one

  // The text without the query parameters called `name` (percent-encoded forms of the name included).
  std::string without_query(std::string_view name) const;

  friend bool operator==(const Url& a, const Url& b) { return a.text() == b.text(); }
  friend auto operator<=>(const Url& a, const Url& b) { return a.text() <=> b.text(); }

 private:
  std::string_view from(std::size_t at) const { return std::string_view(text()).substr(at); }
  std::size_t authority_at() const { return https_ ? sizeof "https://" - 1 : sizeof "http://" - 1; }
  bool read_authority(UrlProblem& problem);
  bool read_host(std::string_view authority, std::string_view& port, UrlProblem& problem);

  static const std::string kNone;

  std::shared_ptr<const std::string> text_;  // null: empty
  // Places in it; it is short enough for 16 bits.
  std::uint16_t host_at_ = 0;  // after the user info and its '@', before a bracket
  std::uint16_t host_size_ = 0;
  std::uint16_t path_at_ = 0;
  std::uint16_t port_ = 0;
  bool https_ = false;
  bool has_userinfo_ = false;
  bool is_address_ = false;
  bool is_ipv6_ = false;
};

// One parameter of a query or a form, as it is written: percent-encoded. Without a '=' it has a name alone.
struct Parameter {
  std::string_view text;  // the whole
  std::string_view name;
  std::optional<std::string_view> value;
};

// Takes the first parameter off a query that is not empty.
Parameter take_parameter(std::string_view& query);

// Scheme, host and port are the same.
bool same_origin(const Url& a, const Url& b);

// The text of a URL with "name=value" (percent-encoded) added to its query, and without its fragment.
Secret with_query(std::string_view url, std::string_view name, std::string_view value);

// The text of a URL with the secret (percent-encoded) in each kSecretPlace of its path.
Secret with_path_secret(std::string_view url, std::string_view secret);

// Takes the first segment, and the slash in front of it, off a path that is not empty.
std::string_view take_segment(std::string_view& path);

// A path as libcurl sends it: without dot segments (RFC 3986, section 5.2.4), and at least "/".
std::string sent_path(std::string_view path);

// IPv4 or IPv6, without brackets and zone.
bool is_ip_address(std::string_view text);

}  // namespace authprobe::wire
