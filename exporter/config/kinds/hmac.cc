// A key that signs each request with an HMAC, as templates say.
#include <algorithm>
#include <functional>
#include <memory>
#include <optional>

#include "exporter/config/kinds/kind.h"
#include "exporter/wire/encoding.h"

namespace authprobe::config {
namespace {

using wire::RequestPart;

std::string known_parts() {
  std::string names;
  for (const wire::PartName& part : wire::kRequestParts) {
    names.append(names.empty() ? "the parts are " : ", ").append(part.name);
  }
  return names;
}

// True if each name in braces is a part's.
bool check_parts(const Field& field, std::string_view text) {
  bool has_any = false;
  while (!text.empty()) {
    const wire::TemplatePiece piece = wire::take_piece(text);
    has_any = has_any || piece.part;
    if (!piece.is_unknown) continue;
    const bool is_open = piece.text.starts_with('{');
    field.error(is_open ? "has a { without its }; a brace itself is written {{"
                        : "has a {name} that is not a part of the request",
                known_parts());
    return false;
  }
  if (!has_any) field.error("has no part of the request, such as {timestamp} or {signature}");
  return has_any;
}

void read_signed(const Field& field, Hmac& into) {
  const auto text = field.text();
  if (!text || !check_parts(field, *text)) return;
  if (wire::has_part(*text, wire::has_signature)) field.error("must not contain the signature itself");
  into.signed_text = *text;
}

void read_templates(const Field& field, wire::SignatureRecipe::Fields& into, bool is_header) {
  const Table* entries = field.table();
  if (entries == nullptr) return;
  into.clear();
  for (const Entry& entry : *entries) {
    const Field child = field.child(entry);
    if (is_header && !is_token(entry.key)) child.error("must be the name of a header", "letters, digits and '-'");
    if (entry.key.empty()) child.error("must have a name");
    auto text = child.line();
    if (text && check_parts(child, *text)) into.emplace_back(entry.key, std::move(*text));
  }
}

template <auto member, bool is_header>
constexpr Form<Hmac> templates = {
    [](const Field& field, Hmac& into) { read_templates(field, into.*member, is_header); },
    [](const Hmac& kind, const TomlWriter& out) {
      for (const auto& [name, text] : kind.*member) out.at(name).text(text);
    }};

constexpr Key<Hmac> kKeys[] = {
    {"key_id", identifier<&Hmac::key_id>, "the identifier of the key, `{key_id}` in templates"},
    {"secret", secret<&Hmac::secret>, "the key of the HMAC"},
    {"secret_encoding", word<&Hmac::secret_encoding, kSecretEncodings>, "how the key's bytes stand in `secret`"},
    {"algorithm", word<&Hmac::algorithm, kDigestAlgorithms>, "the HMAC's digest"},
    {"signed",
     {read_signed, text<&Hmac::signed_text>.show},
     "the text that is signed, a [template](#signatures-by-a-template) with parts of the request: "
     "`\"{timestamp}{method}{path_and_query}{body}\"`"},
    {"encoding", word<&Hmac::encoding, kSignatureEncodings>, "how the signature is written"},
    {"headers", templates<&Hmac::headers, true>,
     "the headers that carry the key, the time and the signature: name to template, "
     "`{ Authorization = \"hmac {key_id}:{signature}\" }`"},
    {"query", templates<&Hmac::query, false>, "likewise the query parameters; those with the signature are sent last"},
};

bool is_sent(const Hmac& kind, const std::function<bool(RequestPart)>& is_it) {
  const auto has_it = [&](const auto& field) { return wire::has_part(field.second, is_it); };
  return std::ranges::any_of(kind.headers, has_it) || std::ranges::any_of(kind.query, has_it);
}

void check_key_id(const Field& field, const Hmac& kind) {
  const auto is_it = [](RequestPart part) { return part == RequestPart::key_id || part == RequestPart::basic; };
  const bool is_used = is_sent(kind, is_it) || wire::has_part(kind.signed_text, is_it);
  if (is_used && kind.key_id.kind == SecretSource::Kind::none) {
    field.error("must have key_id", "a template has {key_id} or {basic}");
  }
  if (!is_used) refuse_idle(field, "key_id", "no template has {key_id}");
}

void check(const Field& field, Hmac& kind) {
  require(field, {"secret", "signed"});
  check_key_id(field, kind);
  if (!is_sent(kind, wire::has_signature)) {
    field.error("must send the signature", "in headers or query: { X-Signature = \"{signature}\" }");
  }
  // The server cannot know them. A time in another form than the signed one will do.
  if (wire::has_part(kind.signed_text, wire::is_time) && !is_sent(kind, wire::is_time)) {
    field.child("signed")->error("signs a time that no header and no query parameter sends");
  }
  for (const RequestPart nonce : {RequestPart::nonce, RequestPart::nonce_uuid}) {
    const auto is_it = [nonce](RequestPart part) { return part == nonce; };
    if (wire::has_part(kind.signed_text, is_it) && !is_sent(kind, is_it)) {
      field.child("signed")->error("signs a nonce that no header and no query parameter sends");
    }
  }
}

// Nothing where the text is not so encoded.
std::optional<wire::Secret> key_of(const Hmac& kind, std::string_view text) {
  std::optional<std::string> bytes;
  switch (kind.secret_encoding) {
    case SecretEncoding::text: return wire::Secret::join({text});
    case SecretEncoding::base64: bytes = wire::base64_decoded(text); break;
    case SecretEncoding::hex: bytes = wire::hex_decoded(text); break;
  }
  if (!bytes) return std::nullopt;
  return wire::Secret(std::move(*bytes));
}

std::string_view problem(const Hmac& kind, const SecretsInUse& secrets) {
  if (key_of(kind, secrets.value_of(kind.secret))) return "";
  return kind.secret_encoding == SecretEncoding::hex ? "the secret is not hexadecimal, as secret_encoding says"
                                                     : "the secret is not base64, as secret_encoding says";
}

void authorize(const Hmac& kind, const SecretsInUse& secrets, wire::Authorization& to) {
  to.scheme = wire::Scheme::hmac;
  to.username = secrets.value_of(kind.key_id);
  to.password = key_of(kind, secrets.value_of(kind.secret)).value_or(wire::Secret());
  to.recipe = std::make_shared<const wire::SignatureRecipe>(
      wire::SignatureRecipe{kind.algorithm, kind.encoding, kind.signed_text, kind.headers, kind.query});
}

// A server can find the clock wrong only where the time is signed.
wire::SentCredential sent_as(const Hmac& kind) {
  return wire::has_part(kind.signed_text, wire::is_time) ? wire::SentCredential::hmac : wire::SentCredential::api_key;
}

constexpr KindRow<Hmac> kRow = {
    .traits = {.word = "hmac"},
    .keys = kKeys,
    .check = check,
    .secret = &Hmac::secret,
    .username = &Hmac::key_id,
    .token_url = nullptr,
    .sent_as = sent_as,
    .authorize = authorize,
    .problem = problem,
};

}  // namespace

const KindRow<Hmac>& Hmac::row() {
  return kRow;
}

}  // namespace authprobe::config
