#include <curl/curl.h>

#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "exporter/http/transfer.h"
#include "exporter/http/transport_error.h"

// Why a hop failed, in words without the request's secrets and libcurl's own names.
namespace authprobe::http {
namespace {

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
}

// "unexpected eof while reading" for "OpenSSL SSL_read: error:0A000126:SSL routines::unexpected eof while reading,
// errno 0".
std::string without_library_inside(std::string words) {
  const auto erase = [&words](std::string_view begin, std::string_view end) {
    const auto from = words.find(begin);
    const auto to = from == std::string::npos ? from : words.find(end, from);
    if (to != std::string::npos) words.erase(from, to + end.size() - from);
  };
  erase("OpenSSL", ": ");  // "OpenSSL SSL_read" or "OpenSSL/3.0.19"
  erase("error:", "::");
  if (words.ends_with(", errno 0")) words.resize(words.size() - std::string_view(", errno 0").size());
  return words;
}

}  // namespace

Failure Transfer::failure_of(CURLcode result) const {
  Failure failure{transport_error_of(result), libcurl_words_[0] != '\0' ? libcurl_words_ : curl_easy_strerror(result)};
  if (result == CURLE_COULDNT_CONNECT) {
    long error = 0;
    curl_easy_getinfo(easy(), CURLINFO_OS_ERRNO, &error);
    const std::string& socket = request_.connection->unix_socket;
    failure.detail = "connect to " + (socket.empty() ? peer().origin() : socket);
    if (socket_error_ != 0) error = socket_error_;
    if (lacks_resources()) failure.error = TransportError::resources;
    if (error != 0) failure.detail += ": " + std::generic_category().message(static_cast<int>(error));
  } else if (result == CURLE_OPERATION_TIMEDOUT) {
    failure.detail = "no complete answer within " + std::to_string(request_.timeout.count()) + " ms";
  } else if (result == CURLE_OUT_OF_MEMORY) {
    failure.detail = "a header line of the answer is too long";
  } else if (result == CURLE_RECV_ERROR) {
    // "... in chunked-encoding"; of libcurl 8.14 also "chunk hex-length char not a hex digit", "invalid chunk size".
    if (failure.detail.find("chunk") != std::string::npos) failure.error = TransportError::protocol;
    // TLS 1.3 refuses a client certificate only after the handshake, as an alert in place of an answer.
    if (failure.detail.find("SSL routines") != std::string::npos) failure.error = TransportError::tls;
  }
  failure.detail = without_library_inside(std::move(failure.detail));
  if (!connect_name_.empty()) replace_all(failure.detail, connect_name_, peer().host());
  const auto hide = [&failure](const wire::Secret& secret) {
    if (secret.size() >= 4) replace_all(failure.detail, secret.reveal(), "...");  // a shorter one could match any text
  };
  for (const auto& [name, value] : request_.authorization.headers) hide(value);
  for (const auto& [name, value] : request_.authorization.query) hide(value);
  hide(request_.authorization.path);
  hide(request_.authorization.password);
  return failure;
}

std::optional<Failure> Transfer::hop_failure(CURLcode result) {
  std::optional<Failure> failure = refused_;
  if (!failure && result != CURLE_OK) failure = failure_of(result);
  if (!failure && !headers_ended_) {  // an incomplete message, which libcurl 7.88 takes for one (RFC 9112, section 8)
    response_.status = 0;
    failure = Failure{TransportError::reset, "the connection ended inside the header section"};
  }
  if (failure && response_.status == 0 && chain_check_.dialogue) {
    response_.certificate_refusal = chain_check_.dialogue->refusal();
    if (const auto& refusal = response_.certificate_refusal) failure = {TransportError::tls, describe(*refusal)};
  }
  return failure;
}

}  // namespace authprobe::http
