#include "exporter/prober/rate_limit_policies.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <tuple>

#include "exporter/wire/text.h"
#include "exporter/wire/wall_time.h"

namespace authprobe::prober {
namespace {

// The number that `text` begins with ("100, 100;w=60" is 100), and what follows it; nothing where there is none that is
// finite and zero or more.
std::optional<double> take_number(std::string_view& text) {
  text = wire::trimmed(text);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc{} || !std::isfinite(value) || value < 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

// "6m0s", "1.5s", "20ms", as Go writes durations (OpenAI's resets), in seconds.
std::optional<double> read_go_duration(std::string_view text) {
  double total = 0;
  while (!text.empty()) {
    const auto number = take_number(text);
    if (!number) return std::nullopt;
    double unit = 0;
    std::size_t letters = 1;
    if (text.starts_with("ms")) {
      unit = 0.001;
      letters = 2;
    } else if (text.starts_with("s")) {
      unit = 1;
    } else if (text.starts_with("m")) {
      unit = 60;
    } else if (text.starts_with("h")) {
      unit = 3600;
    } else {
      return std::nullopt;
    }
    total += *number * unit;
    text.remove_prefix(letters);
  }
  return total;
}

// What follows the family's name; empty for any other header. Azure (x-ms-), HubSpot, Sentry (x-sentry-rate-limit-) and
// Anthropic have a word of their own in front.
std::string_view family_member(std::string_view name) {
  if (wire::starts_with_ignoring_case(name, "anthropic-")) name.remove_prefix(std::string_view("anthropic-").size());
  const bool is_private = wire::starts_with_ignoring_case(name, "x-");
  if (is_private) name.remove_prefix(2);
  for (int words = is_private ? 2 : 1; words > 0 && !name.empty(); --words) {
    for (const std::string_view family : {"ratelimit-", "rate-limit-"}) {
      if (wire::starts_with_ignoring_case(name, family)) return name.substr(family.size());
    }
    name.remove_prefix(std::min(name.find('-'), name.size() - 1) + 1);
  }
  return {};
}

// The part of `list` up to `separator` outside a quoted string (RFC 8941), which is taken off.
std::string_view take_item(std::string_view& list, char separator) {
  bool quoted = false;
  std::size_t end = 0;
  for (; end < list.size() && (quoted || list[end] != separator); ++end) {
    if (list[end] == '"') quoted = !quoted;
  }
  const std::string_view item = wire::trimmed(list.substr(0, end));
  list.remove_prefix(std::min(list.size(), end + 1));
  return item;
}

}  // namespace

bool RateLimitPolicies::may_tell(std::string_view name) {
  const char first = name.empty() ? '\0' : static_cast<char>(name[0] | 0x20);
  if (first != 'x' && first != 'r' && first != 'a') return false;
  return wire::equal_ignoring_case(name, "RateLimit") || !family_member(name).empty();
}

RateLimit* RateLimitPolicies::policy(std::string_view name) {
  for (std::size_t i = 0; i < count_; ++i) {
    if (wire::equal_ignoring_case(policies_[i].name, name)) return &policies_[i].budget;
  }
  if (count_ == kMost) return nullptr;
  policies_[count_].name = name;
  return &policies_[count_++].budget;
}

std::optional<WallTime> RateLimitPolicies::reset_time(std::string_view text) const {
  std::string_view rest = text;
  const auto number = take_number(rest);
  const bool is_date = rest.starts_with('-');
  if (is_date) {
    const auto moment = wire::read_timestamp(text, now_);
    return moment && !moment->never ? std::optional(moment->at) : std::nullopt;
  }
  if (!number || wire::unix_seconds(*number) > 1e11) return std::nullopt;
  const double now = wire::seconds_since_1970(now_);
  if (const auto duration = rest.empty() ? std::nullopt : read_go_duration(text))
    return wire::wall_time(now + *duration);
  const bool epoch = *number > 1e9;
  return wire::wall_time(epoch ? wire::unix_seconds(*number) : now + *number);
}

// `words` of "limit-requests", "remaining", "requests-reset", "limit-minute": one says what, the others whose.
void RateLimitPolicies::read_member(std::string_view words, std::string_view value) {
  std::string_view name;
  for (const std::string_view key : {"limit", "remaining", "reset"}) {
    const bool first =
        wire::starts_with_ignoring_case(words, key) && (words.size() == key.size() || words[key.size()] == '-');
    const bool last = words.size() > key.size() && words[words.size() - key.size() - 1] == '-' &&
                      wire::equal_ignoring_case(words.substr(words.size() - key.size()), key);
    if (!first && !last) continue;
    if (words.size() > key.size()) {
      name = first ? words.substr(key.size() + 1) : words.substr(0, words.size() - key.size() - 1);
    }
    if (wire::equal_ignoring_case(name, "after")) name = {};  // Discord: X-RateLimit-Reset-After
    std::string_view text = value;
    const auto number = take_number(text);
    RateLimit* budget = number ? policy(name) : nullptr;
    if (budget == nullptr) return;
    if (key == "limit" && !budget->limit) budget->limit = number;
    if (key == "remaining" && !budget->remaining) budget->remaining = number;
    if (key == "reset" && !budget->reset) budget->reset = reset_time(wire::trimmed(value));
    return;
  }
}

// `"burst";r=50;t=30` or `"burst";q=100;w=60`: RateLimit and RateLimit-Policy of the draft since its eighth edition.
// `100;w=60`: RateLimit-Policy before.
void RateLimitPolicies::read_policy(std::string_view item) {
  std::string_view name = take_item(item, ';');
  std::string_view rest = name;
  if (const auto limit = take_number(rest); limit && rest.empty()) {
    RateLimit* budget = policy({});
    if (budget != nullptr && !budget->limit) budget->limit = limit;
    return;
  }
  if (name.size() >= 2 && name.front() == '"' && name.back() == '"') name = name.substr(1, name.size() - 2);
  RateLimit* budget = policy(name);
  while (budget != nullptr && !item.empty()) {
    const std::string_view parameter = take_item(item, ';');
    if (parameter.size() < 3 || parameter[1] != '=') continue;
    std::string_view text = parameter.substr(2);
    const auto number = take_number(text);
    if (!number) continue;
    if (parameter[0] == 'q' && !budget->limit) budget->limit = number;
    if (parameter[0] == 'r' && !budget->remaining) budget->remaining = number;
    if (parameter[0] == 't' && !budget->reset) budget->reset = reset_time(parameter.substr(2));
  }
}

void RateLimitPolicies::read_list(std::string_view list) {
  while (!list.empty()) {
    const std::string_view item = take_item(list, ',');
    const std::size_t equals = item.find('=');
    const bool is_pair = equals != std::string_view::npos && item.find(';') == std::string_view::npos;
    if (is_pair) {  // the seventh edition: limit=100, remaining=50, reset=30
      read_member(item.substr(0, equals), item.substr(equals + 1));
    } else {
      read_policy(item);
    }
  }
}

// draft-ietf-httpapi-ratelimit-headers, and the names that came before it.
void RateLimitPolicies::read(const wire::Header& header) {
  const auto& [name, value] = header;
  if (wire::equal_ignoring_case(name, "RateLimit")) return read_list(value);
  const std::string_view member = family_member(name);
  if (member.empty()) return;
  if (wire::equal_ignoring_case(member, "policy")) return read_list(value);
  read_member(member, value);
}

RateLimit RateLimitPolicies::tightest() const {
  const Policy* best = nullptr;
  const auto tightness = [](const RateLimit& budget) {
    constexpr double kUnknown = std::numeric_limits<double>::infinity();
    const bool share_known = budget.remaining && budget.limit && *budget.limit > 0;
    return std::tuple(!budget.remaining, !share_known, share_known ? *budget.remaining / *budget.limit : kUnknown,
                      budget.remaining.value_or(kUnknown), budget.limit.value_or(kUnknown));
  };
  for (std::size_t i = 0; i < count_; ++i) {
    if (best == nullptr || tightness(policies_[i].budget) < tightness(best->budget)) best = &policies_[i];
  }
  return best == nullptr ? RateLimit{} : best->budget;
}

}  // namespace authprobe::prober
