#include "exporter/config/provider.h"

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "exporter/config/forms.h"
#include "exporter/config/keys.h"
#include "exporter/providers/embedded.h"
#include "exporter/wire/file.h"

namespace authprobe::config {
namespace {

constexpr std::size_t kLargestProvider = 1u << 20;

constexpr std::array kAlphabets{
    EnumName<TokenAlphabet>{"base62", TokenAlphabet::base62},
    EnumName<TokenAlphabet>{"base64url", TokenAlphabet::base64url},
    EnumName<TokenAlphabet>{"hex", TokenAlphabet::hex},
    EnumName<TokenAlphabet>{"printable", TokenAlphabet::printable},
};
constexpr std::array kChecksums{EnumName<TokenChecksum>{"crc32_base62", TokenChecksum::crc32_base62}};

void read_length(const Field& field, TokenForm& into) {
  constexpr std::int64_t kLongest = 4096;
  const std::vector<Field> bounds = field.elements();
  if (bounds.empty() || bounds.size() > 2) return field.error("must be a number of characters, or [shortest, longest]");
  const auto shortest = bounds.front().integer(1, kLongest);
  const auto longest = bounds.back().integer(1, kLongest);
  if (!shortest || !longest) return;
  into.shortest = static_cast<std::size_t>(*shortest);
  into.longest = static_cast<std::size_t>(*longest);
  if (*shortest > *longest) field.error("the shortest must not be longer than the longest");
}

constexpr Key<TokenForm> kFormKeys[] = {
    {"name", text<&TokenForm::name, &Field::line>, "which of the service's tokens"},
    {"prefix", text<&TokenForm::prefix, &Field::line>, "what it begins with"},
    {"length", only_read<TokenForm>(read_length), "characters of the whole token, or [shortest, longest]"},
    {"alphabet", word<&TokenForm::alphabet, kAlphabets>, "the characters after the prefix"},
    {"checksum", word<&TokenForm::checksum, kChecksums>, "the last six characters check the others"},
};

// A short prefix without a length is also that of other words.
void check_form(const Field& field, const TokenForm& form) {
  constexpr std::size_t kShortestPrefix = 3;
  for (const std::string_view key : {"name", "prefix"}) {
    if (!field.child(key)) field.error("must have " + std::string(key));
  }
  if (form.prefix.size() < kShortestPrefix) field.error("must have a prefix of at least 3 characters");
  if (form.checksum != TokenChecksum::none && form.shortest != form.longest) {
    field.error("must have one length", "it has a checksum");
  }
}

void read_status(const Field& field, ProviderAnswer& into) {
  if (const auto status = field.integer(200, 599)) into.status = static_cast<int>(*status);
}

constexpr Key<ProviderAnswer> kAnswerKeys[] = {
    {"status", only_read<ProviderAnswer>(read_status), "its status code"},
    {"body", text<&ProviderAnswer::body>, "its body"},
    {"headers", only_read<ProviderAnswer>(read_headers<&ProviderAnswer::headers>),
     "its headers, as far as they tell something"},
    {"believed", boolean<&ProviderAnswer::is_believed>, "no document of the service's shows its body"},
    {"means", texts<&ProviderAnswer::means, &Field::name>, "the causes that it may stand for; the good answer: none"},
};

void read_answers(const Field& field, Provider& into) {
  const Table* entries = field.table();
  if (entries == nullptr) return;
  for (const Entry& entry : *entries) {
    const Field answer = field.child(entry);
    if (!is_one_of(entry.key, kProviderStates)) {
      field.unknown(entry, {kProviderStates.begin(), kProviderStates.end()});
      continue;
    }
    ProviderAnswer& value = into.answers.emplace_back();
    value.state = entry.key;
    read_table(answer, all(kAnswerKeys), value);
    if (!answer.child("status")) answer.error("must have status");
    if (entry.key != "good" && !answer.child("means"))
      answer.error("must have means", "the causes, as the documents have them");
  }
}

void read_facts(const Field& field, Provider& into) {
  const Table* entries = field.table();
  if (entries == nullptr) return;
  for (const Entry& entry : *entries) {
    const Field fact = field.child(entry);
    if (!is_one_of(entry.key, kProviderFacts)) {
      field.unknown(entry, {kProviderFacts.begin(), kProviderFacts.end()});
      continue;
    }
    const auto text = fact.line();
    if (!text) continue;
    std::optional<ProviderFact> read = read_fact(*text);
    if (!read) {
      fact.error(std::string(kFactRule));
      continue;
    }
    read->about = entry.key;
    into.facts.push_back(std::move(*read));
  }
}

template <auto member>
constexpr Form<Provider> table_of_keys = only_read<Provider>([](const Field& field, Provider& into) {
  if (const Table* entries = field.table()) into.*member = *entries;
});

constexpr Key<RateLimitHeaders> kRateLimitKeys[] = {
    {"limit", text<&RateLimitHeaders::limit, &Field::token>, "the header with the limit"},
    {"remaining", text<&RateLimitHeaders::remaining, &Field::token>, "the header with the requests that are left"},
    {"reset", text<&RateLimitHeaders::reset, &Field::token>, "the header with the time of the next period"},
};

constexpr Key<Provider> kProviderKeys[] = {
    {"title", text<&Provider::title, &Field::line>, "the service's name"},
    {"covers", text<&Provider::covers, &Field::line>, "which of its credentials"},
    {"needs", text<&Provider::needs, &Field::line>, "the least right that the probe needs"},
    {"expires", text<&Provider::expires, &Field::line>, "how long the credentials live, where no request tells"},
    {"status_page", text<&Provider::status_page, &Field::link>, "where the service reports its outages"},
    {"secrets", texts<&Provider::secrets, &Field::name>, "the keys of the credential that the user gives"},
    {"variables",
     only_read<Provider>([](const Field& field, Provider& into) { read_variables(field, into.variables); }),
     "what differs from user to user"},
    {"credential", table_of_keys<&Provider::credential>, "keys of `[credentials.NAME]`"},
    {"target", table_of_keys<&Provider::target>, "keys of `[targets.NAME]`"},
    {"rate_limit", table<&Provider::rate_limit, kRateLimitKeys>, "headers of answers"},
    {"forms", tables<&Provider::forms, kFormKeys, check_form>, "forms of tokens"},
    {"answers", only_read<Provider>(read_answers), "what the service answers"},
    {"signatures", only_read<Provider>([](const Field&, Provider&) {}),
     "how its refusals are known, as in [signatures of your own](causes.md#signatures-of-your-own)"},
    {"inventories", only_read<Provider>([](const Field& field, Provider& into) {
       read_provider_inventories(field, into.inventories);
     }),
     "its lists of secrets"},
    {"facts", only_read<Provider>(read_facts), "where it is written"},
};

// Every {name} of a text must be a variable; {key} is the place of a secret in a path.
void check_places(const Field& field, const Provider& provider) {
  if (std::holds_alternative<Table>(field.value().data)) {
    for (const Entry& entry : *field.table()) {
      if (entry.key != "body") check_places(field.child(entry), provider);  // which may have {words} of its own
    }
  } else if (std::holds_alternative<Array>(field.value().data)) {
    for (const Field& element : field.elements()) check_places(element, provider);
  } else if (const auto* text = std::get_if<std::string>(&field.value().data)) {
    for (auto at = text->find('{'); at != std::string::npos; at = text->find('{', at + 1)) {
      const auto end = text->find('}', at);
      if (end == std::string::npos || (at > 0 && (*text)[at - 1] == '$')) continue;
      const std::string name = text->substr(at + 1, end - at - 1);
      const auto is_it = [&](const ProviderVariable& variable) { return variable.name == name; };
      if (name == "key" || !is_name(name) || std::ranges::any_of(provider.variables, is_it)) continue;
      field.error("has {" + name + "}, which is not one of variables");
    }
  }
}

void check_provider(const Field& root, Provider& provider) {
  for (const std::string_view key :
       {"title", "covers", "needs", "secrets", "credential", "target", "answers", "facts"}) {
    if (!root.child(key)) root.error("must have " + std::string(key));
  }
  const auto credential = root.child("credential");
  if (credential && !credential->child("kind")) credential->error("must have kind");
  if (credential && !credential->child("hosts"))
    credential->error("must have hosts", "where the credential may be sent");
  if (credential) check_places(*credential, provider);
  for (const ProviderVariable& variable : provider.variables) {
    if (!is_credential_key(variable.name) || (credential && credential->child(variable.name))) continue;
    root.child("variables")->child(variable.name)->error("has the name of a key of credentials", "choose another name");
  }
  const auto target = root.child("target");
  if (target && !target->child("url")) target->error("must have url");
  if (target) check_places(*target, provider);
  if (const auto inventories = root.child("inventories"))
    check_provider_inventories(*inventories, provider.variables, provider.inventories);
  const auto facts = root.child("facts");
  for (const std::string_view key : {"auth", "probe", "refusals"}) {
    if (facts && !facts->child(key)) facts->error("must have " + std::string(key), "an address, or \"believed\"");
  }
  if (facts && root.child("forms") && !facts->child("forms")) facts->error("must have forms");
  if (facts && root.child("rate_limit") && !facts->child("rate_limit")) facts->error("must have rate_limit");
}

}  // namespace

Provider read_provider(std::string_view name, std::string_view text, const std::string& file, Findings& findings,
                       Patterns& patterns) {
  Provider provider;
  provider.name = name;
  provider.file = file;
  const std::optional<Value> document = parse_document(text, file, findings);
  if (!document) return provider;
  const ReadContext context{file, findings, patterns};
  const Field root(*document, context);
  read_table(root, all(kProviderKeys), provider);
  check_provider(root, provider);
  if (const auto credential = root.child("credential")) {
    if (const auto header = credential->child("expiry_header")) read_expiry_header(*header, provider.expiry_header);
  }
  for (TokenForm& form : provider.forms) {
    form.provider = provider.name;
    form.service = provider.title;
  }
  return provider;
}

void Providers::read_file(const std::string& file, Findings& findings, Patterns& patterns) {
  const wire::FileText read = wire::read_file(file, kLargestProvider);
  if (!read.problem.empty()) return findings.error({file, 1, 1}, "", read.problem);
  std::string name = std::filesystem::path(file).stem().string();
  if (!is_name(name)) findings.error({file, 1, 1}, "", "the file's name without .toml " + std::string(kNameRule));
  Provider provider = read_provider(name, read.text.reveal(), file, findings, patterns);
  known_.insert_or_assign(std::move(name), std::move(provider));
}

const Provider* Providers::find(std::string_view name) {
  if (const auto known = known_.find(name); known != known_.end()) return &known->second;
  for (const providers::File& file : providers::embedded()) {
    if (file.name != name) continue;
    Findings findings;  // none: a test holds it
    Patterns patterns;
    return &known_.emplace(name, read_provider(name, file.text, "", findings, patterns)).first->second;
  }
  return nullptr;
}

std::vector<std::string> Providers::names() const {
  std::vector<std::string> names;
  for (const auto& [name, provider] : known_) names.push_back(name);
  for (const providers::File& file : providers::embedded()) names.emplace_back(file.name);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

SharedValue<KnownServices> Providers::services() {
  // Those of the built-in files are parsed once: a configuration is loaded often, and needs a form seldom.
  static const auto kBuiltIn = Providers().read_services();
  const bool has_own = std::ranges::any_of(known_, [](const auto& entry) { return !entry.second.file.empty(); });
  return has_own ? read_services() : kBuiltIn;
}

std::shared_ptr<const KnownServices> Providers::read_services() {
  auto services = std::make_shared<KnownServices>();
  for (const std::string& name : names()) {
    const Provider& provider = *find(name);
    services->forms.insert(services->forms.end(), provider.forms.begin(), provider.forms.end());
    if (!provider.expiry_header.name.empty()) services->expiry_headers.push_back(provider.expiry_header);
  }
  return services;
}

}  // namespace authprobe::config
