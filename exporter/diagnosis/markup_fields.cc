// XML, forms and HTML: not validating parsers, but scanners that go forward once and take what error documents hold.
#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <utility>

#include "exporter/diagnosis/body_fields.h"
#include "exporter/wire/encoding.h"
#include "exporter/wire/text.h"
#include "exporter/wire/url.h"

namespace authprobe::diagnosis {
namespace {

constexpr std::size_t kMostSeen = 64 * 1024;

struct Entity {
  std::string_view name;
  char character;
};
constexpr std::array<Entity, 6> kEntities = {
    {{"quot", '"'}, {"apos", '\''}, {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"nbsp", ' '}}};

// Decodes what error pages use; an unknown or non-ASCII entity becomes a space.
std::string unescape(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t end = text[i] == '&' ? text.substr(i, 12).find(';') : std::string_view::npos;
    if (end == std::string_view::npos) {
      result.push_back(text[i]);
      continue;
    }
    const std::string_view name = text.substr(i + 1, end - 1);
    const auto known = std::ranges::find(kEntities, name, &Entity::name);
    int code = 0;
    if (known != kEntities.end()) {
      code = static_cast<unsigned char>(known->character);
    } else if (name.starts_with('#')) {
      const bool hex = name.starts_with("#x") || name.starts_with("#X");
      std::from_chars(name.data() + (hex ? 2 : 1), name.data() + name.size(), code, hex ? 16 : 10);
    }
    result.push_back(code >= ' ' && code < 0x7f ? static_cast<char>(code) : ' ');
    i += end;
  }
  return result;
}

std::string folded(std::string_view text, std::size_t limit) {
  std::string result;
  append_folded(result, unescape(text.substr(0, limit * 2)), limit);
  while (!result.empty() && result.back() == ' ') result.pop_back();
  return result;
}

// The name of a tag's inside ("soap:Fault xmlns=..."), lower case and without its namespace prefix.
std::string tag_name(std::string_view inside) {
  std::string_view name = inside.substr(0, inside.find_first_of(" \t\r\n/"));
  if (const std::size_t colon = name.rfind(':'); colon != std::string_view::npos) name.remove_prefix(colon + 1);
  return wire::lowered(name.substr(0, 64));
}

bool is_called_an_error(std::string_view tag) {
  static constexpr std::array<std::string_view, 3> kNames = {"errors", "fault", "failure"};
  return tag.ends_with("error") || tag.ends_with("exception") || std::ranges::find(kNames, tag) != kNames.end();
}

void add(std::vector<Field>& fields, std::string path, std::string value) {
  if (value.empty() || path.empty() || fields.size() >= kMostFields) return;
  fields.push_back({std::move(path), std::move(value), true});
}

// name="value" pairs of a tag: some APIs put the error there (<rsp stat="fail"><err code="98" msg="Invalid auth
// token"/>).
void add_attributes(std::string_view inside, const std::string& tag, std::vector<Field>& fields) {
  std::size_t at = inside.find_first_of(" \t\r\n");
  while (at != std::string_view::npos && at < inside.size()) {
    const std::size_t equals = inside.find('=', at);
    if (equals == std::string_view::npos || equals + 1 >= inside.size()) return;
    const char quote = inside[equals + 1];
    if (quote != '"' && quote != '\'') return;
    const std::size_t end = inside.find(quote, equals + 2);
    if (end == std::string_view::npos) return;
    std::string name = wire::lowered(inside.substr(at, std::min<std::size_t>(equals - at, 64)));
    name.erase(0, name.find_first_not_of(" \t\r\n"));
    if (!name.starts_with("xmlns") && name.find(':') == std::string::npos) {
      // FHIR and others put an element's text into an attribute of this name.
      add(fields, name == "value" ? tag : tag + "." + name,
          folded(inside.substr(equals + 2, end - equals - 2), kMostFieldValue));
    }
    at = end + 1;
  }
}

// Skips what is not seen: from `at`, the start of a tag, to behind the end of its element or comment.
std::size_t skip_unseen(std::string_view html, std::size_t at) {
  static constexpr std::array<std::array<std::string_view, 2>, 4> kUnseen = {
      {{"<script", "</script"}, {"<style", "</style"}, {"<svg", "</svg"}, {"<!--", "-->"}}};
  const std::string start = wire::lowered(html.substr(at, 8));
  for (const auto& [open, close] : kUnseen) {
    if (!start.starts_with(open)) continue;
    std::size_t end = html.find(close, at + open.size());
    if (end == std::string_view::npos) return html.size();
    if (open == "<!--") return end + close.size();
    end = html.find('>', end);
    return end == std::string_view::npos ? html.size() : end + 1;
  }
  return at;
}

// Elements that hold elements, by name: a name that comes again and again is that of rows.
class Containers {
 public:
  std::size_t count(const std::string& tag) {
    static constexpr std::array<std::string_view, 6> kOfXmlRpc = {"member", "value", "param",
                                                                  "struct", "array", "data"};
    if (lists_errors(tag) || std::ranges::find(kOfXmlRpc, tag) != kOfXmlRpc.end()) return 0;
    return ++counts_[tag];
  }

