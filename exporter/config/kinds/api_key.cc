// A key in a header or in the query.
#include "exporter/config/kinds/kind.h"

namespace authprobe::config {
namespace {

void show_header(const ApiKey& kind, const TomlWriter& out) {
  if (kind.query.empty()) out.text(kind.header);
}

void read_query(const Field& field, ApiKey& into) {
  const auto name = field.line();
  if (name && name->empty()) field.error("must not be empty");
  assign(name, into.query);
}

constexpr Key<ApiKey> kKeys[] = {
    {"key", secret<&ApiKey::key>, "the secret, sent in a header or in the query"},
    {"header", {text<&ApiKey::header, &Field::token>.read, show_header}, "the header that carries the key"},
    {"scheme", text<&ApiKey::scheme, &Field::line>,
     "what stands in front of the key in the header, such as `\"SSWS\"` or `\"Token token=\"`; a word is followed by a "
     "space"},
    {"query", {read_query, text<&ApiKey::query>.show}, "the query parameter that carries the key, instead of a header"},
};

void check(const Field& field, ApiKey&) {
  require(field, {"key"});
  if (field.child("header") && field.child("query")) field.error("must have only one of header and query");
  if (field.child("query")) refuse_idle(field, "scheme", "the key is sent in the query");
}

void authorize(const ApiKey& kind, const SecretsInUse& secrets, wire::Authorization& to) {
  const std::string_view between =
      kind.scheme.empty() || kind.scheme.ends_with('=') || kind.scheme.ends_with(':') ? "" : " ";
  wire::Secret key = wire::Secret::join({kind.scheme, between, secrets.value_of(kind.key)});
  if (kind.query.empty()) {
    to.headers.emplace_back(kind.header, std::move(key));
  } else {
    to.query.emplace_back(kind.query, std::move(key));
  }
}

constexpr KindRow<ApiKey> kRow = {
    .traits = {.word = "api_key", .is_one_word = true},
    .keys = kKeys,
    .check = check,
    .secret = &ApiKey::key,
    .username = nullptr,
    .token_url = nullptr,
    .sent_as = [](const ApiKey&) { return wire::SentCredential::api_key; },
    .authorize = authorize,
};

}  // namespace

const KindRow<ApiKey>& ApiKey::row() {
  return kRow;
}

}  // namespace authprobe::config
