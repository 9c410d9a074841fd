// Members of foreign JSON objects.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace authprobe::credential {

// Empty where there is no such member, or where it is no text.
inline std::string text_member(const nlohmann::json& object, const char* name) {
  const auto member = object.find(name);
  return member != object.end() && member->is_string() ? member->get<std::string>() : std::string();
}

}  // namespace authprobe::credential
