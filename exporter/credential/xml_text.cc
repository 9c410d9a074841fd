#include "exporter/credential/xml_text.h"

#include <algorithm>
#include <array>
#include <utility>

#include "exporter/wire/text.h"

namespace authprobe::credential {
namespace {

constexpr auto kNotThere = std::string_view::npos;
constexpr std::size_t kLongestPath = 1024;  // bounds the work that deep nesting makes
constexpr std::string_view kCdata = "<![CDATA[";

std::string_view local_name(std::string_view name) {
  const auto colon = name.find(':');
  return colon == kNotThere ? name : name.substr(colon + 1);
}

std::string decoded(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, char>, 5> kEntities{
      {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}}};
  std::string result;
  while (!text.empty()) {
    const auto entity =
        std::ranges::find_if(kEntities, [&](const auto& known) { return text.starts_with(known.first); });
    result += entity == kEntities.end() ? text.front() : entity->second;
    text.remove_prefix(entity == kEntities.end() ? 1 : entity->first.size());
  }
  return result;
}

// The text in front of the next tag.
std::string content(std::string_view rest) {
  rest = rest.substr(std::min(rest.find_first_not_of(" \t\r\n"), rest.size()));
  if (!rest.starts_with(kCdata)) return decoded(wire::trimmed(rest.substr(0, rest.find('<'))));
  rest.remove_prefix(kCdata.size());
  return std::string(wire::trimmed(rest.substr(0, rest.find("]]>"))));
}

// What follows a comment, CDATA, a declaration or an instruction; nothing where `rest` begins with a tag.
std::optional<std::string_view> after_aside(std::string_view rest) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kAsides{
      {{"<!--", "-->"}, {kCdata, "]]>"}, {"<!", ">"}, {"<?", "?>"}}};
  for (const auto& [begin, end] : kAsides) {
    if (!rest.starts_with(begin)) continue;
    const auto at = rest.find(end, begin.size());
    return at == kNotThere ? std::string_view() : rest.substr(at + end.size());
  }
  return std::nullopt;
}

// Where the tag ends: the first '>' outside of quotes.
std::size_t end_of_tag(std::string_view rest) {
  char quote = 0;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (quote == 0 && rest[i] == '>') return i;
    if (rest[i] == quote) {
      quote = 0;
    } else if (quote == 0 && (rest[i] == '"' || rest[i] == '\'')) {
      quote = rest[i];
    }
  }
  return kNotThere;
}

// The value of an attribute among `name="value" ...`.
std::optional<std::string> attribute(std::string_view text, std::string_view wanted) {
  while (true) {
    const auto equals = text.find('=');
    if (equals == kNotThere) return std::nullopt;
    const std::string_view name = wire::trimmed(text.substr(0, equals));
    text = text.substr(std::min(text.find_first_of("\"'", equals), text.size()));
    const auto end = text.empty() ? kNotThere : text.find(text.front(), 1);
    if (end == kNotThere) return std::nullopt;
    if (local_name(name) == wanted) return decoded(text.substr(1, end - 1));
    text.remove_prefix(end + 1);
  }
}

// What a tag with this inside has at `pointer`; moves `path` to the element that it opens or closes.
std::optional<std::string> visit(std::string_view inside, std::string_view rest, std::string_view pointer,
                                 std::string& path) {
  if (inside.starts_with('/')) {
    path.resize(path.empty() ? 0 : path.rfind('/'));
    return std::nullopt;
  }
  const bool is_empty = inside.ends_with('/');
  if (is_empty) inside.remove_suffix(1);
  const std::string_view name = inside.substr(0, inside.find_first_of(" \t\r\n"));
  const std::size_t parent = path.size();
  path.append("/").append(local_name(name));
  std::optional<std::string> found;
  if (path == pointer) {
    found = is_empty ? "" : content(rest);
  } else if (pointer.starts_with(path) && pointer.substr(path.size()).rfind('/') == 0) {
    found = attribute(inside.substr(name.size()), pointer.substr(path.size() + 1));
  }
  if (is_empty) path.resize(parent);
  return found;
}

}  // namespace

std::optional<std::string> xml_text(std::string_view document, std::string_view pointer) {
  std::string path;  // of the element that `document` is inside of
  while (path.size() <= kLongestPath) {
    document = document.substr(std::min(document.find('<'), document.size()));
    if (document.empty()) break;
    if (const auto after = after_aside(document)) {
      document = *after;
      continue;
    }
    const auto end = end_of_tag(document);
    if (end == kNotThere) break;
    const std::string_view inside = document.substr(1, end - 1);
    document.remove_prefix(end + 1);
    if (auto found = visit(inside, document, pointer, path)) return found;
  }
  return std::nullopt;
}

}  // namespace authprobe::credential
