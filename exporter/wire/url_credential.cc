#include "exporter/wire/url_credential.h"

#include <algorithm>

#include "exporter/wire/secret_name.h"
#include "exporter/wire/text.h"
#include "exporter/wire/url.h"

namespace authprobe::wire {
namespace {

// A parameter of a query, or of a path ("/app;jsessionid=1F"). An empty or very short value is no secret: "key=id".
SentCredential sent_by_parameter(std::string_view name, std::string_view value, bool in_path) {
  constexpr std::size_t kShortest = 4;
  if (value.size() < kShortest || !is_secret_name(name) || is_other_key(name)) return SentCredential::none;
  if (in_path) return SentCredential::cookie;  // a session, of who takes no cookies
  if (equal_ignoring_case(name, "access_token")) return SentCredential::bearer;
  if (equal_ignoring_case(name, "X-Amz-Signature")) return SentCredential::sigv4;
  return SentCredential::api_key;
}

}  // namespace

SentCredential sent_by_url(std::string_view url) {
  url = url.substr(0, url.find('#'));
  const std::size_t mark = std::min(url.find('?'), url.size());
  std::string_view query = url.substr(std::min(mark + 1, url.size()));
  while (!query.empty()) {
    const Parameter parameter = take_parameter(query);
    const SentCredential sent = sent_by_parameter(parameter.name, parameter.value.value_or(""), false);
    if (sent != SentCredential::none) return sent;
  }
  const std::string_view path = url.substr(0, mark);
  const std::size_t name = path.rfind(';');
  const std::size_t equals = path.find('=', std::min(name, path.size()));
  if (equals == std::string_view::npos) return SentCredential::none;
  return sent_by_parameter(path.substr(name + 1, equals - name - 1), path.substr(equals + 1), true);
}

SentCredential sent_by(std::span<const Header> headers, std::string_view url) {
  const SentCredential sent = sent_by(headers);
  return sent == SentCredential::none ? sent_by_url(url) : sent;
}

}  // namespace authprobe::wire
