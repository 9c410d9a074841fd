// Members of foreign JSON documents.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace authprobe::wire {

// Empty where there is no such member, or where it is no text.
inline std::string text_member(const nlohmann::json& object, const char* name) {
  const auto member = object.find(name);
  return member != object.end() && member->is_string() ? member->get<std::string>() : std::string();
}

// The value at a JSON pointer (RFC 6901), which is valid as such. Null where there is none: also where a part of the
// pointer is no index of the array that it meets, for which nlohmann-json's contains() and value() throw.
inline const nlohmann::json* find_at(const nlohmann::json& document, const std::string& pointer) {
  try {
    return &document.at(nlohmann::json::json_pointer(pointer));
  } catch (const nlohmann::json::exception&) {
    return nullptr;
  }
}

}  // namespace authprobe::wire
