#include "exporter/config/kinds/kind.h"

#include <utility>

namespace authprobe::config {
namespace {

// Calls `use(kind, row)` with the struct that is held.
template <typename Use>
decltype(auto) with_row(const CredentialKind& kind, Use use) {
  return std::visit([&](const auto& held) -> decltype(auto) { return use(held, held.row()); }, kind);
}

}  // namespace

void require(const Field& field, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    if (!field.child(key)) field.error("must have " + std::string(key));
  }
}

const KindTraits& traits_of(const CredentialKind& kind) {
  return with_row(kind, [](const auto&, const auto& row) -> const KindTraits& { return row.traits; });
}

std::vector<CredentialKind> all_kinds() {
  return []<std::size_t... index>(std::index_sequence<index...>) {
    return std::vector<CredentialKind>{CredentialKind(std::in_place_index<index>)...};
  }
  (std::make_index_sequence<std::variant_size_v<CredentialKind>>());
}

const SecretSource* main_secret(const CredentialKind& kind) {
  return with_row(
      kind, [](const auto& held, const auto& row) { return row.secret == nullptr ? nullptr : &(held.*row.secret); });
}

SecretSource* main_secret(CredentialKind& kind) {
  return std::visit(
      [](auto& held) {
        const auto secret = held.row().secret;
        return secret == nullptr ? nullptr : &(held.*secret);
      },
      kind);
}

const SecretSource* username(const CredentialKind& kind) {
  return with_row(kind, [](const auto& held, const auto& row) {
    return row.username == nullptr ? nullptr : &(held.*row.username);
  });
}

const wire::Url* token_url(const CredentialKind& kind) {
  return with_row(kind, [](const auto& held, const auto& row) {
    const bool has_one = row.token_url != nullptr && (row.traits.is_token || !(held.*row.token_url).empty());
    return has_one ? &(held.*row.token_url) : nullptr;
  });
}

wire::SentCredential sent_as(const CredentialKind& kind) {
  return with_row(kind, [](const auto& held, const auto& row) { return row.sent_as(held); });
}

void authorize(const CredentialKind& kind, const SecretsInUse& secrets, wire::Authorization& to) {
  with_row(kind, [&](const auto& held, const auto& row) { row.authorize(held, secrets, to); });
}

std::string_view problem_of(const CredentialKind& kind, const SecretsInUse& secrets) {
  return with_row(kind, [&](const auto& held, const auto& row) {
    return row.problem == nullptr ? std::string_view() : row.problem(held, secrets);
  });
}

SecretHint hint_of(const CredentialKind& kind, const SecretsInUse& secrets) {
  return with_row(kind, [&](const auto& held, const auto& row) {
    return row.hint == nullptr ? SecretHint{} : row.hint(held, secrets);
  });
}

}  // namespace authprobe::config
