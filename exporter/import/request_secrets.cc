#include "exporter/import/request_secrets.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <span>
#include <utility>

#include "exporter/config/toml_writer.h"
#include "exporter/import/body_secrets.h"
#include "exporter/wire/encoding.h"
#include "exporter/wire/secret_name.h"
#include "exporter/wire/text.h"
#include "exporter/wire/url.h"

namespace authprobe::importing {
namespace {

using wire::equal_ignoring_case;

// A client makes these for each connection, and accepts what it can decompress; with conditions, the answer is 304.
constexpr std::array<std::string_view, 13> kOfClients{"Content-Length",
                                                      "Transfer-Encoding",
                                                      "Upgrade",
                                                      "Connection",
                                                      "Keep-Alive",
                                                      "TE",
                                                      "Expect",
                                                      "Proxy-Connection",
                                                      "Accept-Encoding",
                                                      "If-None-Match",
                                                      "If-Modified-Since",
                                                      "If-Match",
                                                      "If-Unmodified-Since"};

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
  return std::ranges::any_of(names, [&](std::string_view one) { return equal_ignoring_case(one, name); });
}

class SecretTaker {
 public:
  SecretTaker(ImportedRequest& request, Import& into) : request_(request), into_(into) {}

  bool take() {
    if (!request_.list_files.empty()) return take_headers();
    if (request_.is_public) return take_url();
    const bool is_taken =
        take_url() && take_headers() && take_query() && take_path() && take_body() && has_no_references();
    // A client's certificate goes beside any kind, and is one itself.
    if (credential().kind.empty() && !credential().secrets.empty()) credential().kind = "client_certificate";
    return is_taken;
  }

 private:
  ImportedCredential& credential() { return request_.credential; }
  SecretText secret(std::string_view text) const {
    return secret_of(expanded(text, request_.secret_values), request_.references);
  }
  bool is_reference(std::string_view text) const {
    return request_.references != References::none && !reference_of(text).empty();
  }

  bool refuse(std::string_view why) {
    const auto url = wire::Url::parse(request_.url);
    const std::string name = request_.name.empty() && url ? url->shown() : request_.name;
    into_.leave_out(request_.place, name.empty() ? "request" : name, why);
    return false;
  }

  // The first secret gives the credential its kind, those after it go beside that. `found` has one secret.
  void add(ImportedCredential found, const std::string& beside) {
    if (credential().kind.empty()) {
      credential().kind = std::move(found.kind);
      credential().values.merge(found.values);
      credential().secrets.merge(found.secrets);
    } else {
      credential().secrets.emplace(beside, std::move(found.secrets.begin()->second));
    }
  }

  bool take_url() {
    request_.url = request_.url.substr(0, request_.url.find('#'));
    if (request_.references != References::none && reference_of(request_.url).empty()) {
      if (const std::string name = reference_in(request_.url); !name.empty() && !has_reference_in_query()) {
        return refuse("its URL has the variable " + name + ": give it with --set " + name + "=VALUE");
      }
    }
    wire::UrlProblem problem;
    const auto url = wire::Url::parse(without_references(request_.url), problem);
    if (!url) return refuse("its URL " + problem.rule);
    if (!url->has_userinfo()) return true;
    std::string_view user = url->userinfo();
    const std::string name = wire::percent_decoded(wire::take_part(user, ':'));
    add_user(name, wire::percent_decoded(user));
    const std::size_t begin = request_.url.find("://") + 3;
    request_.url.erase(begin, request_.url.find('@') + 1 - begin);
    return true;
  }

  void add_user(std::string_view name, const std::string& password) {
    if (credential().kind.empty()) {
      ImportedCredential user = basic_of(name, {SecretText::Kind::text, password});
      credential().kind = user.kind;
      credential().values.merge(user.values);
      credential().secrets.merge(user.secrets);
    } else {
      const std::string sent(wire::basic_credentials(name, password).reveal());
      credential().secrets.emplace("secret_headers.Authorization", SecretText{SecretText::Kind::text, sent});
    }
  }

  // ${NAME} is no part of a URL; in a query it may stand for a secret.
  bool has_reference_in_query() const { return request_.url.find("${") > request_.url.find('?'); }
  std::string without_references(std::string text) const {
    if (request_.references != References::none) {
      std::erase_if(text, [](char c) { return c == '{' || c == '}'; });
    }
    return text;
  }

