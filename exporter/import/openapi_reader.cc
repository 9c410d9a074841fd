#include "exporter/import/openapi_reader.h"

#include <algorithm>
#include <charconv>

#include "exporter/import/tree.h"
#include "exporter/wire/encoding.h"
#include "exporter/wire/secret_name.h"
#include "exporter/wire/text.h"

namespace authprobe::importing {
namespace {

using config::Value;

constexpr int kMostHops = 16;  // of references to references

void replace_all(std::string& text, std::string_view place, std::string_view value) {
  for (std::size_t at = text.find(place); at != std::string::npos; at = text.find(place, at + value.size())) {
    text.replace(at, place.size(), value);
  }
}

// A part of a JSON pointer, in a URL's fragment.
std::string unescaped(std::string_view part) {
  std::string text = wire::percent_decoded(part);
  replace_all(text, "~1", "/");
  replace_all(text, "~0", "~");
  return text;
}

const Value* child(const Value* value, const std::string& part) {
  const config::Array& array = elements(value);
  if (array.empty()) return find(value, part);
  std::size_t index = array.size();
  std::from_chars(part.data(), part.data() + part.size(), index);
  return index < array.size() ? &array[index] : nullptr;
}

// An array of values is one text with commas, the form that both `simple` and a query that is not exploded have.
std::optional<std::string> text_of_example(const Value* value) {
  if (value == nullptr || !entries(value).empty()) return std::nullopt;
  std::string text = text_of(value);
  for (const Value& element : elements(value)) text += (text.empty() ? "" : ",") + text_of(&element);
  return text.empty() ? std::nullopt : std::optional(text);
}

// The first of what the document offers as a value.
std::optional<std::string> example_of(const Value& parameter, const OpenApiDocument& document) {
  if (auto text = text_of_example(find(&parameter, "example"))) return text;
  for (const config::Entry& entry : entries(find(&parameter, "examples"))) {
    if (auto text = text_of_example(find(document.resolved(&entry.value), "value"))) return text;
  }
  const Value* schema = document.resolved(find(&parameter, "schema"));
  for (const std::string_view key : {"example", "default", "const"}) {
    if (auto text = text_of_example(find(schema, key))) return text;
  }
  for (const std::string_view key : {"examples", "enum"}) {
    const config::Array& values = elements(find(schema, key));
    if (!values.empty()) return text_of_example(&values.front());
  }
  return std::nullopt;
}

}  // namespace

const Value* OpenApiDocument::resolved(const Value* value) const {
  for (int hop = 0; value != nullptr && hop < kMostHops; ++hop) {
    const Value* reference = find(value, "$ref");
    if (!is_text(reference)) return value;
    const std::string text = text_of(reference);
    if (!text.starts_with("#/")) return nullptr;
    value = &root_;
    for (std::string_view rest = std::string_view(text).substr(2); value != nullptr && !rest.empty();) {
      value = child(value, unescaped(wire::take_part(rest, '/')));
    }
  }
  return nullptr;
}

const Value* OpenApiDocument::component(std::string_view kind, std::string_view name) const {
  return resolved(find(find(&root_, {"components", kind}), name));
}

std::string server_url(const OpenApiOperation& operation, const OpenApiDocument& document, const ImportOptions& options,
                       std::string& why) {
  if (!options.base_url.empty()) return options.base_url;
  const Value* server = nullptr;
  for (const Value* owner : {operation.operation, operation.path_item, &document.root()}) {
    const config::Array& servers = elements(find(owner, "servers"));
    if (server == nullptr && !servers.empty()) server = &servers.front();
  }
  std::string url = text_of(find(server, "url"));
  for (const config::Entry& variable : entries(find(server, "variables"))) {
    const std::string place = '{' + variable.key + '}';
    const auto given = options.variables.find(variable.key);
    const std::string value =
        given == options.variables.end() ? text_of(find(&variable.value, "default")) : given->second;
    const std::size_t at = url.find(place);
    if (at != std::string::npos) url.replace(at, place.size(), value);
  }
  if (url.find("://") != std::string::npos) return url;
  why = "the file does not say on which server it is: give --base-url";
  return {};
}

std::string fill_parameters(const OpenApiOperation& operation, const OpenApiDocument& document, const Variables& given,
                            ImportedRequest& request) {
  std::map<std::pair<std::string, std::string>, const Value*> parameters;  // an operation's own win
  for (const Value* owner : {operation.path_item, operation.operation}) {
    for (const Value& one : elements(find(owner, "parameters"))) {
      const Value* parameter = document.resolved(&one);
      if (parameter == nullptr) return "a parameter of it is in another file";
      parameters[{text_of(find(parameter, "in")), text_of(find(parameter, "name"))}] = parameter;
    }
  }
  std::string path = operation.path;
  std::string query;
  for (const auto& [key, parameter] : parameters) {
    const auto& [in, name] = key;
    if (in != "path" && !truth_of(find(parameter, "required"), false)) continue;
    const auto chosen = given.find(name);
    const auto value = chosen == given.end() ? example_of(*parameter, document) : std::optional(chosen->second);
    if (!value) return "its parameter " + name + " has no example: give it with --set " + name + "=VALUE";
    if (in != "path" && wire::is_secret_name(name)) return "its parameter " + name + " seems to be a secret";
    if (in == "path") {
      replace_all(path, '{' + name + '}', wire::percent_encoded(*value));
    } else if (in == "query") {
      query += (query.empty() ? '?' : '&') + wire::percent_encoded(name) + '=' + wire::percent_encoded(*value);
    } else if (in == "header") {
      request.headers.emplace_back(name, *value);
    } else {
      return "its parameter " + name + " is in a cookie";
    }
  }
  if (path.find('{') != std::string::npos) return "its path has a parameter that is not described";
  while (request.url.ends_with('/')) request.url.pop_back();
  request.url += path + query;
  return {};
}

}  // namespace authprobe::importing
