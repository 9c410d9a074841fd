#include "exporter/web/api.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <optional>
#include <string>

#include "exporter/web/api_json.h"
#include "exporter/web/target_query.h"
#include "exporter/wire/encoding.h"

namespace authprobe::web {
namespace {

constexpr std::size_t kChangesAtOnce = 100;
constexpr std::size_t kMostAtOnce = 10'000;

// One page of a list; `next`: the parameters of the next page, empty after the last.
Response list_answer(std::string body, std::size_t total, const std::string& next) {
  Response response = page(kJsonType, std::move(body));
  response.headers.emplace_back("X-Total-Count", std::to_string(total));
  if (!next.empty()) response.headers.emplace_back("Link", "<?" + next + ">; rel=\"next\"");
  return response;
}

// The parameters of lists without a query of their own: `limit`, and names that must be equal.
struct PlainQuery {
  std::optional<std::size_t> limit;
  wire::Headers equal;

  std::string_view value_of(std::string_view name) const {
    const auto found = std::ranges::find(equal, name, &wire::Header::first);
    return found == equal.end() ? std::string_view{} : std::string_view(found->second);
  }
};

std::optional<PlainQuery> read_plain(const wire::Headers& parameters, std::initializer_list<std::string_view> known) {
  PlainQuery query;
  for (const auto& [name, value] : parameters) {
    if (name == "limit") {
      std::size_t limit = 0;
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), limit);
      if (error != std::errc{} || *end != '\0' || limit < 1 || limit > kMostAtOnce) return std::nullopt;
      query.limit = limit;
    } else if (std::ranges::find(known, name) != known.end()) {
      query.equal.emplace_back(name, value);
    } else {
      return std::nullopt;
    }
  }
  return query;
}

template <typename Row, typename Name>
const Row* find_row(const std::vector<Row>& rows, std::string_view name, Name name_of) {
  const auto found = std::ranges::lower_bound(rows, name, {}, name_of);
  return found != rows.end() && std::invoke(name_of, *found) == name ? &*found : nullptr;
}

bool equal_or_any(std::string_view wanted, std::string_view value) {
  return wanted.empty() || wanted == value;
}

}  // namespace

Response json_error(int status, std::string_view message) {
  Response response = page(kJsonType, error_json(message));
  response.status = status;
  return response;
}

std::string_view name_in(const Request& request, std::string_view folder) {
  return std::string_view(request.path).substr(folder.size() + 1);
}

const TargetStatus* find_target(const Snapshot& snapshot, std::string_view name) {
  return find_row(snapshot.targets, name, &TargetStatus::name);
}

const CredentialRow* find_credential(const Snapshot& snapshot, std::string_view name) {
  return find_row(snapshot.credentials, name, &CredentialRow::name);
}

Response targets_answer(const Request& request, const Snapshot& snapshot) {
  std::string error;
  const auto query = read_target_query(request.query, error);
  if (!query) return json_error(400, error);
  const Selection selection = select(*query, snapshot.targets, request.query);
  return list_answer(targets_json(selection.targets), selection.total, selection.next);
}

Response target_answer(const Request& request, const Snapshot& snapshot) {
  const TargetStatus* target = find_target(snapshot, name_in(request, kTargetsPath));
  return target == nullptr ? json_error(404, "there is no target of this name") : page(kJsonType, target_json(*target));
}

Response credentials_answer(const Request& request, const Snapshot& snapshot) {
  const auto query = read_plain(request.query, {"owner", "kind", "cursor"});
  if (!query) return json_error(400, "known are owner, kind, cursor, and limit from 1 to 10000");
  std::vector<const CredentialRow*> rows;
  std::size_t total = 0;
  for (const CredentialRow& row : snapshot.credentials) {
    if (!equal_or_any(query->value_of("owner"), row.owner) || !equal_or_any(query->value_of("kind"), row.kind))
      continue;
    ++total;
    if (query->value_of("cursor") < row.name) rows.push_back(&row);
  }
  std::string next;
  if (query->limit && rows.size() > *query->limit) {
    rows.resize(*query->limit);
    for (const auto& [name, value] : request.query) {
      if (name != "cursor") next += name + "=" + wire::percent_encoded(value) + "&";
    }
    next += "cursor=" + wire::percent_encoded(rows.back()->name);
  }
  return list_answer(credentials_json(rows), total, next);
}

Response credential_answer(const Request& request, const Snapshot& snapshot) {
  const CredentialRow* row = find_credential(snapshot, name_in(request, kCredentialsPath));
  return row == nullptr ? json_error(404, "there is no credential of this name")
                        : page(kJsonType, credential_json(*row));
}

Response changes_answer(const Request& request, const Snapshot& snapshot) {
  const auto query = read_plain(request.query, {"target", "credential"});
  if (!query) return json_error(400, "known are target, credential, and limit from 1 to 10000");
  std::vector<const StateChange*> changes;
  std::size_t total = 0;
  for (const StateChange& change : snapshot.changes) {
    if (!equal_or_any(query->value_of("target"), change.target) ||
        !equal_or_any(query->value_of("credential"), change.credential)) {
      continue;
    }
    ++total;
    if (changes.size() < query->limit.value_or(kChangesAtOnce)) changes.push_back(&change);
  }
  return list_answer(changes_json(changes), total, "");
}

}  // namespace authprobe::web
