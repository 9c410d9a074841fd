#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>
#include <vector>

#include "exporter/commands/commands.h"
#include "exporter/config/load.h"
#include "exporter/config/toml_writer.h"

namespace authprobe::commands {
namespace {

using config::Provider;
using nlohmann::json;

json to_json(const config::Value& value);

// Of the kinds of values that keys have; dates are texts.
struct ToJson {
  json operator()(const std::string& text) const { return text; }
  json operator()(std::int64_t number) const { return number; }
  json operator()(double number) const { return number; }
  json operator()(bool value) const { return value; }
  json operator()(std::chrono::sys_days day) const { return config::date_text(day); }
  json operator()(const config::Array& array) const {
    json list = json::array();
    for (const config::Value& element : array) list.push_back(to_json(element));
    return list;
  }
  json operator()(const config::Table& table) const {
    json object = json::object();
    for (const config::Entry& entry : table) object[entry.key] = to_json(entry.value);
    return object;
  }
  template <typename Other>
  json operator()(const Other&) const {
    return nullptr;
  }
};

json to_json(const config::Value& value) {
  return std::visit(ToJson(), value.data);
}

std::string_view to_string(config::FactMark mark) {
  switch (mark) {
    case config::FactMark::believed: return "believed";
    case config::FactMark::sourced: return "sourced";
    case config::FactMark::verified: break;
  }
  return "verified";
}

json source_json(const config::ProviderFact& fact) {
  json source{{"mark", to_string(fact.mark)}, {"source", fact.source}};
  if (!fact.on.empty()) source["on"] = fact.on;
  return source;
}

json facts_of(const Provider& provider) {
  json facts = json::object();
  for (const config::ProviderFact& fact : provider.facts) {
    facts[fact.about] = source_json(fact);
  }
  return facts;
}

json forms_of(const Provider& provider) {
  json forms = json::array();
  for (const config::TokenForm& form : provider.forms) {
    json one{{"name", form.name}, {"prefix", form.prefix}, {"checksum", form.checksum != config::TokenChecksum::none}};
    if (form.shortest > 0) one["shortest"] = form.shortest;
    if (form.longest > 0) one["longest"] = form.longest;
    forms.push_back(std::move(one));
  }
  return forms;
}

json answers_of(const Provider& provider) {
  json answers = json::object();
  for (const config::ProviderAnswer& answer : provider.answers) {
    answers[answer.state] = {
        {"status", answer.status}, {"body", answer.body}, {"means", answer.means}, {"believed", answer.is_believed}};
  }
  return answers;
}

json variables_json(const std::vector<config::ProviderVariable>& variables) {
  json object = json::object();
  for (const config::ProviderVariable& variable : variables) {
    object[variable.name] = {{"about", variable.about}, {"required", !variable.usual.has_value()}};
    if (variable.usual) object[variable.name]["usual"] = *variable.usual;
  }
  return object;
}

json inventories_of(const Provider& provider) {
  json lists = json::array();
  for (const config::ProviderInventory& inventory : provider.inventories) {
    json requests = json::array();
    for (const config::ListStep& step : inventory.list.steps) requests.push_back(step.method + ' ' + step.url);
    lists.push_back({{"list", inventory.list.name},
                     {"about", inventory.list.about},
                     {"needs", inventory.list.needs},
                     {"tells_last_use", !inventory.list.last_used.empty()},
                     {"variables", variables_json(inventory.variables)},
                     {"requests", std::move(requests)},
                     {"fact", source_json(inventory.source)}});
  }
  return lists;
}

json to_json(const Provider& provider) {
  json whole{{"name", provider.name},
             {"title", provider.title},
             {"covers", provider.covers},
             {"needs", provider.needs},
             {"expires", provider.expires},
             {"status_page", provider.status_page},
             {"file", provider.file},
             {"secrets", provider.secrets},
             {"variables", variables_json(provider.variables)},
             {"rate_limit",
              {{"limit", provider.rate_limit.limit},
               {"remaining", provider.rate_limit.remaining},
               {"reset", provider.rate_limit.reset}}},
             {"forms", forms_of(provider)},
             {"answers", answers_of(provider)},
             {"inventories", inventories_of(provider)},
             {"facts", facts_of(provider)}};
  whole["credential"] = ToJson()(provider.credential);
  whole["target"] = ToJson()(provider.target);
  return whole;
}

// "name:", and what follows in a column.
std::string row(std::string_view name, const std::string& value) {
  constexpr std::size_t kColumn = 14;
  std::string text = "  " + std::string(name);
  text.resize(std::max(text.size() + 1, kColumn), ' ');
  return text + value + '\n';
}

std::string title(std::string_view text) {
  return '\n' + std::string(text) + '\n';
}

std::string keys_text(const config::Table& table) {
  std::string text;
  for (const config::Entry& entry : table) text += row(entry.key, to_json(entry.value).dump());
  return text;
}

// What to write into the configuration.
std::string block(const Provider& provider) {
  std::string text = "  [credentials." + provider.name + "]\n  provider = " + config::quoted(provider.name) + '\n';
  for (const std::string& secret : provider.secrets) {
    text += "  " + secret + " = { file = " + config::quoted(provider.name + '.' + secret) + " }\n";
  }
  for (const config::ProviderVariable& variable : provider.variables) {
    if (!variable.usual) text += "  " + variable.name + " = \"...\"   # " + variable.about + '\n';
  }
  return text;
}

std::string form_text(const config::TokenForm& form) {
  std::string text = form.prefix + "...";
  if (form.shortest > 0) {
    text += ", " + std::to_string(form.shortest);
    if (form.longest != form.shortest) text += " to " + std::to_string(form.longest);
    text += " characters";
  }
  if (form.checksum != config::TokenChecksum::none) text += ", with a checksum";
  return text + ": " + form.name;
}

std::string answer_text(const config::ProviderAnswer& answer) {
  std::string text = std::to_string(answer.status);
  for (const std::string& cause : answer.means) text += (cause == answer.means.front() ? " " : " or ") + cause;
  if (answer.is_believed) text += " (believed)";
  return text;
}

std::string fact_text(const config::ProviderFact& fact) {
  std::string text(to_string(fact.mark));
  if (!fact.on.empty()) text += ' ' + fact.on;
  if (!fact.source.empty()) text += "  " + fact.source;
  return text;
}

std::string list_text(const config::ProviderInventory& inventory) {
  std::string text = row(inventory.list.name, inventory.list.about);
  text += row("", "needs: " + inventory.list.needs);
  for (const config::ProviderVariable& variable : inventory.variables) {
    text += row("", variable.name + ": " + variable.about);
  }
  for (const config::ListStep& step : inventory.list.steps) text += row("", step.method + ' ' + step.url);
  return text + row("", fact_text(inventory.source));
}

std::string to_text(const Provider& provider) {
  std::string text = provider.title + ": " + provider.covers + '\n' + title("In the configuration") + block(provider);
  text += title("A token needs") + "  " + provider.needs + '\n';
  if (!provider.expires.empty()) text += title("It expires") + "  " + provider.expires + '\n';
  for (const config::ProviderVariable& variable : provider.variables) {
    if (&variable == &provider.variables.front()) text += title("Variables");
    text += row(variable.name,
                variable.about + (variable.usual ? " (usually " + config::quoted(*variable.usual) + ')' : ""));
  }
  text += title("Keys of the credential") + keys_text(provider.credential);
  text += title("Keys of the target") + keys_text(provider.target);
  for (const config::TokenForm& form : provider.forms) {
    if (&form == &provider.forms.front()) text += title("Forms");
    text += "  " + form_text(form) + '\n';
  }
  text += title("Answers");
  for (const config::ProviderAnswer& answer : provider.answers) text += row(answer.state, answer_text(answer));
  text += title(
      "Facts (verified: the vendor's document was read that day and says so; sourced: its address is known; believed: "
      "nobody has compared it with one)");
  for (const config::ProviderFact& fact : provider.facts) text += row(fact.about, fact_text(fact));
  for (const config::ProviderInventory& inventory : provider.inventories) {
    if (&inventory == &provider.inventories.front()) text += title("Lists of its secrets, for inventories");
    text += list_text(inventory);
  }
  if (!provider.status_page.empty()) text += title("Status page") + "  " + provider.status_page + '\n';
  return text;
}

std::string all_as_text(config::Providers& known) {
  std::size_t widest = 0;
  for (const std::string& name : known.names()) widest = std::max(widest, name.size());
  std::string text;
  for (const std::string& name : known.names()) {
    const Provider& provider = *known.find(name);
    text += name + std::string(widest + 2 - name.size(), ' ') + provider.title + ": " + provider.covers + '\n';
  }
  return text;
}

std::string all_as_json(config::Providers& known) {
  json list = json::array();
  for (const std::string& name : known.names()) list.push_back(to_json(*known.find(name)));
  return list.dump(2) + '\n';
}

}  // namespace

int providers(const ProvidersOptions& options, std::ostream& out, std::ostream& err) {
  config::Providers known;
  if (!options.config_file.empty()) {
    config::LoadResult result = config::load(options.config_file);
    for (const config::Finding& finding : result.findings) {
      if (finding.severity == config::Finding::Severity::error) err << to_string(finding) << '\n';
    }
    if (!result.ok()) return kExitCannot;
    known = std::move(result.providers);
  }
  if (options.name.empty()) {
    out << (options.json ? all_as_json(known) : all_as_text(known));
    return kExitOk;
  }
  const Provider* provider = known.find(options.name);
  if (provider == nullptr) {
    const std::vector<std::string> names = known.names();
    const std::string hint = config::did_you_mean(options.name, {names.begin(), names.end()});
    err << "no provider " << config::quoted(options.name) << (hint.empty() ? "" : ": " + hint) << '\n';
    return kExitCannot;
  }
  out << (options.json ? to_json(*provider).dump(2) + '\n' : to_text(*provider));
  return kExitOk;
}

}  // namespace authprobe::commands
