#include "exporter/http/parsed_url.h"

#include <string_view>
#include <utility>

#include "exporter/http/curl_handles.h"

namespace authprobe::http {

ParsedUrl::ParsedUrl(std::string text) : text_(std::move(text)), parts_(parse_url(text_)) {
  if (!parts_ || parts_->host.find('%') != std::string_view::npos) return;  // libcurl 7.88 copies no zone
  UrlHandle handle(curl_url());
  if (handle && curl_url_set(handle.get(), CURLUPART_URL, text_.c_str(), 0) == CURLUE_OK) handle_ = handle.release();
}

ParsedUrl::~ParsedUrl() {
  curl_url_cleanup(handle_);
}

}  // namespace authprobe::http
