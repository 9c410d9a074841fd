#include "exporter/inventory/answer_document.h"

#include <string>
#include <utility>
#include <vector>

#include "exporter/wire/text.h"
#include "exporter/wire/xml.h"

namespace authprobe::inventory {
namespace {

using Json = nlohmann::json;
using Kind = wire::XmlTag::Kind;

constexpr std::size_t kDeepest = 64;

// An element that is open.
struct Open {
  std::string name;
  std::string text;
  Json children = Json::object();
};

Json value_of(Open& element) {
  return element.children.empty() ? Json(std::move(element.text)) : std::move(element.children);
}

void add(Json& parent, const std::string& name, Json value) {
  const auto known = parent.find(name);
  if (known == parent.end()) {
    parent.emplace(name, std::move(value));
  } else if (known->is_array()) {
    known->push_back(std::move(value));
  } else {
    *known = Json::array({std::move(*known), std::move(value)});
  }
}

Json no_document() {
  return Json(Json::value_t::discarded);
}

Json read_xml(std::string_view body) {
  wire::XmlReader reader(body);
  std::vector<Open> open(1);  // the first is the document itself
  while (const auto tag = reader.next()) {
    if (tag->kind == Kind::open) {
      if (open.size() > kDeepest) return no_document();
      open.push_back({std::string(tag->name), reader.content()});
    } else if (tag->kind == Kind::empty) {
      add(open.back().children, std::string(tag->name), "");
    } else {
      if (open.size() == 1 || open.back().name != tag->name) return no_document();
      Open closed = std::move(open.back());
      open.pop_back();
      add(open.back().children, closed.name, value_of(closed));
    }
  }
  const bool is_whole = open.size() == 1 && !open.front().children.empty();
  return is_whole ? std::move(open.front().children) : no_document();
}

}  // namespace

Json read_document(std::string_view body) {
  body = wire::trimmed(body);
  return body.starts_with('<') ? read_xml(body) : Json::parse(body, nullptr, false);
}

}  // namespace authprobe::inventory
