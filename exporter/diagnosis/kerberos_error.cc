#include "exporter/diagnosis/kerberos_error.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "exporter/wire/encoding.h"

namespace authprobe::diagnosis {
namespace {

using namespace std::string_view_literals;

// In front of a KRB-ERROR: Kerberos's object identifier, and the kind of the token (RFC 4121, section 4.1).
constexpr std::string_view kErrorHead = "\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x03\x00"sv;
constexpr char kKrbError = '\x7e';
constexpr char kSequence = '\x30';
constexpr char kErrorCode = '\xa6';
constexpr char kInteger = '\x02';

struct Element {
  char tag;
  std::string_view value;
};

// Takes the first element of DER off `der`; nothing where that is no whole one.
std::optional<Element> take_element(std::string_view& der) {
  if (der.size() < 2) return std::nullopt;
  const char tag = der[0];
  std::size_t length = static_cast<unsigned char>(der[1]);
  der.remove_prefix(2);
  if (length >= 0x80) {
    const std::size_t bytes = length - 0x80;
    if (bytes == 0 || bytes > 3 || der.size() < bytes) return std::nullopt;
    length = 0;
    for (const char byte : der.substr(0, bytes)) length = (length << 8U) | static_cast<unsigned char>(byte);
    der.remove_prefix(bytes);
  }
  if (der.size() < length) return std::nullopt;
  const Element element{tag, der.substr(0, length)};
  der.remove_prefix(length);
  return element;
}

std::optional<std::string_view> value_of(std::string_view der, char tag) {
  while (const auto element = take_element(der)) {
    if (element->tag == tag) return element->value;
  }
  return std::nullopt;
}

std::optional<int> error_code_in(std::string_view token) {
  const auto bytes = wire::base64_decoded(token);
  if (!bytes) return std::nullopt;
  const auto at = bytes->find(kErrorHead);
  if (at == std::string::npos) return std::nullopt;
  std::optional<std::string_view> inside = std::string_view(*bytes).substr(at + kErrorHead.size());
  for (const char tag : {kKrbError, kSequence, kErrorCode, kInteger}) {
    if (inside) inside = value_of(*inside, tag);
  }
  if (!inside || inside->empty() || inside->size() > 2) return std::nullopt;
  int code = 0;
  for (const char byte : *inside) code = code * 256 + static_cast<unsigned char>(byte);
  return code;
}

struct CodeMeaning {
  int code;  // RFC 4120, section 7.5.9
  Cause cause;
  std::string_view words;
};

constexpr std::array kCodeMeanings = {
    CodeMeaning{
        31, Cause::malformed_credentials,
        "KRB_AP_ERR_BAD_INTEGRITY: the server's key is not the one that the ticket is made with; its keytab may be "
        "out of date"},
    CodeMeaning{32, Cause::expired_token, "KRB_AP_ERR_TKT_EXPIRED: the ticket has expired"},
    CodeMeaning{33, Cause::clock_skew, "KRB_AP_ERR_TKT_NYV: by the server's clock the ticket is not valid yet"},
    CodeMeaning{34, Cause::malformed_credentials, "KRB_AP_ERR_REPEAT: the server has seen this proof before"},
    CodeMeaning{35, Cause::malformed_credentials,
                "KRB_AP_ERR_NOT_US: the server has no key for the name in the ticket, which is made of the URL's host"},
    CodeMeaning{37, Cause::clock_skew, "KRB_AP_ERR_SKEW: the server's clock differs too much from the KDC's"},
    CodeMeaning{
        41, Cause::malformed_credentials,
        "KRB_AP_ERR_MODIFIED: the server's key is not the one that the ticket is made with: another account has the "
        "name, or its keytab is out of date"},
    CodeMeaning{
        44, Cause::malformed_credentials,
        "KRB_AP_ERR_BADKEYVER: the server's keytab does not have the version of the key that the ticket is made "
        "with"},
    CodeMeaning{45, Cause::malformed_credentials,
                "KRB_AP_ERR_NOKEY: the server's keytab has no key for the name in the ticket"},
};

}  // namespace

void read_kerberos_error(const Challenge& challenge, Clues& clues) {
  if (challenge.scheme != "negotiate" || challenge.token68.empty()) return;
  const auto code = error_code_in(challenge.token68);
  if (!code) return;
  const auto* const meaning = std::ranges::find(kCodeMeanings, *code, &CodeMeaning::code);
  const bool is_known = meaning != kCodeMeanings.end();
  Clue clue;
  clue.cause = is_known ? meaning->cause : Cause::invalid_credentials;
  clue.strength = is_known ? Strength::names : Strength::suggests;
  clue.trust = Trust::protocol;
  clue.credential_seen = true;
  clue.evidence = "WWW-Authenticate: Negotiate with " +
                  (is_known ? std::string(meaning->words) : "error " + std::to_string(*code) + " of Kerberos");
  clues.push_back(std::move(clue));
}

}  // namespace authprobe::diagnosis
