// A URL that is asked for again and again, parsed once: for us, and for libcurl, where reading it anew is a twentieth
// of what a plain request takes.
#pragma once

#include <optional>
#include <string>

#include "exporter/http/url.h"

struct Curl_URL;  // libcurl's CURLU

namespace authprobe::http {

class ParsedUrl {
 public:
  explicit ParsedUrl(std::string text);
  ~ParsedUrl();
  ParsedUrl(const ParsedUrl&) = delete;
  ParsedUrl& operator=(const ParsedUrl&) = delete;

  const std::string& text() const { return text_; }
  const std::optional<Url>& parts() const { return parts_; }  // views into text()
  Curl_URL* handle() const { return handle_; }                // null where libcurl is to read the text itself

 private:
  std::string text_;
  std::optional<Url> parts_;
  Curl_URL* handle_ = nullptr;
};

}  // namespace authprobe::http
