#include "exporter/prober/shown_request.h"

#include <string>
#include <string_view>

#include "exporter/credential/secret_traces.h"

namespace authprobe::prober {
namespace {

std::string masked(std::string_view value) {
  const std::size_t scheme = value.find(' ');
  const bool has_scheme = scheme != std::string_view::npos && scheme <= 16;
  const std::size_t secret = value.size() - (has_scheme ? scheme + 1 : 0);
  return std::string(value.substr(0, has_scheme ? scheme + 1 : 0)) + "******** (" + std::to_string(secret) +
         " characters)";
}

// The parts of the request by their names, the secret ones as stars.
std::string shown_template(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const wire::TemplatePiece piece = wire::take_piece(text);
    if (!piece.part) {
      result.append(piece.text);
    } else if (wire::is_secret(*piece.part)) {
      result.append(credential::kMask);
    } else {
      result.append("{").append(piece.text).append("}");
    }
  }
  return result;
}

void add_signature(const wire::SignatureRecipe& recipe, wire::Headers& shown) {
  for (const auto& [name, text] : recipe.headers) shown.emplace_back(name, shown_template(text));
  for (const auto& [name, text] : recipe.query) shown.emplace_back("query parameter " + name, shown_template(text));
}

}  // namespace

wire::Headers masked(const http::Request& request) {
  const http::Authorization& authorization = request.authorization;
  wire::Headers result;
  for (const auto& [name, value] : authorization.headers) result.emplace_back(name, masked(value.reveal()));
  for (const auto& [name, value] : authorization.query) {
    result.emplace_back("query parameter " + name, masked(value.reveal()));
  }
  if (!authorization.path.empty()) result.emplace_back("URL path", masked(authorization.path.reveal()));
  if (authorization.scheme == http::Scheme::digest) result.emplace_back("Authorization", "Digest ********");
  if (authorization.scheme == http::Scheme::sigv4) result.emplace_back("Authorization", "AWS4-HMAC-SHA256 ********");
  if (authorization.scheme == http::Scheme::negotiate) result.emplace_back("Authorization", "Negotiate ********");
  if (authorization.recipe != nullptr) add_signature(*authorization.recipe, result);
  for (const auto& [name, value] : request.headers) {
    if (wire::sent_by(name, value) != wire::SentCredential::none) result.emplace_back(name, masked(value));
  }
  if (request.identity) result.emplace_back("client certificate", "shown in the TLS handshake");
  return result;
}

}  // namespace authprobe::prober
