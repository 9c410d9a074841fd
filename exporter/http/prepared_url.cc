#include "exporter/http/prepared_url.h"

#include <string_view>
#include <utility>

#include "exporter/http/curl_handles.h"

namespace authprobe::http {

PreparedUrl::PreparedUrl(wire::Url url) : url_(std::move(url)) {
  if (url_.host().find('%') != std::string_view::npos) return;  // libcurl 7.88 copies no zone
  UrlHandle handle(curl_url());
  if (handle && curl_url_set(handle.get(), CURLUPART_URL, url_.text().c_str(), 0) == CURLUE_OK) {
    handle_ = handle.release();
  }
}

PreparedUrl::~PreparedUrl() {
  curl_url_cleanup(handle_);
}

std::shared_ptr<const PreparedUrl> prepared(wire::Url url) {
  return std::make_shared<const PreparedUrl>(std::move(url));
}

std::optional<wire::Url> redirect_url(const wire::Url& base, const std::string& location) {
  const UrlHandle handle(curl_url());
  if (!handle || curl_url_set(handle.get(), CURLUPART_URL, base.text().c_str(), 0) != CURLUE_OK) return std::nullopt;
  // Servers send blanks and letters beyond ASCII in Location; URLENCODE accepts them, as every client does.
  if (curl_url_set(handle.get(), CURLUPART_URL, location.c_str(), CURLU_URLENCODE | CURLU_NON_SUPPORT_SCHEME) !=
      CURLUE_OK) {
    return std::nullopt;
  }
  for (const CURLUPart part : {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_OPTIONS, CURLUPART_FRAGMENT}) {
    curl_url_set(handle.get(), part, nullptr, 0);
  }
  char* whole = nullptr;
  if (curl_url_get(handle.get(), CURLUPART_URL, &whole, 0) != CURLUE_OK) return std::nullopt;
  const CurlText owner(whole);
  return wire::Url::parse(whole);
}

}  // namespace authprobe::http
