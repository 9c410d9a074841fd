#include "exporter/credential/service_ticket.h"

#include <array>

#include "exporter/wire/encoding.h"

namespace authprobe::credential {
namespace {

using namespace std::string_view_literals;

// Object identifiers, in DER.
constexpr std::string_view kKerberos = "\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"sv;  // RFC 4121, section 4
constexpr std::string_view kNegotiation = "\x06\x06\x2b\x06\x01\x05\x05\x02"sv;           // RFC 4178, section 4.1
constexpr std::string_view kIsRequest = "\x01\x00"sv;                                     // RFC 4121, section 4.1
constexpr char kMutual = 2;                                                               // RFC 4121, section 4.1.1.1
constexpr krb5_cksumtype kGssChecksum = 0x8003;                                           // section 4.1.1

// A value of DER with its tag and length.
wire::Secret tagged(char tag, std::initializer_list<std::string_view> parts) {
  const wire::Secret value = wire::Secret::join(parts);
  std::string length;
  for (std::size_t rest = value.size(); rest > 0; rest >>= 8U) length.insert(length.begin(), static_cast<char>(rest));
  if (value.size() >= 0x80) length.insert(length.begin(), static_cast<char>(0x80U | length.size()));
  return wire::Secret::join({{&tag, 1}, length, value.reveal()});
}

// The first message of a negotiation that offers Kerberos alone, with its own first message (RFC 4178, section 4.2.1).
wire::Secret negotiation(std::string_view request) {
  const wire::Secret offered = tagged('\xa0', {tagged('\x30', {kKerberos}).reveal()});
  const wire::Secret first = tagged('\x60', {kKerberos, kIsRequest, request});
  const wire::Secret token = tagged('\xa2', {tagged('\x04', {first.reveal()}).reveal()});
  const wire::Secret body = tagged('\xa0', {tagged('\x30', {offered.reveal(), token.reveal()}).reveal()});
  return tagged('\x60', {kNegotiation, body.reveal()});
}

}  // namespace

std::optional<wire::Secret> ServiceTicket::request() const {
  // Length and value of a channel binding, which is none, and the flag for mutual authentication: only then MIT
  // Kerberos says in its answer why it refuses.
  std::array<char, 24> checksum{16};
  checksum[20] = kMutual;
  krb5_data checked{};
  checked.length = checksum.size();
  checked.data = checksum.data();
  KerberosHandle<krb5_auth_context, krb5_auth_con_free> exchange(context_);
  KerberosData made(context_);
  if (krb5_auth_con_init(context_.get(), exchange.fill()) != 0) return std::nullopt;
  krb5_auth_context state = exchange.get();
  krb5_auth_con_setflags(context_.get(), state, KRB5_AUTH_CONTEXT_DO_TIME | KRB5_AUTH_CONTEXT_DO_SEQUENCE);
  krb5_auth_con_set_req_cksumtype(context_.get(), state, kGssChecksum);
  if (krb5_mk_req_extended(context_.get(), &state, AP_OPTS_USE_SUBKEY | AP_OPTS_MUTUAL_REQUIRED, &checked, &creds_,
                           made.fill()) != 0) {
    return std::nullopt;
  }
  return wire::Secret::join({made.bytes()});
}

wire::Secret ServiceTicket::proof() const {
  const auto made = request();
  if (!made) return {};
  const wire::Secret text(wire::base64(negotiation(made->reveal()).reveal()));
  return wire::Secret::join({"Negotiate ", text.reveal()});
}

std::string ServiceTicket::lasting_part() const {
  const auto made = request();
  if (!made) return {};
  const wire::Secret whole = negotiation(made->reveal());
  const std::string_view ticket(creds_.ticket.data, creds_.ticket.length);
  const std::size_t from = whole.reveal().find(ticket);
  if (from == std::string_view::npos) return {};
  const std::size_t begin = (from + 2) / 3;  // groups of three bytes, which base64 makes four characters of
  const std::size_t end = (from + ticket.size()) / 3;
  return wire::base64(whole.reveal().substr(begin * 3, (end - begin) * 3));
}

}  // namespace authprobe::credential