 private:
  std::map<std::string, std::size_t> counts_;
};

// The value of an attribute inside a tag, in the case it came in; empty where it is not there.
std::string_view attribute(std::string_view inside, std::string_view name) {
  const std::string low = wire::lowered(inside);
  std::size_t at = low.find(std::string(name) + "=");
  if (at == std::string::npos) return {};
  at += name.size() + 1;
  if (at >= inside.size()) return {};
  const bool quoted = inside[at] == '"' || inside[at] == '\'';
  const std::size_t start = quoted ? at + 1 : at;
  const std::size_t end = quoted ? inside.find(inside[at], start) : inside.find_first_of(" \t\r\n>", start);
  return inside.substr(start, end == std::string_view::npos ? end : end - start);
}

// <item key="response_text">...</item>, <str name="msg">...</str>: an element of a general name has its own inside.
std::string path_of_item(std::string_view inside, const std::string& tag) {
  static constexpr std::array<std::string_view, 12> kGeneral = {
      "item", "entry", "field", "param", "property", "member", "attribute", "value", "str", "int", "bool", "string"};
  if (std::ranges::find(kGeneral, tag) == kGeneral.end()) return tag;
  std::string_view name = attribute(inside, " key");
  if (name.empty()) name = attribute(inside, " name");
  return name.empty() ? tag : wire::lowered(name.substr(0, 64));
}

// What stands before in a script, without functions that run when the page is there.
std::string without_starts(std::string_view before) {
  static constexpr std::array<std::string_view, 8> kStarts = {
      "onload=function(){", "onload=()=>{",    "onload=()=>", "setTimeout(function(){",
      "setTimeout(()=>{",   "setTimeout(()=>", "(()=>{",      "(function(){"};
  std::string text(before);
  std::erase_if(text, [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; });
  for (const std::string_view start : kStarts) {
    if (const std::size_t at = text.find(start); at != std::string::npos) text.erase(at, start.size());
  }
  return text;
}

// Where a script that a page has for nothing else leads: `window.location = "/login"`, and the calls that do the same.
// What stands in a function, or under a condition, need not come to pass.
std::string script_leads_to(std::string_view script) {
  static constexpr std::array<std::string_view, 5> kNotAtOnce = {"function", "=>", "if", "onclick", "addEventListener"};
  static constexpr std::array<std::string_view, 5> kWays = {".href", ".replace", ".assign", ".hash", ""};
  const std::size_t found = script.find("location");
  if (found == std::string_view::npos) return {};
  const std::string before = without_starts(script.substr(0, found));
  if (script.substr(0, found).find("class ") != std::string_view::npos) return {};
  if (std::ranges::any_of(kNotAtOnce, [&](auto word) { return before.find(word) != std::string_view::npos; }))
    return {};
  std::string_view rest = script.substr(found + std::string_view("location").size());
  const bool fragment = rest.starts_with(".hash");
  for (const std::string_view way : kWays) {
    if (!rest.starts_with(way)) continue;
    rest.remove_prefix(way.size());
    break;
  }
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r\n"), rest.size()));
  if (!rest.starts_with('=') && !rest.starts_with('(')) return {};
  rest.remove_prefix(1);
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r\n"), rest.size()));
  if (!rest.starts_with('"') && !rest.starts_with('\'')) return {};
  std::string target(rest.substr(1, std::min<std::size_t>(rest.find(rest[0], 1) - 1, 1024)));
  std::erase(target, '\\');  // "https:\/\/": a slash that JSON escapes
  return fragment && !target.starts_with('#') ? "#" + target : target;
}

// Where the browser is sent without being asked: <meta http-equiv="refresh" content="0; url=/login">, or a form that is
// submitted by the page itself.
void read_leading_on(std::string_view inside, std::string_view html, Body& body) {
  const std::string low = wire::lowered(inside.substr(0, 256));
  if (low.starts_with("meta") && low.find("refresh") != std::string::npos) {
    body.sends_on_to = refresh_leads_to(unescape(attribute(inside, "content").substr(0, 1024)));
  } else if (low.starts_with("form") && html.find(".submit()") != std::string_view::npos) {
    body.sends_on_to = unescape(attribute(inside, "action").substr(0, 1024));
  }
}

// What the fields of a form are for.
void read_input(std::string_view inside, std::string_view action, Body& body) {
  static constexpr std::array<std::string_view, 10> kNames = {
      "username", "user", "login", "loginfmt", "email", "userid", "uname", "identifier", "account", "j_username"};
  const std::string name = wire::lowered(attribute(inside, "name"));
  const bool password = wire::lowered(attribute(inside, "type")) == "password";
  const bool user = std::ranges::find(kNames, name) != kNames.end();
  body.asks_saml = body.asks_saml || name == "samlrequest";
  body.asks_name = body.asks_name || user;
  if (password) ++body.password_inputs;
  if (password || user || body.form_goes_to.empty()) body.form_goes_to = unescape(action.substr(0, 1024));
}

}  // namespace

