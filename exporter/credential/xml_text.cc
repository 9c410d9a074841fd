#include "exporter/credential/xml_text.h"

#include "exporter/wire/xml.h"

namespace authprobe::credential {
namespace {

using Kind = wire::XmlTag::Kind;

constexpr std::size_t kLongestPath = 1024;  // bounds the work that deep nesting makes

// What the tag has at `pointer`; moves `path` to the element that it opens or closes.
std::optional<std::string> visit(const wire::XmlTag& tag, const wire::XmlReader& reader, std::string_view pointer,
                                 std::string& path) {
  if (tag.kind == Kind::close) {
    path.resize(path.empty() ? 0 : path.rfind('/'));
    return std::nullopt;
  }
  const std::size_t parent = path.size();
  path.append("/").append(tag.name);
  std::optional<std::string> found;
  if (path == pointer) {
    found = tag.kind == Kind::empty ? "" : reader.content();
  } else if (pointer.starts_with(path) && pointer.substr(path.size()).rfind('/') == 0) {
    found = wire::xml_attribute(tag.attributes, pointer.substr(path.size() + 1));
  }
  if (tag.kind == Kind::empty) path.resize(parent);
  return found;
}

}  // namespace

std::optional<std::string> xml_text(std::string_view document, std::string_view pointer) {
  wire::XmlReader reader(document);
  std::string path;  // of the element that the reader is inside of
  while (path.size() <= kLongestPath) {
    const auto tag = reader.next();
    if (!tag) break;
    if (auto found = visit(*tag, reader, pointer, path)) return found;
  }
  return std::nullopt;
}

}  // namespace authprobe::credential
