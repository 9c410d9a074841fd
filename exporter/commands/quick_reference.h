// `help TOPIC`: the section of the quick reference about a status code or a cause.
#pragma once

#include <iosfwd>
#include <string>

namespace authprobe::commands {

// Prints what there is help for. Exit code: 0.
int list_topics(std::ostream& out);

// Prints the section of a code ("401") or a cause ("expired_token"). Exit code: 0; 2 if there is no such section.
int quick_reference(const std::string& topic, std::ostream& out, std::ostream& err);

}  // namespace authprobe::commands
