// An answer as a document whose values have JSON pointers, whether it is JSON or XML. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

namespace authprobe::inventory {

// XML becomes objects of elements, by their names without namespace prefixes; elements of one name beside each other
// are an array, and elements without others in them are texts. Attributes are left out. A discarded value where the
// answer is neither, or is nested deeper than 64 levels.
nlohmann::json read_document(std::string_view body);

}  // namespace authprobe::inventory
