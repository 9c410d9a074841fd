// Walks through the tags of an XML document. Pure; its work is bounded by the document's length. It checks no schema
// and expands no entities but the five that XML has by itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace authprobe::wire {

struct XmlTag {
  enum class Kind : std::uint8_t { open, close, empty };
  Kind kind = Kind::open;
  std::string_view name;        // without its namespace prefix
  std::string_view attributes;  // name="value" ..., as they are written
};

class XmlReader {
 public:
  // `document` outlives this object, and the tags that it gives.
  explicit XmlReader(std::string_view document) : rest_(document) {}

  // The next tag; comments, CDATA, declarations and instructions are passed over. Nothing: there is none.
  std::optional<XmlTag> next();

  // The text behind the tag that was last given, up to the next one, without the blanks around it.
  std::string content() const;

 private:
  std::string_view rest_;
};

// The value of an attribute of a tag; names are compared without their namespace prefix.
std::optional<std::string> xml_attribute(std::string_view attributes, std::string_view wanted);

}  // namespace authprobe::wire
