// The `auth` of a Postman collection, folder or request as a credential.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "exporter/config/document.h"
#include "exporter/import/imported.h"

namespace authprobe::importing {

// A text of the collection with its variables replaced; those of secrets stay as ${NAME}, and `secret` replaces them.
struct PostmanTexts {
  std::function<std::string(std::string_view)> plain;
  std::function<SecretText(std::string_view)> secret;
};

// Why it cannot be carried; empty: `credential` has it, or there is none.
std::string read_postman_auth(const config::Value& auth, const PostmanTexts& texts, ImportedCredential& credential);

}  // namespace authprobe::importing