void parse_xml(std::string_view text, Body& body) {
  text = text.substr(0, kMostSeen);
  std::vector<Field>& fields = body.fields;
  Containers containers;
  const bool rpc = wire::lowered(text.substr(0, 256)).find("methodresponse") != std::string::npos;
  std::string name;  // of XML-RPC's <name>faultString</name><value><string>...
  std::size_t at = 0;
  bool outermost = true;
  while ((at = text.find('<', at)) != std::string_view::npos && fields.size() < kMostFields) {
    const bool cdata = text.substr(at).starts_with("<![CDATA[");
    const std::size_t end = cdata ? text.find("]]>", at) : text.find('>', at);
    if (end == std::string_view::npos) return;
    const std::string_view inside = text.substr(at + 1, end - at - 1);
    at = end + 1;
    if (cdata || inside.empty() || inside[0] == '/' || inside[0] == '?' || inside[0] == '!') continue;
    const std::string tag = tag_name(inside);
    if (std::exchange(outermost, false)) body.is_error = is_called_an_error(tag);
    std::string own_path = path_of_item(inside, tag);
    if (own_path == tag) add_attributes(inside, tag, fields);
    std::string_view content = text.substr(at, text.find('<', at) - at);
    if (text.substr(at).starts_with("<![CDATA[")) content = text.substr(at + 9, text.find("]]>", at) - at - 9);
    std::string value = folded(content, kMostFieldValue);
    if (value.empty() && tag != "envelope") body.rows = std::max(body.rows, containers.count(tag));
    const bool named = tag != "name" && !name.empty() && !value.empty();
    std::string path = named ? std::exchange(name, {}) : std::move(own_path);
    if (rpc && tag == "name") name = wire::lowered(std::string_view(value).substr(0, 64));
    add(fields, std::move(path), std::move(value));
  }
  // The one value of XML-RPC's, or of ASP.NET's <string xmlns="...">, has no name; it is what the service has to say.
  if (fields.size() == 1 && fields.front().path == "string") fields.front().path = "message";
}

void parse_form(std::string_view text, std::vector<Field>& fields) {
  while (!text.empty() && fields.size() < kMostFields) {
    const wire::Parameter pair = wire::take_parameter(text);
    if (!pair.value) continue;
    std::string value(pair.value->substr(0, 3 * kMostFieldValue));  // of a byte come three
    std::ranges::replace(value, '+', ' ');
    value = wire::percent_decoded(value).substr(0, kMostFieldValue);
    add(fields, wire::lowered(pair.name.substr(0, 64)), std::move(value));
  }
}

std::string refresh_leads_to(std::string_view value) {
  const std::size_t found = wire::lowered(value).find("url");
  if (found == std::string::npos) return {};
  value.remove_prefix(found + 3);
  value.remove_prefix(std::min(value.find_first_not_of(" ="), value.size()));
  if (value.starts_with('"') || value.starts_with('\'')) value = value.substr(1, value.find(value[0], 1) - 1);
  return std::string(wire::trimmed(value));
}

void parse_html(std::string_view html, Body& body) {
  html = html.substr(0, kMostSeen);
  std::size_t at = 0;
  std::string text;
  std::string_view action;  // of the form that is open
  std::string scripted;     // where a script leads
  while (at < html.size() && text.size() < 2 * kMostText) {
    const std::size_t tag = html.find('<', at);
    const std::string_view run = html.substr(at, tag == std::string_view::npos ? tag : tag - at);
    text += run;
    if (!wire::trimmed(run).empty()) ++body.lines;
    if (tag == std::string_view::npos) break;
    text.push_back(' ');
    at = skip_unseen(html, tag);
    if (at != tag) {
      if (scripted.empty()) scripted = script_leads_to(html.substr(tag, at - tag));
      continue;
    }
    const std::size_t end = html.find('>', tag);
    if (end == std::string_view::npos) break;
    const std::string inside = wire::lowered(html.substr(tag + 1, std::min<std::size_t>(end - tag - 1, 256)));
    const std::string_view raw = html.substr(tag + 1, end - tag - 1);
    if (inside.starts_with("body") && scripted.empty()) scripted = script_leads_to(attribute(raw, "onload"));
    if (body.sends_on_to.empty()) read_leading_on(raw, html, body);
    if (inside.starts_with("form")) {
      action = attribute(raw, "action");
      if (body.form_goes_to.empty()) body.form_goes_to = unescape(action.substr(0, 1024));
    }
    if (inside.starts_with("title") && body.title.empty()) {
      body.title = folded(html.substr(end + 1, html.find('<', end) - end - 1), 200);
    }
    if (inside.starts_with("input")) read_input(raw, action, body);
    at = end + 1;
  }
  body.text = folded(text, kMostText);
  constexpr std::size_t kNothingElse = 200;  // bytes that a person sees of a page that is gone at once
  if (body.sends_on_to.empty() && body.text.size() <= kNothingElse) body.sends_on_to = std::move(scripted);
}

}  // namespace authprobe::diagnosis
