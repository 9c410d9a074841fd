#include "exporter/credential/answer_body.h"

#include "exporter/credential/xml_text.h"
#include "exporter/wire/json.h"
#include "exporter/wire/text.h"

namespace authprobe::credential {

using nlohmann::json;

AnswerBody::AnswerBody(std::string_view text)
    : text_(wire::trimmed(text)), document_(json::parse(text, nullptr, false)) {}

bool AnswerBody::has_places() const {
  return !document_.is_discarded() || text_.starts_with('<');
}

json AnswerBody::at(const std::string& pointer) const {
  const bool one_value = !document_.is_structured() && !document_.is_string();
  if (pointer.empty() && one_value && !text_.starts_with('<')) return std::string(text_);
  if (document_.is_discarded()) {
    const auto text = xml_text(text_, pointer);
    return text ? json(*text) : json();
  }
  const json* value = wire::find_at(document_, pointer);
  return value == nullptr ? json() : *value;
}

std::string text_of(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.is_number_integer() ? value.dump() : "";
}

}  // namespace authprobe::credential
