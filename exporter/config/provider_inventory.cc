#include "exporter/config/provider_inventory.h"

#include <algorithm>
#include <array>
#include <set>

#include "exporter/config/forms.h"

namespace authprobe::config {
namespace {

constexpr std::array kNextPages{
    EnumName<NextPage>{"link", NextPage::link},
    EnumName<NextPage>{"url", NextPage::url},
    EnumName<NextPage>{"cursor", NextPage::cursor},
    EnumName<NextPage>{"number", NextPage::number},
};

constexpr Key<Paging> kPagingKeys[] = {
    {"by", word<&Paging::by, kNextPages>, "how an answer tells of the next page"},
    {"at", text<&Paging::at, &Field::pointer>, "where the answer has the URL or the cursor"},
    {"parameter", text<&Paging::parameter, &Field::token>, "of the query, for the cursor or the number"},
};

// "/id": of the secret; "row/name", "row": of its row; "step/user": a name that an earlier step gives.
std::optional<ListPlace> read_place(const Field& field) {
  constexpr std::string_view kRow = "row";
  constexpr std::string_view kStep = "step/";
  const auto text = field.line();
  if (!text) return std::nullopt;
  const std::string_view place = *text;
  if (place.starts_with('/')) {
    const auto pointer = field.pointer();
    return pointer ? std::optional(ListPlace{ListPlace::From::secret, *pointer}) : std::nullopt;
  }
  if (place == kRow || place.starts_with("row/")) {
    return ListPlace{ListPlace::From::row, std::string(place.substr(kRow.size()))};
  }
  if (place.starts_with(kStep)) return ListPlace{ListPlace::From::step, std::string(place.substr(kStep.size()))};
  field.error("must be a place", R"("/id" in the secret, "row/name" in its row, or "step/user" of an earlier step)");
  return std::nullopt;
}

template <auto member>
void read_places(const Field& field, Owner<member>& into) {
  for (const Field& element : field.elements()) {
    if (auto place = read_place(element)) (into.*member).push_back(std::move(*place));
  }
}
template <auto member>
constexpr Form<Owner<member>> places = only_read<Owner<member>>(read_places<member>);

void read_gives(const Field& field, ListStep& into) {
  const Table* entries = field.table();
  if (entries == nullptr) return;
  for (const Entry& entry : *entries) {
    const Field given = field.child(entry);
    if (!is_name(entry.key)) given.error("the name " + std::string(kNameRule));
    if (auto place = read_place(given)) into.gives.emplace_back(entry.key, std::move(*place));
  }
}

constexpr Key<ListStep> kListStepKeys[] = {
    {"url", text<&ListStep::url, &Field::line>, "what is requested"},
    {"method", text<&ListStep::method, &Field::token>, "GET, or what only reads like it"},
    {"headers", only_read<ListStep>(read_headers<&ListStep::headers>), "of the request"},
    {"body", text<&ListStep::body>, "of the request, JSON"},
    {"rows", text<&ListStep::rows, &Field::pointer>, "where the answer has its rows"},
    {"rows_optional", boolean<&ListStep::rows_optional>, "whether an empty answer leaves them out"},
    {"empty_status", integer<&ListStep::empty_status, 100, 599>, "the status that means that there are none"},
    {"next", table<&ListStep::next, kPagingKeys>, "the next page"},
    {"gives", only_read<ListStep>(read_gives), "names for values of a row, for the steps behind this one"},
};

void read_values(const Field& field, DisabledRule& into) {
  for (const Field& element : field.elements()) {
    if (auto json = json_of(element)) into.is.push_back(std::move(*json));
  }
}

constexpr Key<DisabledRule> kDisabledKeys[] = {
    {"at", places<&DisabledRule::at>, "where the state is"},
    {"is", only_read<DisabledRule>(read_values), "its values that mean disabled"},
};

template <auto member>
constexpr Form<ProviderInventory> list_text = only_read<ProviderInventory>([](const Field& field,
                                                                              ProviderInventory& into) {
  read_member<member, &Field::line>(field, into.list);
});

template <auto member>
constexpr Form<ProviderInventory> list_places = only_read<ProviderInventory>([](const Field& field,
                                                                                ProviderInventory& into) {
  read_places<member>(field, into.list);
});

void check_step(const Field& field, const ListStep& step) {
  if (step.url.empty()) field.error("must have url");
  const bool needs_place = step.next.by == NextPage::url || step.next.by == NextPage::cursor;
  const bool needs_parameter = step.next.by == NextPage::cursor || step.next.by == NextPage::number;
  if (const auto next = field.child("next")) {
    if (!next->child("by")) next->error("must have by");
    if (needs_place && step.next.at.empty()) next->error("must have at");
    if (needs_parameter && step.next.parameter.empty()) next->error("must have parameter");
  }
}

void check_disabled(const Field& field, const DisabledRule& rule) {
  if (rule.at.empty() || rule.is.empty()) field.error("must have at and is");
}

void read_steps(const Field& field, ProviderInventory& into) {
  tables<&SecretList::steps, kListStepKeys, check_step>.read(field, into.list);
}

void read_disabled(const Field& field, ProviderInventory& into) {
  tables<&SecretList::disabled, kDisabledKeys, check_disabled>.read(field, into.list);
}

void read_source(const Field& field, ProviderInventory& into) {
  const auto text = field.line();
  if (!text) return;
  if (auto fact = read_fact(*text)) {
    into.source = std::move(*fact);
  } else {
    field.error(std::string(kFactRule));
  }
}

constexpr Key<ProviderInventory> kProviderListKeys[] = {
    {"list", list_text<&SecretList::name>, "its name"},
    {"about", list_text<&SecretList::about>, "which secrets it has"},
    {"needs", list_text<&SecretList::needs>, "the least right that the requests need"},
    {"source", only_read<ProviderInventory>(read_source), "where it is written"},
    {"examples", texts<&ProviderInventory::examples, &Field::text>, "an answer to each step"},
    {"variables", only_read<ProviderInventory>([](const Field& field, ProviderInventory& into) {
       read_variables(field, into.variables);
     }),
     "what differs from user to user, beside the provider's"},
    {"steps", only_read<ProviderInventory>(read_steps), "the requests"},
    {"secrets", only_read<ProviderInventory>([](const Field& field, ProviderInventory& into) {
       texts<&SecretList::secrets, &Field::pointer>.read(field, into.list);
     }),
     "arrays of secrets in a row"},
    {"id", list_places<&SecretList::id>, "of a secret"},
    {"name", list_places<&SecretList::title>, "what people call it"},
    {"owner", list_places<&SecretList::owner>, "whose it is"},
    {"created", list_places<&SecretList::created>, "when it was made"},
    {"ends", list_places<&SecretList::ends>, "its expiry; absent: never"},
    {"last_used", list_places<&SecretList::last_used>, "when it was used last"},
    {"client", list_places<&SecretList::client>, "the client that the secret is of"},
    {"hint", list_places<&SecretList::hint>, "the first characters of the secret"},
    {"disabled", only_read<ProviderInventory>(read_disabled), "what says that it cannot be used"},
};

// The names in braces in `text`.
std::vector<std::string> names_in(std::string_view text) {
  std::vector<std::string> names;
  for (auto at = text.find('{'); at != std::string_view::npos; at = text.find('{', at + 1)) {
    const auto end = text.find('}', at);
    if (end == std::string_view::npos) break;
    const std::string_view name = text.substr(at + 1, end - at - 1);
    if (is_name(name)) names.emplace_back(name);
  }
  return names;
}

void check_list(const Field& field, const ProviderInventory& inventory, std::span<const ProviderVariable> provider) {
  for (const std::string_view key : {"list", "about", "needs", "source", "steps", "id"}) {
    if (!field.child(key)) field.error("must have " + std::string(key));
  }
  if (!inventory.list.name.empty() && !is_name(inventory.list.name)) {
    field.child("list")->error(std::string(kNameRule));
  }
  if (!inventory.examples.empty() && inventory.examples.size() != inventory.list.steps.size()) {
    field.child("examples")->error("must have an answer to each of the steps");
  }
  std::set<std::string, std::less<>> variables;
  for (const auto& variable : provider) variables.insert(variable.name);
  for (const auto& variable : inventory.variables) {
    variables.insert(variable.name);
    if (is_inventory_key(variable.name)) field.error("has a variable with the name of a key of inventories");
  }
  std::set<std::string, std::less<>> given;
  const auto check_text = [&](const std::string& text, const char* key) {
    for (const std::string& name : names_in(text)) {
      if (!variables.contains(name) && !given.contains(name)) {
        field.error(std::string(key) + " has {" + name + "}, which neither variables nor an earlier step give");
      }
    }
  };
  for (const ListStep& step : inventory.list.steps) {
    check_text(step.url, "url");
    check_text(step.body, "body");
    const auto path = step.url.find('/', std::string_view("https://").size());
    for (const std::string& name : names_in(std::string_view(step.url).substr(0, path))) {
      if (given.contains(name)) field.error("url has {" + name + "}, which an answer gives, in the place of the host");
    }
    for (const auto& [name, place] : step.gives) given.insert(name);
  }
}

}  // namespace

void read_provider_inventories(const Field& field, std::vector<ProviderInventory>& into) {
  for (const Field& element : field.elements()) read_table(element, all(kProviderListKeys), into.emplace_back());
}

void check_provider_inventories(const Field& field, std::span<const ProviderVariable> variables,
                                std::span<const ProviderInventory> inventories) {
  const std::vector<Field> elements = field.elements();
  for (std::size_t i = 0; i < std::min(elements.size(), inventories.size()); ++i) {
    check_list(elements[i], inventories[i], variables);
  }
}

}  // namespace authprobe::config
