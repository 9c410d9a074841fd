#include "exporter/inventory/list_page.h"

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>

#include "exporter/inventory/answer_document.h"
#include "exporter/wire/invisible.h"
#include "exporter/wire/json.h"
#include "exporter/wire/text.h"

namespace authprobe::inventory {
namespace {

using config::ListPlace;
using Json = nlohmann::json;

constexpr std::size_t kLongestText = 200;    // of an id, a name or an owner
constexpr std::size_t kLongestHint = 8;      // more would be too much of a secret
constexpr std::size_t kLongestName = 512;    // of a value that goes into the URL of another request
constexpr std::size_t kLongestNext = 8'192;  // of a URL or a cursor

// Where a place is looked for.
struct Scope {
  const Json& secret;
  const Json& row;
  const Json& names;  // an object
};

const Json* value_at(const ListPlace& place, const Scope& scope) {
  if (place.from == ListPlace::From::step) {
    const auto named = scope.names.find(place.pointer);
    return named == scope.names.end() ? nullptr : &*named;
  }
  const Json* value = wire::find_at(place.from == ListPlace::From::row ? scope.row : scope.secret, place.pointer);
  return value == nullptr || value->is_null() ? nullptr : value;
}

Json object_of(const Names& names) {
  Json object = Json::object();
  for (const auto& [name, value] : names) object.emplace(name, value);
  return object;
}

std::string text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.is_number() || value.is_boolean() ? value.dump() : std::string();
}

std::string text_at(const config::ListPlaces& places, const Scope& scope) {
  for (const ListPlace& place : places) {
    const Json* value = value_at(place, scope);
    if (value == nullptr) continue;
    if (std::string text = text_of(*value); !text.empty()) return text;
  }
  return {};
}

// A time that no place has is none; one that cannot be read makes the whole unreadable.
std::optional<WallTime> time_at(const config::ListPlaces& places, const Scope& scope, WallTime now, bool& readable) {
  for (const ListPlace& place : places) {
    const Json* value = value_at(place, scope);
    if (value == nullptr) continue;
    if (value->is_string() && value->get_ref<const std::string&>().empty()) continue;
    const auto moment = value->is_string()   ? wire::read_timestamp(value->get_ref<const std::string&>(), now)
                        : value->is_number() ? wire::read_timestamp(value->get<double>(), now)
                                             : std::nullopt;
    if (!moment) {
      readable = false;
      return std::nullopt;
    }
    return moment->never ? std::nullopt : std::optional(moment->at);
  }
  return std::nullopt;
}

bool is_disabled(const std::vector<config::DisabledRule>& rules, const Scope& scope) {
  return std::ranges::any_of(rules, [&](const config::DisabledRule& rule) {
    return std::ranges::any_of(rule.at, [&](const ListPlace& place) {
      const Json* value = value_at(place, scope);
      return value != nullptr && std::ranges::find(rule.is, value->dump()) != rule.is.end();
    });
  });
}

// Reads the rows of one answer.
class Reader {
 public:
  Reader(const config::SecretList& list, std::size_t step, const Names& names, WallTime now)
      : list_(list),
        step_(list.steps[step]),
        is_last_(step + 1 == list.steps.size()),
        names_(names),
        named_(object_of(names)),
        now_(now) {}

  void read_row(const Json& row, ListPage& page) const {
    if (!is_last_) {
      page.rows.push_back(names_of(row, page));
    } else if (list_.secrets.empty()) {
      page.entries.push_back(entry_of({row, row, named_}, page));
    } else {
      for (const std::string& pointer : list_.secrets) read_secrets(row, pointer, page);
    }
  }

 private:
  void read_secrets(const Json& row, const std::string& pointer, ListPage& page) const {
    const Json* secrets = wire::find_at(row, pointer);
    if (secrets == nullptr || !secrets->is_array()) return;
    for (const Json& secret : *secrets) page.entries.push_back(entry_of({secret, row, named_}, page));
  }

  Names names_of(const Json& row, ListPage& page) const {
    Names names = names_;
    for (const auto& [name, place] : step_.gives) {
      std::string value = text_at({place}, {row, row, named_});
      if (value.size() > kLongestName) page.problem = "a value that the next request needs is too long";
      names.emplace_back(name, std::move(value));
    }
    return names;
  }

