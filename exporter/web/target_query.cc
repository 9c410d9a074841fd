#include "exporter/web/target_query.h"

#include <algorithm>
#include <charconv>

#include "exporter/wire/encoding.h"
#include "exporter/wire/text.h"

namespace authprobe::web {
namespace {

using Sort = TargetQuery::Sort;

constexpr std::pair<std::string_view, Sort> kSorts[] = {
    {"name", Sort::name}, {"since", Sort::since}, {"state", Sort::state}, {"credential", Sort::credential}};

std::optional<std::size_t> number_in(std::string_view text) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool read_state(TargetQuery& query, std::string_view value) {
  if (value == "failing") return query.failing = true;
  for (std::size_t i = 0; i < prober::kStateCount; ++i) {
    const auto state = static_cast<prober::State>(i);
    if (value != prober::to_string(state)) continue;
    query.states.push_back(state);
    return true;
  }
  return false;
}

bool read_cause(TargetQuery& query, std::string_view value) {
  const auto cause = diagnosis::cause_from(value);
  if (cause) query.causes.push_back(*cause);
  return cause.has_value();
}

bool read_label(TargetQuery& query, std::string_view value) {
  const std::size_t equals = value.find('=');
  if (equals == std::string_view::npos) return false;
  query.labels.emplace_back(value.substr(0, equals), value.substr(equals + 1));
  return true;
}

bool read_sort(TargetQuery& query, std::string_view value) {
  query.descending = value.starts_with('-');
  if (query.descending) value.remove_prefix(1);
  for (const auto& [word, sort] : kSorts) {
    if (word != value) continue;
    query.sort = sort;
    return true;
  }
  return false;
}

bool read_limit(TargetQuery& query, std::string_view value) {
  query.limit = number_in(value);
  return query.limit && *query.limit >= 1 && *query.limit <= TargetQuery::kMost;
}

bool read_offset(TargetQuery& query, std::string_view value) {
  const auto offset = number_in(value);
  query.offset = offset.value_or(0);
  return offset.has_value();
}

struct Parameter {
  std::string_view name;
  bool (*read)(TargetQuery&, std::string_view value);
  std::string_view rule;
};

constexpr Parameter kParameters[] = {
    {"state", read_state, "must be a state, or failing"},
    {"cause", read_cause, "must be a cause"},
    {"credential", [](TargetQuery& q, std::string_view v) { return q.credentials.emplace_back(v), true; }, ""},
    {"owner", [](TargetQuery& q, std::string_view v) { return q.owners.emplace_back(v), true; }, ""},
    {"host", [](TargetQuery& q, std::string_view v) { return q.hosts.push_back(wire::lowered(v)), true; }, ""},
    {"label", read_label, "must be NAME=VALUE"},
    {"text", [](TargetQuery& q, std::string_view v) { return q.text = wire::lowered(wire::trimmed(v)), true; }, ""},
    {"sort", read_sort, "must be name, since, state or credential, with - before it for the reverse order"},
    {"limit", read_limit, "must be a number from 1 to 10000"},
    {"offset", read_offset, "must be a number"},
    {"cursor", [](TargetQuery& q, std::string_view v) { return q.cursor = v, true; }, ""},
};

template <typename Values, typename Value>
bool one_of(const Values& values, const Value& value) {
  return values.empty() || std::ranges::find(values, value) != values.end();
}

bool has_label(const TargetStatus& target, const std::pair<std::string, std::string>& label) {
  return std::ranges::find(target.labels(), label) != target.labels().end();
}

bool has_text(const TargetStatus& target, std::string_view text) {
  const auto has = [text](std::string_view in) { return wire::contains_ignoring_case(in, text); };
  if (has(target.name()) || has(target.url().shown()) || has(target.credential()) || has(target.owner)) return true;
  if (target.cause && has(diagnosis::to_string(*target.cause))) return true;
  return std::ranges::any_of(target.labels(), [&](const auto& label) { return has(label.second); });
}

bool in_order(const TargetStatus* a, const TargetStatus* b, Sort sort) {
  switch (sort) {
    case Sort::since: return a->since < b->since;
    case Sort::state: return a->state < b->state;
    case Sort::credential: return a->credential() < b->credential();
    case Sort::name: break;
  }
  return a->name() < b->name();
}

std::string parameters_text(const wire::Headers& parameters, std::string_view name, std::string_view value) {
  std::string text;
  for (const auto& [key, kept] : parameters) {
    if (key == "cursor" || key == "offset") continue;
    text += wire::percent_encoded(key) + "=" + wire::percent_encoded(kept) + "&";
  }
  return text + std::string(name) + "=" + wire::percent_encoded(value);
}

}  // namespace

bool TargetQuery::matches(const TargetStatus& target) const {
  const bool state_fits = (states.empty() && !failing) || (failing && is_failing(target)) ||
                          (!states.empty() && one_of(states, target.state));
  if (!state_fits) return false;
  if (!causes.empty() && (!target.cause || !one_of(causes, *target.cause))) return false;
  if (!one_of(credentials, target.credential()) || !one_of(owners, target.owner)) return false;
  if (!hosts.empty() && !one_of(hosts, wire::lowered(target.url().authority()))) return false;
  for (const auto& label : labels) {
    if (!has_label(target, label)) return false;
  }
  return text.empty() || has_text(target, text);
}

std::optional<TargetQuery> read_target_query(const wire::Headers& parameters, std::string& error) {
  TargetQuery query;
  for (const auto& [name, value] : parameters) {
    const auto* const known = std::ranges::find(kParameters, name, &Parameter::name);
    if (known == std::end(kParameters)) {
      error = "unknown parameter";
      return std::nullopt;
    }
    if (known->read(query, value)) continue;
    error = std::string(known->name) + ": " + std::string(known->rule);
    return std::nullopt;
  }
  if (query.cursor.empty() || (query.sort == Sort::name && !query.descending && query.offset == 0)) return query;
  error = "cursor: only in the order of names and without offset";
  return std::nullopt;
}

Selection select(const TargetQuery& query, const std::vector<TargetStatus>& targets, const wire::Headers& parameters) {
  Selection selection;
  std::size_t skipped = query.offset;
  for (const TargetStatus& target : targets) {
    if (!query.matches(target)) continue;
    ++selection.total;
    if (query.cursor.empty() || target.name() > query.cursor) selection.targets.push_back(&target);
  }
  auto& page = selection.targets;
  if (query.sort != Sort::name) {
    std::ranges::stable_sort(page, [&](const TargetStatus* a, const TargetStatus* b) {
      return query.descending ? in_order(b, a, query.sort) : in_order(a, b, query.sort);
    });
  } else if (query.descending) {
    std::ranges::reverse(page);
  }
  skipped = std::min(skipped, page.size());
  page.erase(page.begin(), page.begin() + static_cast<std::ptrdiff_t>(skipped));
  if (!query.limit || page.size() <= *query.limit) return selection;
  page.resize(*query.limit);
  const bool by_name = query.sort == Sort::name && !query.descending && query.offset == 0;
  selection.next = by_name ? parameters_text(parameters, "cursor", page.back()->name())
                           : parameters_text(parameters, "offset", std::to_string(query.offset + *query.limit));
  return selection;
}

}  // namespace authprobe::web
