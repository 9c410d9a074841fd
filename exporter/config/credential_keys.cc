// `credentials.NAME`.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "exporter/config/hosts.h"
#include "exporter/config/kinds/kind.h"

namespace authprobe::config {
namespace {

void read_expires_at(const Field& field, Credential& credential) {
  const auto* text = std::get_if<std::string>(&field.value().data);
  if (const auto* day = std::get_if<std::chrono::sys_days>(&field.value().data)) {
    credential.expires_at = *day;
  } else if (text != nullptr && *text == "never") {
    credential.never_expires = true;
  } else {
    field.error("must be a date or \"never\"", "such as 2027-01-31, without quotes and without a time");
  }
}

void show_expires_at(const Credential& credential, const TomlWriter& out) {
  if (credential.expires_at) out.raw(date_text(*credential.expires_at));
  if (credential.never_expires) out.text("never");
}

constexpr Key<Credential> kKindKey[] = {
    // Read before the other keys, which depend on it.
    {"kind",
     {[](const Field&, Credential&) {},
      [](const Credential& credential, const TomlWriter& out) { out.text(to_string(credential.kind)); }},
     "how the credential is sent"},
};

constexpr Key<CertificateSources> kCertificateKeys[] = {
    {"certificate", secret<&CertificateSources::certificate, SecretForm::whole>,
     "the client's certificate with its chain: PEM, or PKCS#12 that includes the key"},
    {"private_key", secret<&CertificateSources::private_key, SecretForm::whole>, "the certificate's private key, PEM"},
    {"certificate_password", secret<&CertificateSources::password>, "opens a PKCS#12 file or an encrypted key"},
};

void read_hosts(const Field& field, Credential& into) {
  read_host_patterns(field, into.hosts);
}

constexpr Bounds kRetire = between(std::chrono::minutes(1), std::chrono::hours(24 * 90));

void show_retire(const Credential& credential, const TomlWriter& out) {
  if (credential.retire) show_duration(credential.retire, out);
}

constexpr Key<ListedAs> kListedAsKeys[] = {
    {"inventory", text<&ListedAs::inventory, &Field::name>, "the inventory that lists this credential"},
    {"id", text<&ListedAs::id, &Field::line>, "the issuer's id of it"},
    {"name", text<&ListedAs::name, &Field::line>,
     "its name there, which a rotation keeps: of several, the newest that can be used"},
};

void check_listed_as(const Field& field, const ListedAs& listed) {
  const auto table = field.child("listed_as");
  if (!table) return;
  if (listed.inventory.empty()) table->error("must have inventory");
  if (listed.id.empty() == listed.name.empty()) table->error("must have either id or name");
}

constexpr Key<Credential> kCommonKeys[] = {
    {"provider",
     {[](const Field&, Credential&) {},  // read before the other keys, which it fills in
      [](const Credential& credential, const TomlWriter& out) {
        if (!credential.provider.name.empty()) out.text(credential.provider.name);
      }},
     "the service, which fills in the other keys and makes the target: [providers](providers.md)"},
    {"hosts",
     {read_hosts, texts<&Credential::hosts, &Field::line>.show},
     "where the credential may be sent, and nowhere else: `\"api.example.com\"`, `\"*.example.com\"`; "
     "[details](#hosts-of-a-credential)"},
    {"next", text<&Credential::next, &Field::name>,
     "the credential that will replace this one: [it is tried in advance](#the-next-credential)"},
    {"retire",
     {duration<&Credential::retire, kRetire>.read, show_retire},
     "how long after its replacement an old value may still work: it is [tried until it is "
     "refused](#the-retired-value)"},
    {"owner", text<&Credential::owner, &Field::line>, "who renews it: a label of `authprobe_credential_info`"},
    {"used_by", texts<&Credential::used_by, &Field::line>, "what stops working without it"},
    {"rotation", text<&Credential::rotation, &Field::link>, "the page that describes the renewal"},
    {"listed_as", table<&Credential::listed_as, kListedAsKeys>,
     "the entry of an [inventory](#inventories) that is this credential: its end is the credential's"},
    {"expires_at",
     {read_expires_at, show_expires_at},
     "the first day, in UTC, on which it no longer works: `2027-01-31`, without quotes"},
};

// True if its token is fetched, or its expiry is looked up: its `connection` is for these requests.
bool sends_requests(const Credential& credential) {
  return token_url(credential.kind) != nullptr || !credential.expiry.lookup.url.empty() ||
         !credential.expiry.introspection.url.empty() || !credential.issuer.url.empty() ||
         !credential.auth_health_url.empty();
}

// The keys of one kind: of the credential, or known only.
template <std::size_t index, typename K, typename Use>
void use_kind(K& kind, bool any, Use use) {
  std::variant_alternative_t<index, CredentialKind> other;
  const auto held = std::get_if<index>(&kind);
  const auto& row = other.row();
  if (held != nullptr) {
    use(row.keys, *held, true);
  } else {
    use(row.keys, other, any);
  }
}

template <typename K, typename Use, std::size_t... index>
void use_kinds(K& kind, bool any, Use use, std::index_sequence<index...>) {
  (use_kind<index>(kind, any, use), ...);
}

// Those of a token's life that the kind does not call by the same name.
bool has_own_max_age(const CredentialKind& kind) {
  return std::visit(
      [](const auto& held) {
        const auto& keys = held.row().keys;
        return std::any_of(keys.begin(), keys.end(), [](const auto& key) { return key.name == "max_age"; });
      },
      kind);
}

// `any`: the keys of all kinds apply, since it is not known which one it is.
template <typename C, typename N, typename Use>
void tables_of(C& credential, N& connection, bool any, bool with_connection, Use use) {
  const CredentialKind& kind = credential.kind;
  use(kKindKey, credential, true);
  use_kinds(credential.kind, any, use, std::make_index_sequence<std::variant_size_v<CredentialKind>>());
  use(kCertificateKeys, credential.certificate, true);
  use(more_secrets_keys(), credential.more, true);
  use(kCommonKeys, credential, true);
  use(expiry_keys(), credential.expiry, true);
  use(declared_age_keys(), credential.expiry, any || !has_own_max_age(kind));
  use(introspection_keys(), credential.expiry, any || traits_of(kind).is_token);
  use(scope_keys(), credential.scopes, true);
  use(issuer_keys(), credential, any || traits_of(kind).is_token);
  use(auth_health_keys(), credential, true);
  use(connection_keys(), connection, with_connection);
}

std::optional<CredentialKind> read_kind(const Field& field) {
  const auto given = field.child("kind");
  if (!given) {
    field.error("must have a kind", R"(such as "bearer", "api_key", "basic" or "oauth2")");
    return std::nullopt;
  }
  std::vector<EnumName<CredentialKind>> words;
  for (CredentialKind& kind : all_kinds()) words.emplace_back(to_string(kind), std::move(kind));
  return given->choice(words);
}

void check_kind(const Field& field, Credential& credential) {
  std::visit([&](auto& kind) { kind.row().check(field, kind); }, credential.kind);
  if (credential.retire && (token_url(credential.kind) != nullptr || main_secret(credential.kind) == nullptr)) {
    field.child("retire")->error("is for a secret that is sent to the targets itself");
  }
  check_more_secrets(field, credential);
  check_listed_as(field, credential.listed_as);
  for (const std::string_view key : {"private_key", "certificate_password"}) {
    if (const auto given = field.child(key); given && !field.child("certificate")) given->error("needs a certificate");
  }
}

// `connection` is for the requests about the credential; its default is the connection of the targets.
void settle_connection(const Field& field, Connection connection, Credential& credential) {
  if (!sends_requests(credential)) {
    for (const Key<Connection>& key : connection_keys()) {
      refuse_idle(field, key.name, "no request is made about this credential",
                  "only kinds oauth2, login and negotiate, an aws_sigv4's source, expiry_lookup, introspection, "
                  "token_issuer and auth_health_url make such requests");
    }
    connection = Connection{};
  } else {
    check_proxy_login(field, connection);
  }
  const auto tls = field.child("tls");
  const bool is_introspected_by_another = !credential.expiry.introspection.credential.empty();
  if (tls && field.child("certificate") && !is_introspected_by_another) {
    refuse_idle(*tls, "certificate_file", "the credential's own certificate is sent");
  }
  credential.connection = std::make_shared<const Connection>(std::move(connection));
}

// Missing facts that readers of alerts or of a rotation calendar need.
void lint(const Field& field, const Credential& credential) {
  const auto ask = [&](std::string_view item, std::string rule, std::string hint) {
    field.context().findings.question(item, field.position(), field.path(), std::move(rule), std::move(hint));
  };
  if (credential.owner.empty()) ask("owner", "has no owner", "name the team that renews it");
  const bool may_tell = traits_of(credential.kind).may_tell_expiry || token_url(credential.kind) != nullptr;
  if (!may_tell && !tells_expiry(credential)) {
    ask("expiry_reminder", "its expiry is not known", R"(declare expires_at = 2027-01-31 or expires_at = "never")");
  }
}

}  // namespace

void read_credential(const Field& field, Credential& into) {
  if (field.table() == nullptr) return;
  const std::optional<CredentialKind> kind = read_kind(field);
  if (kind) into.kind = *kind;
  Connection connection = *into.connection;
  read_tables(
      field, [&](auto use) { tables_of(into, connection, !kind, true, use); },
      [&](const Field& key) { key.error("is not a key of kind \"" + std::string(to_string(*kind)) + '"'); });
  if (!kind) return;
  check_kind(field, into);
  check_expiry(field, into);
  settle_connection(field, std::move(connection), into);
  lint(field, into);
}

void show_credential(const Credential& credential, const TomlWriter& out) {
  for (const auto& [name, value] : credential.provider.variables) {
    if (!is_credential_key(name)) out.at(name).text(value);
  }
  const auto tables = [&](auto use) {
    tables_of(credential, *credential.connection, false, sends_requests(credential), use);
  };
  show_tables(tables, out);
}

std::vector<NamedSource> secret_sources(const Credential& credential) {
  return sources_in([&](auto use) {
    use_kinds(credential.kind, false, use, std::make_index_sequence<std::variant_size_v<CredentialKind>>());
    use(kCertificateKeys, credential.certificate, true);
    use(more_secrets_keys(), credential.more, true);
  });
}

bool is_credential_key(std::string_view word) {
  const Credential credential;
  const Connection connection;
  const auto names = names_of([&](auto use) { tables_of(credential, connection, true, true, use); });
  return std::ranges::find(names, word) != names.end();
}

bool is_kind_key(std::string_view word) {
  const CredentialKind kind;
  const auto names = names_of(
      [&](auto use) { use_kinds(kind, true, use, std::make_index_sequence<std::variant_size_v<CredentialKind>>()); });
  return std::ranges::find(names, word) != names.end();
}

void list_credential(const std::string& path, std::vector<KnownKey>& keys) {
  const Credential credential;
  const Connection connection;
  list_tables([&](auto use) { tables_of(credential, connection, true, true, use); }, path, keys);
}

}  // namespace authprobe::config
