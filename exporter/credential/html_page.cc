#include "exporter/credential/html_page.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

#include "exporter/wire/text.h"

namespace authprobe::credential {
namespace {

constexpr auto kNotThere = std::string_view::npos;
constexpr std::string_view kBlanks = " \t\r\n\f";
constexpr std::size_t kMostAttributes = 64;

void skip_blanks(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
}

std::string_view take_until(std::string_view& text, std::string_view ends) {
  const std::string_view taken = text.substr(0, text.find_first_of(ends));
  text.remove_prefix(taken.size());
  return taken;
}

// The character that "#39" or "#x2F" names.
std::optional<char32_t> numbered_character(std::string_view name) {
  if (!name.starts_with('#')) return std::nullopt;
  name.remove_prefix(1);
  const bool is_hex = name.starts_with('x') || name.starts_with('X');
  if (is_hex) name.remove_prefix(1);
  unsigned int code = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), code, is_hex ? 16 : 10);
  constexpr unsigned int kEnd = 0x110000;
  if (error != std::errc() || end != name.data() + name.size() || code == 0 || code >= kEnd) return std::nullopt;
  return code;
}

std::string decoded(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, char>, 5> kNamed{
      {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}}};
  constexpr std::size_t kLongest = 9;
  std::string result;
  while (!text.empty()) {
    const auto end = text.front() == '&' ? text.substr(0, kLongest).find(';') : kNotThere;
    const std::string_view name = end == kNotThere ? std::string_view() : text.substr(1, end - 1);
    const auto named = std::ranges::find(kNamed, name, [](const auto& known) { return known.first; });
    if (const auto character = numbered_character(name)) {
      wire::append_utf8(result, *character);
    } else if (named != kNamed.end()) {
      result += named->second;
    } else {
      result += text.front();
      text.remove_prefix(1);
      continue;
    }
    text.remove_prefix(end + 1);
  }
  return result;
}

// One tag: its name, and its attributes as they are written.
class Tag {
 public:
  // Takes a tag off a text that begins with its '<'.
  explicit Tag(std::string_view& text) {
    text.remove_prefix(1);
    name_ = take_until(text, " \t\r\n\f/>");
    while (!text.empty() && text.front() != '>') take_attribute(text);
  }

  bool is(std::string_view name) const { return wire::equal_ignoring_case(name_, name); }

  std::optional<std::string> attribute(std::string_view name) const {
    const auto found = std::ranges::find_if(
        attributes_, [&](const auto& attribute) { return wire::equal_ignoring_case(attribute.first, name); });
    if (found == attributes_.end()) return std::nullopt;
    return decoded(found->second);
  }

 private:
  void take_attribute(std::string_view& text) {
    skip_blanks(text);
    if (text.starts_with('/')) return text.remove_prefix(1);
    const std::string_view name = take_until(text, " \t\r\n\f/>=");
    if (name.empty() && !text.starts_with('=')) return;
    skip_blanks(text);
    std::string_view value;
    if (text.starts_with('=')) {
      text.remove_prefix(1);
      value = take_value(text);
    }
    if (attributes_.size() < kMostAttributes) attributes_.emplace_back(name, value);
  }

  static std::string_view take_value(std::string_view& text) {
    skip_blanks(text);
    const char quote = text.empty() ? '\0' : text.front();
    if (quote != '"' && quote != '\'') return take_until(text, " \t\r\n\f>");
    text.remove_prefix(1);
    const std::string_view value = take_until(text, std::string_view(&quote, 1));
    if (!text.empty()) text.remove_prefix(1);
    return value;
  }

  std::string_view name_;
  std::vector<std::pair<std::string_view, std::string_view>> attributes_;
};

// Skips past `end`, or the whole rest.
void skip_past(std::string_view& text, std::string_view end) {
  const auto at = text.find(end);
  text.remove_prefix(at == kNotThere ? text.size() : at + end.size());
}

// The first value that `read` finds in a tag; comments and scripts are no tags.
template <typename Read>
std::optional<std::string> first_in(std::string_view page, Read read) {
  while (true) {
    page.remove_prefix(std::min(page.find('<'), page.size()));
    if (page.empty()) return std::nullopt;
    if (page.starts_with("<!--")) {
      skip_past(page, "-->");
      continue;
    }
    const Tag tag(page);
    if (auto found = read(tag)) return found;
    if (tag.is("script")) skip_past(page, "</script");
    if (tag.is("style")) skip_past(page, "</style");
  }
}

// The attribute `wanted` of the first tag of that kind and name.
std::optional<std::string> value_in(std::string_view page, std::string_view kind, std::string_view name,
                                    std::string_view wanted) {
  return first_in(page, [&](const Tag& tag) -> std::optional<std::string> {
    if (!tag.is(kind) || tag.attribute("name") != std::string(name)) return std::nullopt;
    return tag.attribute(wanted);
  });
}

}  // namespace

std::optional<std::string> input_value(std::string_view page, std::string_view name) {
  return value_in(page, "input", name, "value");
}

std::optional<std::string> meta_content(std::string_view page, std::string_view name) {
  return value_in(page, "meta", name, "content");
}

std::optional<std::string> form_action(std::string_view page, std::string_view id_or_name) {
  const std::string wanted(id_or_name);
  return first_in(page, [&](const Tag& tag) -> std::optional<std::string> {
    if (!tag.is("form")) return std::nullopt;
    if (!wanted.empty() && tag.attribute("id") != wanted && tag.attribute("name") != wanted) return std::nullopt;
    return tag.attribute("action").value_or("");
  });
}

}  // namespace authprobe::credential
