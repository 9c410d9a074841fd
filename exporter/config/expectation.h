// What an answer has to be like: of a target, and of a login.
#pragma once

#include <algorithm>
#include <chrono>
#include <compare>
#include <optional>
#include <string>
#include <vector>

#include "exporter/config/pattern.h"

namespace authprobe::config {

// An inclusive range of HTTP status codes: "2xx" is {200, 299}, 401 is {401, 401}.
struct StatusRange {
  int first = 200;
  int last = 299;
  bool contains(int status) const { return first <= status && status <= last; }
  auto operator<=>(const StatusRange&) const = default;
};

struct HeaderCheck {
  std::string name;
  Pattern matches;      // searched in the value; empty: the header only has to be present
  bool absent = false;  // the header must not be present
  auto operator<=>(const HeaderCheck&) const = default;
};

struct JsonCheck {
  std::string pointer;   // RFC 6901
  std::string equals;    // a JSON value as text (`true`, `"ok"`, `3`); empty: the pointer only has to resolve
  Pattern matches = {};  // searched in the text there; empty: any
  bool absent = false;   // the pointer must not resolve
  std::optional<double> at_least = {};  // of the number there
  std::optional<double> at_most = {};
  std::optional<double> more_than = {};
  std::optional<double> less_than = {};
  auto operator<=>(const JsonCheck&) const = default;
};

struct Expectation {
  std::vector<StatusRange> status{StatusRange{}};
  std::vector<Pattern> body_matches;      // each must be found in the first 64 KiB of the body
  std::vector<Pattern> body_not_matches;  // none may be found
  std::vector<HeaderCheck> headers;
  std::vector<JsonCheck> json;
  std::chrono::milliseconds answer_within{0};  // of the whole answer; 0: any time up to the timeout
  // The answer is only for holders of the credential: from time to time the same request is sent without it, and a
  // success is the state `exposed`.
  bool is_protected = false;
  // A client that shows no certificate must be refused by a TLS alert: a success is the state `exposed`.
  bool certificate_required = false;
  bool wants_success() const;  // a status of 2xx is among the expected ones
  auto operator<=>(const Expectation&) const = default;
};

inline bool Expectation::wants_success() const {
  return std::ranges::any_of(status, [](const StatusRange& range) { return range.first <= 299 && range.last >= 200; });
}

}  // namespace authprobe::config
