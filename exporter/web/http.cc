#include "exporter/web/http.h"

#include <utility>

namespace authprobe::web {

std::optional<std::string_view> Request::parameter(std::string_view name) const {
  for (const auto& [present, value] : query) {
    if (present == name) return value;
  }
  return std::nullopt;
}

std::optional<std::string_view> Request::header(std::string_view name) const {
  const std::string* value = wire::find_header(headers, name);
  return value != nullptr ? std::optional<std::string_view>(*value) : std::nullopt;
}

Response text_response(int status, std::string text) {
  Response response;
  response.status = status;
  response.body = wire::share(std::move(text) + "\n");
  return response;
}

Response page(std::string_view content_type, std::string text) {
  Response response;
  response.body = wire::share(std::move(text));
  response.content_type = content_type;
  return response;
}

}  // namespace authprobe::web
