// The URL of requests: parsed once for us, and once for libcurl, where parsing is a twentieth of the cost of a plain
// request. Requests share it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "exporter/wire/url.h"

struct Curl_URL;  // libcurl's CURLU

namespace authprobe::http {

class PreparedUrl {
 public:
  explicit PreparedUrl(wire::Url url);
  ~PreparedUrl();
  PreparedUrl(const PreparedUrl&) = delete;
  PreparedUrl& operator=(const PreparedUrl&) = delete;

  const wire::Url& url() const { return url_; }
  Curl_URL* handle() const { return handle_; }  // null if libcurl has to parse the text itself

 private:
  wire::Url url_;
  Curl_URL* handle_ = nullptr;
};

std::shared_ptr<const PreparedUrl> prepared(wire::Url url);

// The URL of a Location header, relative to `base`, without user info and fragment. Nothing if it is not an http or
// https URL.
std::optional<wire::Url> redirect_url(const wire::Url& base, const std::string& location);

}  // namespace authprobe::http
