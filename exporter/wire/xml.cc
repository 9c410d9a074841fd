#include "exporter/wire/xml.h"

#include <algorithm>
#include <array>
#include <utility>

#include "exporter/wire/text.h"

namespace authprobe::wire {
namespace {

constexpr auto kNotThere = std::string_view::npos;
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

XmlTag tag_of(std::string_view inside) {
  XmlTag tag;
  if (inside.starts_with('/')) {
    tag.kind = XmlTag::Kind::close;
    inside.remove_prefix(1);
  } else if (inside.ends_with('/')) {
    tag.kind = XmlTag::Kind::empty;
    inside.remove_suffix(1);
  }
  const std::string_view name = inside.substr(0, inside.find_first_of(" \t\r\n"));
  tag.name = local_name(name);
  tag.attributes = inside.substr(name.size());
  return tag;
}

}  // namespace

std::optional<XmlTag> XmlReader::next() {
  while (true) {
    rest_ = rest_.substr(std::min(rest_.find('<'), rest_.size()));
    if (rest_.empty()) return std::nullopt;
    if (const auto after = after_aside(rest_)) {
      rest_ = *after;
      continue;
    }
    const auto end = end_of_tag(rest_);
    if (end == kNotThere) {
      rest_ = {};
      return std::nullopt;
    }
    const XmlTag tag = tag_of(rest_.substr(1, end - 1));
    rest_.remove_prefix(end + 1);
    return tag;
  }
}

std::string XmlReader::content() const {
  std::string_view rest = rest_.substr(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
  if (!rest.starts_with(kCdata)) return decoded(trimmed(rest.substr(0, rest.find('<'))));
  rest.remove_prefix(kCdata.size());
  return std::string(trimmed(rest.substr(0, rest.find("]]>"))));
}

std::optional<std::string> xml_attribute(std::string_view attributes, std::string_view wanted) {
  while (true) {
    const auto equals = attributes.find('=');
    if (equals == kNotThere) return std::nullopt;
    const std::string_view name = trimmed(attributes.substr(0, equals));
    attributes = attributes.substr(std::min(attributes.find_first_of("\"'", equals), attributes.size()));
    const auto end = attributes.empty() ? kNotThere : attributes.find(attributes.front(), 1);
    if (end == kNotThere) return std::nullopt;
    if (local_name(name) == wanted) return decoded(attributes.substr(1, end - 1));
    attributes.remove_prefix(end + 1);
  }
}

}  // namespace authprobe::wire