  Entry entry_of(const Scope& scope, ListPage& page) const {
    Entry entry;
    entry.id = shown_text(text_at(list_.id, scope));
    if (entry.id.empty()) page.problem = "a row has no id";
    entry.name = shown_text(text_at(list_.title, scope));
    entry.owner = shown_text(text_at(list_.owner, scope));
    entry.client = shown_text(text_at(list_.client, scope));
    entry.hint = text_at(list_.hint, scope).substr(0, kLongestHint);
    bool readable = true;
    entry.ends = time_at(list_.ends, scope, now_, readable);
    if (!readable) page.problem = "a row has an expiry that is no time";
    bool ignored = true;  // an expiry is known without them
    entry.created = time_at(list_.created, scope, now_, ignored);
    entry.last_used = time_at(list_.last_used, scope, now_, ignored);
    entry.is_disabled = is_disabled(list_.disabled, scope);
    return entry;
  }

  const config::SecretList& list_;
  const config::ListStep& step_;
  const bool is_last_;
  const Names& names_;
  const Json named_;  // the same as an object
  const WallTime now_;
};

std::string next_of(const config::Paging& paging, const Json& document, std::span<const wire::Header> headers) {
  if (paging.by == config::NextPage::link) return link_with_relation(headers, "next");
  if (paging.by != config::NextPage::url && paging.by != config::NextPage::cursor) return {};
  const Json* next = wire::find_at(document, paging.at);
  return next == nullptr ? std::string() : text_of(*next);
}

// The rows are left out where there are none, but what they would be in is there: it is the answer that was asked for.
bool may_be_absent(const config::ListStep& step, const Json& document) {
  return step.rows_optional && wire::find_at(document, step.rows.substr(0, step.rows.rfind('/'))) != nullptr;
}

// One link of the header, "<URL>; rel=next; ...": taken off the front of `rest`.
std::string_view take_link(std::string_view& rest) {
  bool in_quotes = false;
  bool in_url = false;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    const char c = rest[i];
    if (!in_url && c == '"') in_quotes = !in_quotes;
    if (!in_quotes && c == '<') in_url = true;
    if (in_url && c == '>') in_url = false;
    if (c == ',' && !in_quotes && !in_url) {
      const std::string_view link = rest.substr(0, i);
      rest.remove_prefix(i + 1);
      return link;
    }
  }
  return std::exchange(rest, {});
}

bool has_relation(std::string_view parameters, std::string_view relation) {
  while (!parameters.empty()) {
    std::string_view value = wire::take_part(parameters, ';');
    if (!wire::equal_ignoring_case(wire::take_part(value, '='), "rel")) continue;
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    while (!value.empty()) {
      if (wire::equal_ignoring_case(wire::take_part(value, ' '), relation)) return true;
    }
  }
  return false;
}

}  // namespace

std::string shown_text(std::string_view text) {
  std::string clean = wire::without_invisible(text.substr(0, 4 * kLongestText));
  for (char& c : clean) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  if (clean.size() > kLongestText) {
    std::size_t end = kLongestText;
    while (end > 0 && (static_cast<unsigned char>(clean[end]) & 0xc0) == 0x80) --end;  // never inside a character
    clean.resize(end);
    clean += "...";
  }
  return std::string(wire::trimmed(clean));
}

std::string link_with_relation(std::span<const wire::Header> headers, std::string_view relation) {
  for (const auto& [name, value] : headers) {
    if (!wire::equal_ignoring_case(name, "Link")) continue;
    for (std::string_view rest = value; !rest.empty();) {
      const std::string_view link = wire::trimmed(take_link(rest));
      const auto end = link.find('>');
      if (!link.starts_with('<') || end == std::string_view::npos) continue;
      if (has_relation(link.substr(end + 1), relation)) return std::string(link.substr(1, end - 1));
    }
  }
  return {};
}

ListPage read_list_page(const config::SecretList& list, std::size_t step, const Names& names,
                        std::span<const wire::Header> headers, std::string_view body, WallTime now) {
  ListPage page;
  const Json document = read_document(body);
  if (document.is_discarded()) {
    page.problem = "the answer is no JSON and no XML";
    return page;
  }
  const config::ListStep& asked = list.steps[step];
  const Json* rows = wire::find_at(document, asked.rows);
  if (rows == nullptr && !may_be_absent(asked, document)) {
    page.problem = "the answer has nothing at " + asked.rows;
    return page;
  }
  const Reader reader(list, step, names, now);
  if (rows == nullptr || rows->is_null()) {
    page.is_empty = true;
  } else if (rows->is_array()) {
    for (const Json& row : *rows) reader.read_row(row, page);
    page.is_empty = rows->empty();
  } else if (rows->is_object()) {
    reader.read_row(*rows, page);
  } else {
    page.problem = "the answer has no list at " + (asked.rows.empty() ? "its top" : asked.rows);
  }
  page.next = next_of(asked.next, document, headers);
  if (page.next.size() > kLongestNext) page.problem = "the address of the next page is too long";
  return page;
}

}  // namespace authprobe::inventory
