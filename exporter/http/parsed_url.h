// A URL that is asked for again and again, parsed once: for us, and for libcurl, where reading it anew is a twentieth
// of what a plain request takes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "exporter/http/curl_handles.h"
#include "exporter/http/url.h"

namespace authprobe::http {

class ParsedUrl {
 public:
  explicit ParsedUrl(std::string text) : text_(std::move(text)), parts_(parse_url(text_)), handle_(curl_url()) {
    const bool zoned = parts_ && parts_->host.find('%') != std::string_view::npos;  // libcurl 7.88 copies no zone
    if (zoned || (handle_ && curl_url_set(handle_.get(), CURLUPART_URL, text_.c_str(), 0) != CURLUE_OK))
      handle_.reset();
  }
  ParsedUrl(const ParsedUrl&) = delete;
  ParsedUrl& operator=(const ParsedUrl&) = delete;

  const std::string& text() const { return text_; }
  const std::optional<Url>& parts() const { return parts_; }  // views into text()
  CURLU* handle() const { return handle_.get(); }             // null where libcurl cannot read it

 private:
  std::string text_;
  std::optional<Url> parts_;
  UrlHandle handle_;
};

}  // namespace authprobe::http
