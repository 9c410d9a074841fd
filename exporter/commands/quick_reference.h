// `help TOPIC`: what a status code or a cause means, its likely causes, what to check and whom to ask. The text is
// reference.md, which the build puts into the binary; the documents have the same.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace authprobe::commands {

std::string_view embedded_reference();

// Prints the section of a code ("401") or a cause ("expired_token"). Exit code: 0; 2 if there is no such section.
int quick_reference(const std::string& topic, std::ostream& out, std::ostream& err);

// The numbered steps for a status code, without their numbers; empty where there are none.
std::vector<std::string> steps_for(int status);

}  // namespace authprobe::commands
