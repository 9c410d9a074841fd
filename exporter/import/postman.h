// Postman collections 2.0 and 2.1, with an environment: https://schema.postman.com/collection/json/v2.1.0/.
#pragma once

#include <map>
#include <string>

#include "exporter/config/document.h"
#include "exporter/import/imported.h"

namespace authprobe::importing {

struct PostmanVariable {
  std::string value;
  bool is_secret = false;  // Postman hides it
};
using PostmanEnvironment = std::map<std::string, PostmanVariable>;

// The values of an exported environment; they win over those of the collection.
PostmanEnvironment read_postman_environment(const config::Value& tree);

void read_postman(const config::Value& tree, const std::string& file, const PostmanEnvironment& environment,
                  Import& into);

}  // namespace authprobe::importing
