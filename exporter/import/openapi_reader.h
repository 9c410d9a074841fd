// What an OpenAPI 3.0 or 3.1 document says of one operation: https://spec.openapis.org/oas/v3.1.0.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "exporter/config/document.h"
#include "exporter/import/imported.h"

namespace authprobe::importing {

// Follows references inside the document. Those to other documents are nothing.
class OpenApiDocument {
 public:
  explicit OpenApiDocument(const config::Value& root) : root_(root) {}

  const config::Value& root() const { return root_; }

  // The value itself, or what its $ref leads to; null: nowhere, or around in a circle.
  const config::Value* resolved(const config::Value* value) const;

  // A component of the document by its name, resolved.
  const config::Value* component(std::string_view kind, std::string_view name) const;

 private:
  const config::Value& root_;
};

struct OpenApiOperation {
  std::string path;                // a template: "/pets/{id}"
  const config::Value* path_item;  // never null, like `operation`
  const config::Value* operation;
};

// The URL of the server that the operation is at; empty, and `why` says so: there is none.
std::string server_url(const OpenApiOperation& operation, const OpenApiDocument& document, const ImportOptions& options,
                       std::string& why);

// Adds the path, the query and the headers, with examples as values. Why it cannot; empty: it has.
std::string fill_parameters(const OpenApiOperation& operation, const OpenApiDocument& document, const Variables& given,
                            ImportedRequest& request);

}  // namespace authprobe::importing