  // What stands behind "Bearer" and the like.
  bool take_authorization(std::string_view value) {
    static constexpr std::array<std::string_view, 5> kSendIt{"basic", "bearer", "digest", "oauth2", "aws_sigv4"};
    if (is_one_of(credential().kind, kSendIt)) return true;  // the source says it twice
    std::string_view rest = wire::trimmed(value);
    const std::string_view scheme = rest.substr(0, rest.find(' '));
    static constexpr std::array<std::string_view, 8> kComputed{
        "Digest", "NTLM", "Negotiate", "OAuth", "AWS4-HMAC-SHA256", "Hawk", "Signature", "EG1-HMAC-SHA256"};
    if (is_one_of(scheme, kComputed)) {
      return refuse("its Authorization header is computed for this one request (" + std::string(scheme) + ')');
    }
    rest = wire::trimmed(rest.substr(scheme.size()));
    if (!credential().kind.empty()) {
      credential().secrets.emplace("secret_headers.Authorization", secret(wire::trimmed(value)));
    } else if (rest.empty()) {
      add_key(scheme, "");
    } else if (equal_ignoring_case(scheme, "Basic")) {
      return take_basic(rest);
    } else {
      add(credential_of("bearer", "token", secret(rest)), "");
      if (!equal_ignoring_case(scheme, "Bearer")) credential().values["scheme"] = config::quoted(scheme);
    }
    return true;
  }

  // All of the Authorization header, or what stands behind its scheme.
  void add_key(std::string_view key, const std::string& scheme) {
    add(credential_of("api_key", "key", secret(key)), "");
    credential().values["header"] = config::quoted("Authorization");
    if (!scheme.empty()) credential().values["scheme"] = config::quoted(scheme);
  }

  bool take_basic(std::string_view encoded) {
    if (request_.references != References::none && !reference_in(encoded).empty()) {
      add_key(encoded, "Basic");
      return true;
    }
    const auto decoded = wire::base64_decoded(encoded);
    if (!decoded) return refuse("its Basic authorization is not base64");
    std::string_view password = *decoded;
    const std::string_view user = wire::take_part(password, ':');
    add_user(user, std::string(password));
    return true;
  }

  bool take_header(const wire::Header& header) {
    const auto& [name, value] = header;
    if (equal_ignoring_case(name, "Cookie")) {
      add(credential_of("cookie", "cookie", secret(value)), "secret_headers.Cookie");
      return true;
    }
    if (equal_ignoring_case(name, "Proxy-Authorization")) {
      into_.leave_out(request_.place, "header Proxy-Authorization", "set proxy_username and proxy_password");
      return true;
    }
    ImportedCredential key = credential_of("api_key", "key", secret(value));
    key.values["header"] = config::quoted(name);
    add(std::move(key), "secret_headers." + config::key_text(name));
    return true;
  }

  // Another one than that of the URL chooses a site of the server.
  bool is_own_host(const wire::Header& header) const {
    const auto url = wire::Url::parse(request_.url);
    return equal_ignoring_case(header.first, "Host") && url && equal_ignoring_case(header.second, url->authority());
  }

  // A URL, such as that of a Referer.
  static bool has_secret_query(std::string_view text) {
    const std::size_t question = text.find('?');
    if (question == std::string_view::npos) return false;
    for (std::string_view query = text.substr(question + 1); !query.empty();) {
      const wire::Parameter parameter = wire::take_parameter(query);
      const std::string value = wire::percent_decoded(parameter.value.value_or(""));
      if (wire::carries_secret(wire::percent_decoded(parameter.name), value)) return true;
    }
    return false;
  }

