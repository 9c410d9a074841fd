#include "exporter/http/header_lines.h"

#include <openssl/crypto.h>

#include <algorithm>

#include "exporter/http/url.h"

namespace authprobe::http {

void wipe_text(std::string& text) {
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

void HeaderLines::begin(std::size_t bytes) {
  text_.clear();
  text_.reserve(bytes);
  list_.clear();
}

void HeaderLines::add(std::string_view name, std::string_view value) {
  list_.push_back({text_.data() + text_.size(), nullptr});
  text_.append(name).append(value.empty() ? ";" : ": ").append(value).push_back('\0');  // "Name;" is sent as "Name:"
}

void HeaderLines::leave_out(std::string_view name) {
  list_.push_back({text_.data() + text_.size(), nullptr});
  text_.append(name).append(":").push_back('\0');
}

bool HeaderLines::has(std::string_view name) const {
  return std::any_of(list_.begin(), list_.end(), [name](const curl_slist& line) {
    const std::string_view text(line.data);
    return text.size() > name.size() && (text[name.size()] == ':' || text[name.size()] == ';') &&
           equal_ignoring_case(text.substr(0, name.size()), name);
  });
}

curl_slist* HeaderLines::list() {
  for (std::size_t i = 1; i < list_.size(); ++i) list_[i - 1].next = &list_[i];
  return list_.empty() ? nullptr : list_.data();
}

void HeaderLines::wipe() {
  wipe_text(text_);
  list_.clear();
}

}  // namespace authprobe::http
