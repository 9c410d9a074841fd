// What a kind of credentials is, for the tables of keys and for the functions of credential_kinds.h. A kind whose row()
// is missing does not link, and one with a missing member does not compile.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string_view>

#include "exporter/config/credential_kinds.h"
#include "exporter/config/forms.h"

namespace authprobe::config {

template <typename Kind>
struct KindRow {
  KindTraits traits;
  Keys<Kind> keys;                           // beside those of all kinds
  void (*check)(const Field& field, Kind&);  // the rules between the keys
  SecretSource Kind::*secret;                // see main_secret(); null: none
  SecretSource Kind::*username;              // null: none
  wire::Url Kind::*token_url;                // null: no token is fetched; empty likewise, unless the kind is a token
  wire::SentCredential (*sent_as)(const Kind&);
  void (*authorize)(const Kind&, const SecretsInUse&, wire::Authorization& to);
  std::string_view (*problem)(const Kind&, const SecretsInUse&) = nullptr;  // see problem_of(); null: never any
  SecretHint (*hint)(const Kind&, const SecretsInUse&) = nullptr;           // see hint_of(); likewise
};

// Reports the keys that are missing.
void require(const Field& field, std::initializer_list<std::string_view> keys);

// What goes with some kinds of credentials, but is no secret, such as the name of a user.
template <auto member>
constexpr Form<Owner<member>> identifier = {
    [](const Field& field, Owner<member>& into) {
      read_plain_or_secret(field, into.*member);
      if (into.*member == SecretSource{SecretSource::Kind::value, ""}) field.error("must not be empty");
    },
    [](const Owner<member>& value, const TomlWriter& out) { show_plain_or_secret(value.*member, out); }, list_secret,
    add_source<member, SecretForm::line>};

// The word in front of a token.
template <auto member>
constexpr Form<Owner<member>> scheme_word = {read_member<member, &Field::token>, text<member>.show};
inline constexpr std::string_view kSchemeHelp =
    "the word in front of the token instead of `Bearer`, such as `\"Token\"`, `\"GenieKey\"` or `\"SSWS\"`";

// Of a JWT that is a part of something else: without the word in front of it.
Keys<SignedJwt> signed_jwt_keys();

// The user's name of RFC 7617. Beside an empty password it is the secret: some APIs take their key as the user name.
template <typename Kind>
constexpr Form<Kind> user_name = {
    [](const Field& field, Kind& into) {
      read_plain_or_secret(field, into.username);
      if (into.username.kind == SecretSource::Kind::value && into.username.text.find(':') != std::string::npos) {
        field.error("must not contain a colon", "RFC 7617: it would end the user name");
      }
    },
    [](const Kind& kind, const TomlWriter& out) {
      const bool is_secret = kind.password == SecretSource{SecretSource::Kind::value, ""};
      is_secret ? show_secret(kind.username, out) : show_plain_or_secret(kind.username, out);
    },
    list_secret, add_source<&Kind::username, SecretForm::line>};

// Without a charset in the challenge the encoding is anybody's guess (RFC 7617, section 2.1; RFC 7616, section 3.4).
template <typename Kind>
SecretHint encoding_hint(const Kind& kind, const SecretsInUse& secrets) {
  const auto is_ascii = [&](const SecretSource& source) {
    return std::ranges::none_of(secrets.value_of(source), [](unsigned char c) { return c >= 0x80; });
  };
  if (is_ascii(kind.username) && is_ascii(kind.password)) return {};
  return {
      "the user name or the password has characters beyond ASCII, which servers read as UTF-8 or as Latin-1 (RFC "
      "7617, charset)",
      "save its file in the other encoding, or set a password of ASCII characters alone"};
}

// Of kinds with a user and a password.
template <typename Kind>
constexpr Key<Kind> kPasswordKeys[] = {
    {"username", user_name<Kind>, "the user name, without a colon (RFC 7617)"},
    {"password", secret<&Kind::password, SecretForm::maybe_empty>,
     "sent as `Authorization: Basic ...`, or as the answer to a challenge (RFC 7616)"},
};

}  // namespace authprobe::config