  // Authorization comes first: it is the kind wherever it stands.
  bool take_headers() {
    wire::Headers rest;
    for (const wire::Header& header : request_.headers) {
      if (equal_ignoring_case(header.first, "Authorization") && !take_authorization(header.second)) return false;
    }
    for (wire::Header& header : request_.headers) {
      const std::string& name = header.first;
      if (name.starts_with(':') || is_one_of(name, kOfClients) || is_own_host(header)) continue;
      if (equal_ignoring_case(name, "Authorization")) continue;
      static constexpr std::array<std::string_view, 2> kMany{"Cookie", "Proxy-Authorization"};
      const std::string& value = header.second;
      const bool is_secret =
          wire::carries_secret(name, value) || looks_random(value) || is_reference(value) || has_secret_query(value);
      if (is_one_of(name, kMany) || (!value.empty() && is_secret)) {
        if (!take_header(header)) return false;
      } else {
        rest.push_back(std::move(header));
      }
    }
    request_.headers = std::move(rest);
    return true;
  }

  bool take_query() {
    const std::size_t question = request_.url.find('?');
    if (question == std::string::npos) return true;
    const std::string whole = request_.url.substr(question + 1);
    std::string kept = request_.url.substr(0, question);
    char separator = '?';
    for (std::string_view query = whole; !query.empty();) {
      const wire::Parameter parameter = wire::take_parameter(query);
      const std::string name = wire::percent_decoded(parameter.name);
      const std::string value = wire::percent_decoded(parameter.value.value_or(""));
      if (!value.empty() && (wire::carries_secret(name, value) || looks_random(value) || is_reference(value))) {
        ImportedCredential key = credential_of("api_key", "key", secret(value));
        key.values["query"] = config::quoted(name);
        add(std::move(key), "secret_query." + config::key_text(name));
      } else {
        kept.append(1, std::exchange(separator, '&')).append(parameter.text);
      }
    }
    request_.url = std::move(kept);
    return true;
  }

  bool take_path() {
    const auto url = wire::Url::parse(request_.url);
    if (!url || !url->path_looks_secret()) return true;
    std::string path;
    std::optional<std::string> found;
    for (std::string_view rest = url->path(); !rest.empty();) {
      const std::string segment(wire::take_segment(rest));
      const bool is_secret = looks_random(wire::percent_decoded(segment));
      if (is_secret && found && *found != segment) return refuse("its path has two parts that look like secrets");
      path.append("/").append(is_secret ? wire::kSecretPlace : std::string_view(segment));
      if (is_secret) found = segment;
    }
    if (!found) return refuse("its path seems to have a secret inside a word");
    if (!credential().kind.empty()) return refuse("its path seems to have a secret, beside another credential");
    request_.url = (url->https() ? "https://" : "http://") + std::string(url->authority()) + path +
                   std::string(url->rest().substr(url->path().size()));
    credential() = credential_of("url_path", "key", {SecretText::Kind::text, wire::percent_decoded(*found)});
    return true;
  }

  bool take_body() {
    BodySecrets found = without_secrets(request_.body);
    if (!found.why_not.empty()) return refuse(found.why_not);
    if (!found.secrets.empty() && request_.references == References::none &&
        request_.body.find("${") != std::string::npos) {
      return refuse("its body has ${ beside a secret, which is a place for one here");
    }
    has_body_secret_ = !found.secrets.empty();
    if (has_body_secret_ && credential().kind.empty()) {
      return refuse("its body has a secret, and it has no other credential: kind \"login\" sends such a request");
    }
    for (const auto& [name, text] : found.secrets) {
      credential().secrets.emplace("secret_body." + config::key_text(name), secret(text));
    }
    request_.body = std::move(found.body);
    return true;
  }

  // What is left of them stands where no secret can.
  bool has_no_references() {
    if (request_.references == References::none) return true;
    const std::string body = has_body_secret_ ? std::string() : reference_in(request_.body);
    std::string name = reference_in(request_.url);
    for (const auto& [header, value] : request_.headers) name = name.empty() ? reference_in(value) : name;
    if (name.empty()) name = body;
    for (const auto& [key, one] : credential().secrets) {
      if (name.empty() && one.kind == SecretText::Kind::text) name = reference_in(one.text);
    }
    return name.empty() ||
           refuse("it has the variable " + name + " inside a text: give it with --set " + name + "=VALUE");
  }

  ImportedRequest& request_;
  Import& into_;
  bool has_body_secret_ = false;
};

}  // namespace

bool take_secrets(ImportedRequest& request, Import& into) {
  return SecretTaker(request, into).take();
}

}  // namespace authprobe::importing
