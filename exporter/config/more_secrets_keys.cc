// `credentials.NAME.secret_headers` and the like: secrets beside that of the kind.
#include <algorithm>

#include "exporter/config/kinds/kind.h"

namespace authprobe::config {
namespace {

constexpr std::string_view kHeaderRule = "must be the name of a header: letters, digits and '-'";
constexpr std::string_view kParameterRule = "must not be empty";

bool is_parameter(std::string_view name) {
  return !name.empty();
}

constexpr Key<MoreSecrets> kKeys[] = {
    {"secret_headers", named_secrets<&MoreSecrets::headers, is_token, kHeaderRule>,
     "more secrets, each in the header of its name: an application key, a subscription key"},
    {"secret_query", named_secrets<&MoreSecrets::query, is_parameter, kParameterRule>,
     "more secrets, each in the query parameter of its name"},
    {"secret_body", named_secrets<&MoreSecrets::body, is_name, kNameRule>,
     "more secrets, each in place of `${NAME}` in the targets' `body`, escaped as JSON or as a form requires"},
};

}  // namespace

Keys<MoreSecrets> more_secrets_keys() {
  return kKeys;
}

// A header or parameter that the kind itself sends has one value.
void check_more_secrets(const Field& field, const Credential& credential) {
  wire::Authorization sent;
  authorize(credential.kind, {[](const SecretSource&) { return std::string_view(); }, "", ""}, sent);
  if (sent.recipe != nullptr) {
    for (const auto& [name, value] : sent.recipe->headers) sent.headers.emplace_back(name, wire::Secret());
    for (const auto& [name, value] : sent.recipe->query) sent.query.emplace_back(name, wire::Secret());
  } else if (sent.scheme != wire::Scheme::none) {
    sent.headers.emplace_back("Authorization", wire::Secret());
  }
  for (const auto& [name, source] : credential.more.headers) {
    const auto is_it = [&taken = name](const auto& header) { return wire::equal_ignoring_case(header.first, taken); };
    if (std::ranges::any_of(sent.headers, is_it)) {
      field.child("secret_headers")
          ->child(name)
          ->error("is sent already: kind \"" + std::string(to_string(credential.kind)) + "\" has this header");
    }
  }
  for (const auto& [name, source] : credential.more.query) {
    const auto is_it = [&taken = name](const auto& parameter) { return parameter.first == taken; };
    if (std::ranges::any_of(sent.query, is_it)) {
      field.child("secret_query")
          ->child(name)
          ->error("is sent already: kind \"" + std::string(to_string(credential.kind)) + "\" has this parameter");
    }
  }
}

}  // namespace authprobe::config
