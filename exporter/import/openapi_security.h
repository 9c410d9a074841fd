// The `security` of an OpenAPI operation: which credential lets it in.
#pragma once

#include <string>

#include "exporter/config/document.h"
#include "exporter/import/imported.h"
#include "exporter/import/openapi_reader.h"

namespace authprobe::importing {

// Of all that let in, the first that the configuration can have. Nobody needs a credential if `is_open`.
struct OpenApiSecurity {
  bool is_open = false;
  std::string name;  // of the schemes
  ImportedCredential credential;
  std::string why_not;  // empty: `is_open`, or `credential` is one
};

OpenApiSecurity security_of(const config::Value* requirements, const OpenApiDocument& document);

}  // namespace authprobe::importing
