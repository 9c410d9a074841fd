// The header fields of a message, in the order of arrival or of sending. A name may occur several times.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace authprobe::wire {

using Header = std::pair<std::string, std::string>;  // name, value
using Headers = std::vector<Header>;

// The value of the first header of that name (names are compared without case); null if there is none.
const std::string* find_header(std::span<const Header> headers, std::string_view name);

}  // namespace authprobe::wire
