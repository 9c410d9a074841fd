// The header lines of a request in libcurl's form. Their text is one secret in one buffer, which costs no allocation
// for each line.
#pragma once

#include <curl/curl.h>

#include <cstddef>
#include <string_view>
#include <vector>

#include "exporter/wire/secret.h"

namespace authprobe::http {

class HeaderLines {
 public:
  // Starts an empty list. `bytes` bounds the text that follows, including four bytes per line: the buffer must not
  // move, because the list points into it.
  void begin(std::size_t bytes);

  void add(std::string_view name, std::string_view value);
  void leave_out(std::string_view name);  // a line that libcurl would add by itself
  bool has(std::string_view name) const;

  curl_slist* list();  // until the next begin() or clear()
  void clear();

 private:
  wire::Secret text_;  // each line ends with NUL
  std::vector<curl_slist> list_;

  void begin_line();
};

}  // namespace authprobe::http
