// libcurl's library-wide state. Its memory is overwritten before it is freed: requests with their credentials are put
// together in it.
#pragma once

namespace authprobe::http {

// Lives from before the first handle until after the last.
struct CurlLibrary {
  CurlLibrary();
  ~CurlLibrary();
  CurlLibrary(const CurlLibrary&) = delete;
  CurlLibrary& operator=(const CurlLibrary&) = delete;
};

}  // namespace authprobe::http
