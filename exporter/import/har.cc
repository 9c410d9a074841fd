#include "exporter/import/har.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <tuple>
#include <utility>

#include "exporter/config/toml_writer.h"
#include "exporter/import/tree.h"
#include "exporter/wire/text.h"
#include "exporter/wire/url.h"

namespace authprobe::importing {
namespace {

using config::Value;

// Headers of a page that asks: a probe has none.
bool is_of_browser(std::string_view name) {
  static constexpr std::array<std::string_view, 13> kNames{
      "Accept-Language", "Cache-Control", "DNT",   "Origin",  "Pragma",
      "Priority",        "Purpose",       "Range", "Referer", "Upgrade-Insecure-Requests",
      "User-Agent",      "X-Client-Data", "Via"};
  return wire::starts_with_ignoring_case(name, "sec-") ||
         std::ranges::any_of(kNames, [&](std::string_view one) { return wire::equal_ignoring_case(one, name); });
}

// What a page is made of.
bool is_decoration(const Value& entry) {
  static constexpr std::array<std::string_view, 8> kTypes{"image", "stylesheet", "script",    "font",
                                                          "media", "manifest",   "preflight", "ping"};
  const std::string type = text_of(find(&entry, "_resourceType"));
  if (std::ranges::find(kTypes, type) != kTypes.end()) return true;
  const std::string mime = text_of(find(&entry, {"response", "content", "mimeType"}));
  static constexpr std::array<std::string_view, 7> kMimes{
      "image/", "font/", "video/", "audio/", "text/css", "text/javascript", "application/javascript"};
  return std::ranges::any_of(kMimes, [&](std::string_view one) { return mime.starts_with(one); });
}

int status_of(const Value& entry) {
  int status = 0;
  const std::string text = text_of(find(&entry, {"response", "status"}));
  std::from_chars(text.data(), text.data() + text.size(), status);
  return status;
}

std::string why_not(const Value& entry) {
  const int status = status_of(entry);
  if (status == 0) return "it had no answer";
  if (status >= 500) return "it was answered with " + std::to_string(status);
  if (status == 404 || status == 410) return "nothing was there (" + std::to_string(status) + ')';
  if (status == 101) return "it is a WebSocket";
  return "";
}

void read_request(const Value& entry, ImportedRequest& request) {
  const Value* asked = find(&entry, "request");
  request.url = text_of(find(asked, "url"));
  request.method = text_of(find(asked, "method"));
  request.body = text_of(find(asked, {"postData", "text"}));
  std::string cookies;
  for (const Value& header : elements(find(asked, "headers"))) {
    const std::string name = text_of(find(&header, "name"));
    const std::string value = text_of(find(&header, "value"));
    if (wire::equal_ignoring_case(name, "Cookie")) {
      cookies += (cookies.empty() ? "" : "; ") + value;  // HTTP/2 has one each
    } else if (!is_of_browser(name)) {
      request.headers.emplace_back(name, value);
    }
  }
  if (!cookies.empty()) request.headers.emplace_back("Cookie", cookies);
  const int status = status_of(entry);
  if (status / 100 != 2 && status != 304) request.keys["expect.status"] = std::to_string(status);
}

std::string method_and_url(const ImportedRequest& request) {
  const auto url = wire::Url::parse(request.url.substr(0, request.url.find('#')));
  return request.method + ' ' + (url ? url->shown() : "a URL that is not http:// or https://");
}

}  // namespace

void read_har(const Value& tree, const std::string& file, Import& into) {
  std::size_t decorations = 0;
  std::set<std::tuple<std::string, std::string, std::string>> seen;
  for (const Value& entry : elements(find(&tree, {"log", "entries"}))) {
    if (is_decoration(entry)) {
      ++decorations;
      continue;
    }
    ImportedRequest request;
    request.place = place_of(file, entry.line);
    read_request(entry, request);
    if (!seen.emplace(request.method, request.url, request.body).second) continue;
    if (const std::string why = why_not(entry); !why.empty()) {
      into.leave_out(request.place, method_and_url(request), why);
    } else {
      into.requests.push_back(std::move(request));
    }
  }
  if (decorations > 0) {
    into.leave_out(place_of(file, 1), std::to_string(decorations) + " requests for images, styles and scripts",
                   "they are parts of a page");
  }
}

}  // namespace authprobe::importing
