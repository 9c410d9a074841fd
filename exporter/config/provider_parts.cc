#include "exporter/config/provider_parts.h"

#include <algorithm>
#include <cctype>

#include "exporter/config/forms.h"

namespace authprobe::config {
namespace {

constexpr Key<ProviderVariable> kVariableKeys[] = {
    {"about", text<&ProviderVariable::about, &Field::line>, "what to give, with an example"},
    {"usual", only_read<ProviderVariable>(read_member<&ProviderVariable::usual, &Field::line>),
     "what it is where the user gives none"},
};

// "2026-11-28".
bool is_day(std::string_view text) {
  constexpr std::string_view kForm = "0000-00-00";
  return text.size() == kForm.size() && std::ranges::equal(text, kForm, [](unsigned char c, char form) {
           return form == '0' ? std::isdigit(c) != 0 : c == static_cast<unsigned char>(form);
         });
}

}  // namespace

void read_variables(const Field& field, std::vector<ProviderVariable>& into) {
  const Table* entries = field.table();
  if (entries == nullptr) return;
  for (const Entry& entry : *entries) {
    const Field variable = field.child(entry);
    ProviderVariable& value = into.emplace_back();
    value.name = entry.key;
    if (!is_name(entry.key)) variable.error("the name " + std::string(kNameRule));
    read_table(variable, all(kVariableKeys), value);
    if (!variable.child("about")) variable.error("must have about", "errors show it to who leaves the variable out");
  }
}

std::optional<ProviderFact> read_fact(std::string_view text) {
  constexpr std::string_view kBelieved = "believed";
  constexpr std::string_view kVerified = "verified ";
  constexpr std::string_view kBetween = ": ";
  ProviderFact fact;
  if (text == kBelieved) return fact;
  if (text.starts_with(kVerified)) {
    const std::string_view day = text.substr(kVerified.size(), text.find(kBetween) - kVerified.size());
    if (!is_day(day)) return std::nullopt;
    fact.mark = FactMark::verified;
    fact.on = day;
    text.remove_prefix(kVerified.size() + day.size() + kBetween.size());
  } else if (text.starts_with(std::string(kBelieved) + std::string(kBetween))) {
    text.remove_prefix(kBelieved.size() + kBetween.size());
  } else {
    fact.mark = FactMark::sourced;
  }
  if (!text.starts_with("https://")) return std::nullopt;
  fact.source = text;
  return fact;
}

}  // namespace authprobe::config
