// Finds the name that was probably meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace authprobe::config {

// The name of `names` that differs least from `written`; empty where none is near enough to be meant.
std::string_view nearest(std::string_view written, const std::vector<std::string_view>& names);

// `did you mean "status"?`; empty where nearest() finds none.
std::string did_you_mean(std::string_view written, const std::vector<std::string_view>& names);

}  // namespace authprobe::config
