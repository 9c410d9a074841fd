#include "exporter/prober/probe_history.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "exporter/diagnosis/evidence.h"
#include "exporter/wire/text.h"

namespace authprobe::prober {
namespace {

using diagnosis::ProbeFacts;
using std::chrono::seconds;

constexpr std::size_t kMostNames = 16;
constexpr std::size_t kLongestName = 48;

// Headers with which an instance names itself, and cookies with which a balancer names its choice: Varnish and Fastly,
// HAProxy's usual examples, Envoy, Apache's mod_proxy_balancer, nginx's sticky.
constexpr std::array<std::string_view, 6> kNodeHeaders{"X-Served-By",       "X-Backend-Server", "X-Server-Name",
                                                       "X-Upstream-Server", "X-Backend",        "X-Node"};
constexpr std::array<std::string_view, 3> kRouteCookies{"SERVERID", "ROUTEID", "route"};

std::uint32_t second_of(WallTime time) {
  return static_cast<std::uint32_t>(std::chrono::floor<seconds>(time.time_since_epoch()).count());
}

// A name as it may be shown; empty where it is too long to be one.
std::string name_of(std::string_view value) {
  value = wire::trimmed(value);
  return value.size() > kLongestName ? std::string() : diagnosis::redact(value);
}

// The value of a route cookie is the name of a server in the balancer's configuration: anything that looks otherwise is
// a session.
std::string route_of(std::string_view cookie) {
  const std::string_view name = wire::trimmed(cookie.substr(0, cookie.find('=')));
  if (std::ranges::find(kRouteCookies, name) == kRouteCookies.end()) return {};
  std::string_view value = cookie.substr(std::min(cookie.size(), cookie.find('=') + 1));
  value = value.substr(0, value.find(';'));
  constexpr std::size_t kLongestRoute = 16;
  return value.size() > kLongestRoute ? std::string() : diagnosis::redact(std::string(name) + '=' + std::string(value));
}

std::string node_of(const wire::Headers& headers) {
  for (const std::string_view name : kNodeHeaders) {
    if (const std::string* value = wire::find_header(headers, name)) return name_of(*value);
  }
  for (const auto& [name, value] : headers) {
    if (!wire::equal_ignoring_case(name, "Set-Cookie")) continue;
    if (std::string route = route_of(value); !route.empty()) return route;
  }
  return {};
}

std::string server_of(const wire::Headers& headers) {
  std::string all;
  for (const std::string_view name : {"Server", "Via"}) {
    const std::string* value = wire::find_header(headers, name);
    if (value != nullptr) all += (all.empty() ? "" : " via ") + name_of(*value);
  }
  return all;
}

}  // namespace

ProbeHistory::ProbeHistory(const Before& before, Secret secret, WallTime first_refusal) : secret_(secret) {
  for (int ago = before.accepted; ago > 0; --ago) {
    const WallTime then = first_refusal - ago * before.interval;
    const bool earlier_secret = before.secret_since && *before.secret_since > then;
    if (earlier_secret) secrets_ = 2;
    const auto secret_then = static_cast<std::uint8_t>(earlier_secret ? 1 : secrets_);
    probes_.push_back({.second = second_of(then), .secret = secret_then, .let_in = true});
  }
}

std::uint8_t ProbeHistory::number_of(const std::string& name, Names& names) {
  if (name.empty()) return 0;
  const auto found = std::ranges::find(names, name);
  if (found != names.end()) return static_cast<std::uint8_t>(found - names.begin() + 1);
  if (names.size() == kMostNames) return 0;
  names.push_back(name);
  return static_cast<std::uint8_t>(names.size());
}

void ProbeHistory::add(const http::Response& response, const RateLimit& limit, Secret secret, Ended ended,
                       WallTime now) {
  if (secret != std::exchange(secret_, secret)) ++secrets_;  // after 255 changes in a day it begins anew
  ProbeFacts facts{.second = second_of(now), .secret = secrets_};
  facts.address = number_of(response.address, addresses_);
  facts.node = number_of(node_of(response.headers), nodes_);
  facts.server = number_of(server_of(response.headers), servers_);
  facts.refused = ended == Ended::refused;
  facts.let_in = ended == Ended::accepted;
  if (limit.remaining) facts.budget_used_up = *limit.remaining < 1;
  if (!probes_.empty()) facts.first_of_minute = facts.second / 60 != probes_.back().second / 60;
  const std::uint32_t oldest = facts.second - static_cast<std::uint32_t>(seconds(kLongest).count());
  if (probes_.size() == kMost) probes_.erase(probes_.begin());
  std::erase_if(probes_, [&](const ProbeFacts& probe) { return probe.second < oldest; });
  probes_.push_back(facts);
}

bool ProbeHistory::is_over() const {
  return std::ranges::none_of(probes_, &ProbeFacts::refused);
}

// Accepted with the secret of the last probe, after a refusal of it. Not where the refusals go on for longer than they
// ever did: then something has changed since.
bool ProbeHistory::accepted_between() const {
  std::size_t run = 0;
  std::size_t longest_before = 0;
  bool accepted = false;
  bool between = false;
  for (const ProbeFacts& probe : probes_) {
    if (probe.secret != secrets_) continue;
    if (probe.refused) {
      between = between || (std::exchange(accepted, false) && longest_before > 0);
      ++run;
      continue;
    }
    longest_before = std::max(longest_before, std::exchange(run, 0));
    accepted = accepted || probe.let_in;
  }
  constexpr std::size_t kShort = 3;
  return between && run <= std::max(kShort, 2 * longest_before);
}

bool ProbeHistory::had_budget() const {
  return std::ranges::any_of(probes_, [](const ProbeFacts& probe) { return probe.budget_used_up == false; });
}

void ProbeHistory::describe(diagnosis::FleetContext& context) const {
  if (probes_.empty()) return;
  context.let_in_between = accepted_between();
  context.budget_used_up = probes_.back().budget_used_up == true && had_budget();
  context.pattern = diagnosis::refusal_pattern(probes_);
  if (!context.pattern || context.pattern->value == 0) return;
  using Kind = diagnosis::RefusalPattern::Kind;
  const std::size_t index = context.pattern->value - 1;
  if (context.pattern->kind == Kind::address) context.pattern->where = addresses_[index];
  if (context.pattern->kind == Kind::node) context.pattern->where = nodes_[index];
  if (context.pattern->kind == Kind::server) context.pattern->where = servers_[index];
}

}  // namespace authprobe::prober
