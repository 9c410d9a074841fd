// A ticket of Kerberos in the header (RFC 4559), which the key of a keytab gets from a KDC.
#include <optional>
#include <utility>

#include "exporter/config/kinds/kind.h"

namespace authprobe::config {
namespace {

constexpr std::size_t kMostKdcs = 16;
constexpr std::uint16_t kUsualPort = 88;  // RFC 4120, section 7.2.1

// "kdc.example.org", "kdc.example.org:88" or "[2001:db8::1]:88": where a URL has its host and port.
std::optional<wire::Url> kdc_of(const std::string& text) {
  if (text.empty() || text.find_first_of("/?#@") != std::string::npos) return std::nullopt;
  const std::size_t bracket = text.rfind(']');
  const bool has_port = text.find(':', bracket == std::string::npos ? 0 : bracket) != std::string::npos;
  return wire::Url::parse("http://" + text + (has_port ? "" : ':' + std::to_string(kUsualPort)) + '/');
}

void read_kdcs(const Field& field, Negotiate& into) {
  into.kdcs.clear();
  for (const Field& element : field.elements()) {
    const auto text = element.line();
    if (!text) continue;
    if (auto kdc = kdc_of(*text)) {
      into.kdcs.push_back(std::move(*kdc));
    } else {
      element.error("must be a host or host:port", R"(such as "kdc.example.org" or "kdc.example.org:88")");
    }
  }
  if (into.kdcs.size() > kMostKdcs) field.error("must have at most 16 servers");
}

void show_kdcs(const Negotiate& kind, const TomlWriter& out) {
  std::vector<std::string> servers;
  for (const wire::Url& kdc : kind.kdcs) servers.push_back(kdc.host_and_port());
  out.texts(servers);
}

constexpr Key<Negotiate> kKeys[] = {
    {"keytab", secret<&Negotiate::keytab, SecretForm::whole>, "the file with the principal's key"},
    {"principal", identifier<&Negotiate::principal>, "who the exporter is, with the realm: `\"probe@EXAMPLE.ORG\"`"},
    {"service", text<&Negotiate::service, &Field::token>,
     "the first part of the name that tickets are for; the second one is the target's host"},
    {"kdc",
     {read_kdcs, show_kdcs},
     "the realm's key distribution centers, `\"host\"` or `\"host:port\"`; the next one is asked where one does not "
     "answer. They are asked over TCP; `krb5.conf` is not read"},
};

void check(const Field& field, Negotiate& into) {
  require(field, {"keytab", "principal", "kdc"});
  if (into.keytab.kind != SecretSource::Kind::none && into.keytab.kind != SecretSource::Kind::file) {
    field.child("keytab")->error("must be a file", "a keytab is binary");
  }
  const std::string& principal = into.principal.text;
  if (into.principal.kind == SecretSource::Kind::value && !principal.empty()) {
    const std::size_t at = principal.rfind('@');
    if (at == std::string::npos || at == 0 || at + 1 == principal.size()) {
      field.child("principal")->error("must have a name and a realm", "such as probe@EXAMPLE.ORG");
    }
  }
  if (const auto kdc = field.child("kdc"); kdc && into.kdcs.empty() && kdc->elements().empty()) {
    kdc->error("must have a server");
  }
  if (!into.kdcs.empty()) into.kdc = into.kdcs.front();
}

// The first two bytes are the version of the format.
std::string_view problem(const Negotiate& kind, const SecretsInUse& secrets) {
  const std::string_view keytab = secrets.value_of(kind.keytab);
  return keytab.starts_with("\x05\x01") || keytab.starts_with("\x05\x02") ? "" : "the file is not a keytab";
}

constexpr KindRow<Negotiate> kRow = {
    .traits = {.word = "negotiate"},
    .keys = kKeys,
    .check = check,
    .secret = &Negotiate::keytab,
    .username = &Negotiate::principal,
    .token_url = &Negotiate::kdc,
    .sent_as = [](const Negotiate&) { return wire::SentCredential::negotiate; },
    .authorize =
        [](const Negotiate&, const SecretsInUse& secrets, wire::Authorization& to) {
          to.scheme = wire::Scheme::negotiate;
          to.proof = secrets.proof;
        },
    .problem = problem,
};

}  // namespace

const KindRow<Negotiate>& Negotiate::row() {
  return kRow;
}

}  // namespace authprobe::config
