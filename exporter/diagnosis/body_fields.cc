#include "exporter/diagnosis/body_fields.h"

#include <algorithm>
#include <array>

#include "exporter/wire/text.h"

namespace authprobe::diagnosis {
namespace {

constexpr std::size_t kMostBody = 64 * 1024;
constexpr std::size_t kShortLine = 120;  // bytes

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// By its first tag, a declaration and comments apart: XML may hold HTML, and elements that are called as HTML's are.
bool is_html(std::string_view start) {
  static constexpr std::array<std::string_view, 25> kTags = {
      "html", "head", "body",  "title", "meta",   "style", "link",   "noscript", "h1",  "h2",   "h3", "h4",    "p",
      "div",  "span", "table", "pre",   "center", "b",     "strong", "section",  "img", "form", "br", "script"};
  if (contains(start, "<!doctype html") || contains(start, "<html")) return true;
  while (start.starts_with("<?") || start.starts_with("<!")) {
    start.remove_prefix(std::min(start.find('<', 1), start.size()));
  }
  if (start.empty()) return false;
  start.remove_prefix(1);
  return std::ranges::find(kTags, start.substr(0, start.find_first_of(" \t\r\n/>"))) != kTags.end();
}

// "error_description=expired+secret&error=invalid_grant", "oauth_problem=token_expired", whatever type it has.
bool is_form_of_error(std::string_view start) {
  if (start.find_first_of(" \t\r\n<") != std::string_view::npos) return false;
  return start.starts_with("error=") || contains(start, "&error=") || contains(start, "oauth_problem=");
}

// A line of text, with links or stress in it at most, and no tag of a page.
bool is_line_of_text(std::string_view body) {
  constexpr std::size_t kLongestSentence = 300;
  static constexpr std::array<std::string_view, 12> kInline = {"a ",  "/a>", "br",      "b>",       "/b>",   "i>",
                                                               "/i>", "em>", "strong>", "/strong>", "code>", "/code>"};
  if (body.size() < kShortLine && !contains(body, "<")) return true;
  if (body.size() > kLongestSentence || contains(wire::trimmed(body), "\n")) return false;
  for (std::size_t tag = body.find('<'); tag != std::string_view::npos; tag = body.find('<', tag + 1)) {
    const std::string_view rest = body.substr(tag + 1);
    if (std::ranges::none_of(kInline, [&](std::string_view name) { return rest.starts_with(name); })) return false;
  }
  return true;
}

// "[RESPONSE]" above pairs, as in a file of settings, and "EOF" below them.
bool is_frame_of_pairs(std::string_view line) {
  return line == "EOF" || (line.starts_with('[') && line.ends_with(']') && line.find('=') == std::string_view::npos);
}

// "status=ERR", "code=17", "reason = no user" in lines of their own.
bool is_lines_of_pairs(std::string_view body) {
  constexpr std::size_t kShortText = 1024;
  if (body.size() > kShortText) return false;
  std::size_t pairs = 0;
  while (!body.empty()) {
    const std::string_view line = wire::trimmed(wire::take_part(body, '\n'));
    const std::size_t equals = line.find('=');
    if (line.empty() || is_frame_of_pairs(line)) continue;
    if (equals == 0 || equals == std::string_view::npos ||
        wire::trimmed(line.substr(0, equals)).find_first_of(" .[#") != std::string_view::npos)
      return false;
    ++pairs;
  }
  return pairs > 1;
}

void parse_lines(std::string_view body, std::vector<Field>& fields) {
  while (!body.empty() && fields.size() < kMostFields) {
    const std::string_view line = wire::trimmed(wire::take_part(body, '\n'));
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view value = wire::trimmed(line.substr(equals + 1, kMostFieldValue));
    fields.push_back({wire::lowered(wire::trimmed(line.substr(0, equals))), std::string(value), true});
  }
}

// `callback({...})`, `({...})`, `1001||{...}`, a guard against script inclusion, and an event of a stream: "event:
// error", "data: {...}".
bool is_wrapped_json(std::string_view start) {
  constexpr std::size_t kLongestGuard = 16;
  const std::size_t brace = start.substr(0, 64).find('{');
  if (brace == std::string_view::npos || brace == 0) return false;
  const std::string_view before = wire::trimmed(start.substr(0, brace));
  const bool has_words = std::ranges::any_of(before, [](char c) { return c >= 'a' && c <= 'z'; });
  const bool has_time = before.find_first_of(":-", 1) != std::string_view::npos;  // a line of a log
  if (brace <= kLongestGuard && !has_words && !has_time && start.find("\":") != std::string_view::npos) return true;
  if (start.starts_with("event:") || start.starts_with("data:")) return before.ends_with("data:");
  return before.ends_with('(') && before.find_first_of(" \t\r\n<\"'") == std::string_view::npos;
}

// The form that the bytes themselves show; a content type is often wrong, most of all on errors.
BodyFormat format_of(std::string_view body, std::string_view content_type) {
  const std::string start = wire::lowered(body.substr(0, 512));
  const bool label = body[0] == '[' && body.size() > 1 && body[1] >= 'A' && body[1] <= 'Z';  // "[ERROR 400] ..."
  if (body[0] == '{' || (body[0] == '[' && !label)) return BodyFormat::json;
  if (body[0] == '<') return is_html(start) ? BodyFormat::html : BodyFormat::xml;
  if (contains(content_type, "json") || is_wrapped_json(start)) return BodyFormat::json;
  if (contains(content_type, "form-urlencoded") && contains(start, "=")) return BodyFormat::form;
  if (is_form_of_error(start)) return BodyFormat::form;
  if (is_lines_of_pairs(body)) return BodyFormat::lines;
  // Frameworks call every line of text HTML; a page has tags.
  const bool line = is_line_of_text(body);
  if (contains(start, "<html") || (contains(content_type, "text/html") && !line)) return BodyFormat::html;
  return BodyFormat::text;
}

std::size_t count_lines(std::string_view body) {
  std::size_t lines = 0;
  while (!body.empty())
    if (!wire::trimmed(wire::take_part(body, '\n')).empty()) ++lines;
  return lines;
}

// JSON after a guard against script inclusion, in a callback, or as a server-sent event.
std::string_view without_json_wrapping(std::string_view body) {
  const std::size_t start = body.substr(0, 64).find_first_of("{[");
  return start == std::string_view::npos ? body : body.substr(start);
}

}  // namespace

std::string_view Field::key() const {
  const std::size_t dot = path.rfind('.');
  return dot == std::string::npos ? std::string_view(path) : std::string_view(path).substr(dot + 1);
}

bool lists_errors(std::string_view path) {
  return contains(path, "err") || contains(path, "fault") || contains(path, "message") || contains(path, "msg") ||
         contains(path, "detail");
}

void append_folded(std::string& to, std::string_view text, std::size_t limit) {
  for (const char c : text) {
    if (to.size() >= limit) return;
    const auto byte = static_cast<unsigned char>(c);
    if (byte > ' ' && byte != 0x7f) {
      to.push_back(c);
    } else if (!to.empty() && to.back() != ' ') {
      to.push_back(' ');
    }
  }
}

Body parse_body(std::string_view body, std::string_view content_type, bool deep) {
  Body result;
  body = body.substr(0, kMostBody);
  if (body.starts_with("\xEF\xBB\xBF")) body.remove_prefix(3);
  body.remove_prefix(std::min(body.find_first_not_of(" \t\r\n"), body.size()));
  if (body.empty()) return result;
  result.format = format_of(body, wire::lowered(content_type.substr(0, 128)));
  switch (result.format) {
    case BodyFormat::json:
      if (!parse_json(without_json_wrapping(body), deep, result) || result.fields.empty()) {
        result.text.clear();
        append_folded(result.text, body, kMostText);
        result.format = BodyFormat::text;  // whatever it was meant to be
      }
      break;
    case BodyFormat::xml:
      parse_xml(body, result);
      if (result.fields.empty()) append_folded(result.text, body, kMostText);
      break;
    case BodyFormat::form: parse_form(body, result.fields); break;
    case BodyFormat::lines: parse_lines(body, result.fields); break;
    case BodyFormat::html: parse_html(body, result); break;
    default: append_folded(result.text, body, kMostText);
  }
  if (result.format == BodyFormat::text) result.lines = count_lines(body);
  return result;
}

}  // namespace authprobe::diagnosis
