// The header lines of a request in libcurl's form. Their text lies in one buffer, so that it can be wiped, and costs no
// allocations for each line.
#pragma once

#include <curl/curl.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace authprobe::http {

void wipe_text(std::string& text);  // overwrites a secret and leaves the string empty

class HeaderLines {
 public:
  // Starts anew. `bytes` bounds the text to come, four bytes for each line included: the buffer must not move, as the
  // list points into it and an outgrown one would keep a secret.
  void begin(std::size_t bytes);

  void add(std::string_view name, std::string_view value);
  void leave_out(std::string_view name);  // a line that libcurl would add by itself
  bool has(std::string_view name) const;

  curl_slist* list();  // until the next begin() or wipe()
  void wipe();

 private:
  std::string text_;  // each line ended by NUL
  std::vector<curl_slist> list_;
};

}  // namespace authprobe::http
