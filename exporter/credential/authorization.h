// What authenticates one request: the secret in the form in which it is sent.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace authprobe::credential {

// Held only as long as its transfer runs, and wiped after it by whoever sends it.
struct Authorization {
  std::vector<std::pair<std::string, std::string>> headers;  // name, value
  std::pair<std::string, std::string> query;                 // name, value (not yet percent-encoded); empty name: none
};

}  // namespace authprobe::credential
