// The quick reference: what a status code or a cause means, its likely causes, what to check and whom to ask. The text
// is that of docs/quick-reference.md and docs/causes.md, which the build puts into the binary.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace authprobe::diagnosis {

// The section of a code ("401") or a cause ("expired_token") without its heading; empty where there is none.
std::string_view reference_section(std::string_view topic);

// "401, 403, ..., expired_token, ...": everything that has a section.
std::string reference_topics();

// The numbered steps for a status code, without their numbers; empty where there are none.
std::vector<std::string> steps_for(int status);

}  // namespace authprobe::diagnosis
