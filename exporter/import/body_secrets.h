// The secrets of a request's body: fields such as "password" of a form or a JSON document.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace authprobe::importing {

struct BodySecrets {
  std::string body;                                          // with ${NAME} in place of each secret
  std::vector<std::pair<std::string, std::string>> secrets;  // NAME and the secret
  std::string why_not;                                       // a secret cannot be taken out; empty: all are
};

BodySecrets without_secrets(std::string_view body);

}  // namespace authprobe::importing
