// The input of a Transfer: header lines of the server or a proxy, and the body.
#include <sys/socket.h>

#include <algorithm>
#include <charconv>

#include "exporter/http/transfer.h"
#include "exporter/wire/text.h"

namespace authprobe::http {
namespace {

constexpr std::size_t kMostHeaderLines = 1000;
constexpr int kMostChallenges = 3;  // a nonce may be stale once; a server that says so for ever would hold us
constexpr std::size_t kUsualHeaderLines = 16;  // room made at once, since growing there costs more than parsing
constexpr std::size_t kMostHeaderBytes = std::size_t{256} * 1024;  // as browsers take

// The codings that this libcurl decodes (RFC 9110, section 8.4.1).
bool is_decoded(std::string_view coding) {
  static const int kFeatures = curl_version_info(CURLVERSION_NOW)->features;
  const auto is = [coding](std::string_view name) { return wire::equal_ignoring_case(coding, name); };
  if (is("identity") || is("none") || coding.empty()) return true;
  if (is("gzip") || is("x-gzip") || is("deflate")) return (kFeatures & CURL_VERSION_LIBZ) != 0;
  if (is("br")) return (kFeatures & CURL_VERSION_BROTLI) != 0;
  return is("zstd") && (kFeatures & CURL_VERSION_ZSTD) != 0;
}

// Servers repeat it as a list of the same (RFC 9110, section 8.6).
bool is_length(std::string_view text) {
  std::optional<std::uint64_t> length;
  while (true) {
    const std::string_view part = wire::trimmed(text.substr(0, text.find(',')));
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
    if (error != std::errc{} || end != part.data() + part.size() || (length && *length != value)) return false;
    length = value;
    if (text.find(',') == std::string_view::npos) return true;
    text.remove_prefix(text.find(',') + 1);
  }
}

}  // namespace

// False ends the transfer.
bool Transfer::on_turn() {
  flood_.look(*turn_socket_);
  return !flood_.passed();
}

// False where the line has no status code: three digits from 100 up (RFC 9110, section 15), which not every
// libcurl insists on.
bool Transfer::on_status_line(std::string_view line) {
  response_.headers.clear();
  response_.headers.reserve(kUsualHeaderLines);
  response_.status = 0;
  headers_ended_ = false;
  header_lines_ = 0;
  const auto space = std::min(line.find(' '), line.size());
  response_.http_version = line.substr(5, space - 5);
  const std::string_view rest = wire::trimmed(line.substr(space));
  const std::string_view code = rest.substr(0, rest.find(' '));
  const auto [end, error] = std::from_chars(code.data(), code.data() + code.size(), response_.status);
  const bool digits = error == std::errc{} && end == code.data() + code.size();
  if (digits && code.size() == 3 && response_.status >= 100) return true;
  response_.status = 0;
  refused_ = Failure{TransportError::protocol, "the status line has no status code"};
  return false;
}

std::size_t Transfer::on_header(std::string_view line) {
  header_bytes_ += line.size();
  if (++header_lines_ > kMostHeaderLines + 1 || header_bytes_ > kMostHeaderBytes) {  // + the blank line at the end
    refused_ = Failure{TransportError::protocol, "the answer has more than 1000 header lines or 256 KiB of headers"};
    return 0;
  }
  if (line.starts_with("HTTP/")) {
    if (!on_status_line(line)) return 0;
    if (response_.status != 401 || ++challenges_ <= kMostChallenges) return line.size();
    refused_ = Failure{TransportError::protocol, "the server asks for the password repeatedly"};
    return 0;
  }
  if (body_begun_) return line.size();  // a trailer
  if (wire::trimmed(line).empty()) {
    headers_ended_ = true;
    if (tunnel_ == Tunnel::asked_for) on_tunnel_answer();
    return line.size();
  }
  const auto colon = line.find(':');
  if ((line.starts_with(' ') || line.starts_with('\t')) && !response_.headers.empty()) {
    response_.headers.back().second.append(" ").append(wire::trimmed(line));
  } else if (colon != std::string_view::npos) {
    const auto& [name, value] =
        response_.headers.emplace_back(wire::trimmed(line.substr(0, colon)), wire::trimmed(line.substr(colon + 1)));
    if (wire::equal_ignoring_case(name, "Content-Encoding")) on_content_encoding(value);
    if (wire::equal_ignoring_case(name, "Content-Length") && !is_length(value)) {
      refused_ = Failure{TransportError::protocol, "the Content-Length is not a length"};
      return 0;
    }
  }
  return line.size();
}

// The header lines so far are a proxy's answer to CONNECT, unless the tunnel is a kept one. An answer that opens the
// tunnel is ignored; an answer that refuses it is the whole answer. libcurl 7.88 reads the lines byte by byte, and no
// body: a body that arrived with them is still in the socket.
void Transfer::on_tunnel_answer() {
  long answered = 0;
  curl_easy_getinfo(easy(), CURLINFO_HTTP_CONNECTCODE, &answered);
  if (answered != 0 && answered < 200) return;
  tunnel_ = answered >= 300 ? Tunnel::refused : Tunnel::none;
  if (answered == 0) return;
  if (!refused_by_proxy()) {
    response_.status = 0;
    response_.headers.clear();
    return;
  }
  response_.body.resize(kBodyKept);
  const ssize_t waiting = recv(proxy_socket_, response_.body.data(), kBodyKept, MSG_PEEK | MSG_DONTWAIT);
  response_.body.resize(waiting > 0 ? static_cast<std::size_t>(waiting) : 0);
  response_.body_bytes = response_.body.size();
}

// Some servers name codings that do not exist ("utf-8"). Browsers then use the body unchanged, and so do we: libcurl
// 7.88 would end the transfer, but reads the option again when the body arrives.
void Transfer::on_content_encoding(std::string_view codings) {
  while (!codings.empty() && !known_.undecoded) {
    const std::string_view coding = codings.substr(0, codings.find(','));
    codings.remove_prefix(std::min(coding.size() + 1, codings.size()));
    known_.undecoded = !is_decoded(wire::trimmed(coding));
  }
  if (known_.undecoded) curl_easy_setopt(easy(), CURLOPT_HTTP_CONTENT_DECODING, 0L);
}

std::size_t Transfer::on_body(std::string_view bytes) {
  body_begun_ = true;
  response_.body_bytes += bytes.size();
  const std::size_t room = request_.keep_body - response_.body.size();
  response_.body.append(bytes.substr(0, room));
  response_.body_is_cut = bytes.size() > room || response_.body_is_cut;
  if (response_.body_bytes > request_.connection->max_response_bytes) {
    refused_ = Failure{TransportError::too_large,
                       "the body is longer than " + std::to_string(request_.connection->max_response_bytes) + " bytes"};
    return 0;
  }
  return bytes.size();
}

}  // namespace authprobe::http
