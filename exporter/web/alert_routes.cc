#include "exporter/web/alert_routes.h"

#include <re2/re2.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "exporter/config/document.h"
#include "exporter/config/yaml_document.h"
#include "exporter/wire/file.h"
#include "exporter/wire/text.h"

namespace authprobe::web {
namespace {

constexpr std::size_t kLargestRoutes = 4U << 20;
constexpr std::string_view kLabel = "owner";

// What a route asks of the label: a text, or a pattern that matches all of it.
struct OwnerMatcher {
  std::string value;
  bool is_pattern = false;

  bool matches(const std::string& owner) const {
    return is_pattern ? RE2::FullMatch(owner, RE2(value, RE2::Quiet)) : value == owner;
  }
};

const config::Value* member(const config::Table& table, std::string_view key) {
  const auto found = std::ranges::find(table, key, &config::Entry::key);
  return found == table.end() ? nullptr : &found->value;
}

// `owner = "payments"`, `owner =~ "a|b"`. Those with != and !~ single nobody out. A list in one text, in braces or not,
// is `{owner="payments",severity="warning"}`.
void read_matchers(const std::string& text, std::vector<OwnerMatcher>& found) {
  re2::StringPiece rest(text);
  static const RE2 kMatcher(R"re((?:^|[{,\s])([a-zA-Z_]\w*)\s*(=~|!=|!~|=)\s*(?:"((?:[^"\\]|\\.)*)"|([^",}\s]+)))re");
  std::string name;
  std::string sign;
  std::string quoted;
  std::string bare;
  while (RE2::FindAndConsume(&rest, kMatcher, &name, &sign, &quoted, &bare)) {
    if (name == kLabel && !sign.starts_with('!')) found.push_back({quoted + bare, sign == "=~"});
  }
}

void read_old_form(const config::Table& route, std::string_view key, bool is_pattern,
                   std::vector<OwnerMatcher>& found) {
  const config::Value* const labels = member(route, key);
  const auto* table = labels == nullptr ? nullptr : std::get_if<config::Table>(&labels->data);
  const config::Value* const owner = table == nullptr ? nullptr : member(*table, kLabel);
  const auto* text = owner == nullptr ? nullptr : std::get_if<std::string>(&owner->data);
  if (text != nullptr) found.push_back({*text, is_pattern});
}

// The YAML reader bounds the depth.
void read_route(const config::Value& value, std::vector<OwnerMatcher>& found) {
  const auto* route = std::get_if<config::Table>(&value.data);
  if (route == nullptr) return;
  if (const config::Value* const matchers = member(*route, "matchers")) {
    if (const auto* one = std::get_if<std::string>(&matchers->data)) read_matchers(*one, found);
    if (const auto* list = std::get_if<config::Array>(&matchers->data)) {
      for (const config::Value& element : *list) {
        if (const auto* text = std::get_if<std::string>(&element.data)) read_matchers(*text, found);
      }
    }
  }
  read_old_form(*route, "match", false, found);
  read_old_form(*route, "match_re", true, found);
  const config::Value* const routes = member(*route, "routes");
  const auto* below = routes == nullptr ? nullptr : std::get_if<config::Array>(&routes->data);
  if (below == nullptr) return;
  for (const config::Value& one : *below) read_route(one, found);
}

}  // namespace

std::vector<config::Finding> unrouted_owners(const config::Config& config, const std::string& file) {
  config::Findings findings;
  const wire::FileText text = wire::read_file(file, kLargestRoutes);
  if (!text.problem.empty()) {
    findings.error({file, 1, 1}, "", text.problem);
    return findings.sorted();
  }
  const auto document = config::parse_yaml(text.text.reveal(), file, findings);
  const auto* root = document ? std::get_if<config::Table>(&document->data) : nullptr;
  const config::Value* const route = root == nullptr ? nullptr : member(*root, "route");
  if (route == nullptr) {
    findings.error({file, 1, 1}, "route", "is missing: this is no configuration of an Alertmanager");
    return findings.sorted();
  }
  std::vector<OwnerMatcher> matchers;
  read_route(*route, matchers);
  std::set<std::string_view> asked;
  for (const config::Credential& credential : config.credentials) {
    const auto is_for = [&](const OwnerMatcher& matcher) { return matcher.matches(credential.owner); };
    if (credential.owner.empty() || std::ranges::any_of(matchers, is_for)) continue;
    if (!asked.insert(credential.owner).second) continue;
    findings.question("alert_route", credential.position, "credentials." + credential.name + ".owner",
                      "no route of " + file + " is for this owner",
                      "add matchers: ['owner = \"" + credential.owner + "\"']");
  }
  return findings.sorted();
}

}  // namespace authprobe::web
