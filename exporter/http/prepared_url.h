// A URL as requests have it: parsed once for us, and once for libcurl, where parsing is a twentieth of what a plain
// request takes. Requests share it.
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
  Curl_URL* handle() const { return handle_; }  // null where libcurl has to read the text itself

 private:
  wire::Url url_;
  Curl_URL* handle_ = nullptr;
};

std::shared_ptr<const PreparedUrl> prepared(wire::Url url);

// The URL that a Location header means, seen from `base`, without user info and fragment. Nothing where it is not an
// http or https URL.
std::optional<wire::Url> redirect_url(const wire::Url& base, const std::string& location);

}  // namespace authprobe::http
