#include "exporter/import/imported.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "exporter/config/toml_writer.h"
#include "exporter/wire/encoding.h"
#include "exporter/wire/invisible.h"
#include "exporter/wire/url.h"

namespace authprobe::importing {
namespace {

constexpr std::string_view kBegin = "${";

// Where the first ${NAME} is; its end is npos where there is none.
std::pair<std::size_t, std::size_t> find_reference(std::string_view text, std::size_t from) {
  const std::size_t begin = text.find(kBegin, from);
  if (begin == std::string_view::npos) return {begin, begin};
  const std::size_t end = text.find('}', begin);
  return {begin, end};
}

std::string_view name_between(std::string_view text, std::size_t begin, std::size_t end) {
  return text.substr(begin + kBegin.size(), end - begin - kBegin.size());
}

}  // namespace

void Import::leave_out(const std::string& place, std::string_view what, std::string_view why) {
  left_out.push_back({place, shown_line(what), shown_line(why)});
}

void add_content_type(std::string_view type, ImportedRequest& request) {
  constexpr const char* kName = "Content-Type";
  if (wire::find_header(request.headers, kName) == nullptr) request.headers.emplace_back(kName, type);
}

std::string shown_line(std::string_view text) {
  constexpr std::size_t kLongest = 300;
  std::string line;
  for (const char c : wire::without_invisible(text.substr(0, kLongest))) {
    const auto byte = static_cast<unsigned char>(c);
    line += byte < 0x20 || byte == 0x7f ? ' ' : c;
  }
  return text.size() > kLongest ? line + "..." : line;
}

bool looks_random(std::string_view text) {
  std::string path = "https://x/";
  for (const char c : text) {
    const bool is_plain =
        std::isalnum(static_cast<unsigned char>(c)) != 0 || wire::kUnreserved.find(c) != std::string_view::npos;
    path += is_plain ? c : '/';
  }
  const auto url = wire::Url::parse(std::move(path));
  return url && url->path_looks_secret();
}

std::string place_of(const std::string& file, std::uint32_t line) {
  return file + ':' + std::to_string(line);
}

ImportedCredential credential_of(std::string kind, const std::string& key, SecretText secret) {
  ImportedCredential credential;
  credential.kind = std::move(kind);
  credential.secrets[key] = std::move(secret);
  return credential;
}

ImportedCredential basic_of(std::string_view username, SecretText password) {
  const bool is_key = looks_random(username) || (password.kind == SecretText::Kind::text && password.text.empty());
  ImportedCredential credential = credential_of("basic", "password", std::move(password));
  if (is_key) {
    credential.secrets["username"] = {SecretText::Kind::text, std::string(username)};
  } else {
    credential.values["username"] = config::quoted(username);
  }
  return credential;
}

std::string expanded(std::string_view text, const Variables& variables) {
  std::string result;
  std::size_t at = 0;
  for (;;) {
    const auto [begin, end] = find_reference(text, at);
    result += text.substr(at, begin - at);
    if (end == std::string_view::npos) {
      if (begin != std::string_view::npos) result += text.substr(begin);
      return result;
    }
    const auto known = variables.find(std::string(name_between(text, begin, end)));
    result += known == variables.end() ? std::string(text.substr(begin, end + 1 - begin)) : known->second;
    at = end + 1;
  }
}

std::string reference_in(std::string_view text) {
  const auto [begin, end] = find_reference(text, 0);
  return end == std::string_view::npos ? std::string() : std::string(name_between(text, begin, end));
}

std::string reference_of(std::string_view text) {
  const auto [begin, end] = find_reference(text, 0);
  return begin == 0 && end + 1 == text.size() ? std::string(name_between(text, begin, end)) : std::string();
}

SecretText secret_of(std::string_view text, References references) {
  const std::string name = references == References::none ? std::string() : reference_of(text);
  if (name.empty()) return {SecretText::Kind::text, std::string(text)};
  if (references == References::environment) return {SecretText::Kind::env, name};
  return {SecretText::Kind::missing, "the value of the variable " + name};
}

std::string status_text(std::string_view status) {
  const bool is_code = status.size() == 3 && std::ranges::all_of(status, [](char c) { return c >= '0' && c <= '9'; });
  return is_code ? std::string(status) : config::quoted(status);
}

std::string pattern_of(std::string_view text) {
  constexpr std::string_view kSpecial = R"(\^$.|?*+()[]{})";
  std::string pattern;
  for (const char c : text) {
    if (kSpecial.find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

}  // namespace authprobe::importing
