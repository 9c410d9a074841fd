#include "exporter/http/header_lines.h"

#include <algorithm>

#include "exporter/wire/text.h"

namespace authprobe::http {

void HeaderLines::begin(std::size_t bytes) {
  clear();
  text_.reserve(bytes);
}

void HeaderLines::begin_line() {
  // libcurl's list is not const, but libcurl only reads it.
  list_.push_back({const_cast<char*>(text_.c_str()) + text_.size(), nullptr});
}

void HeaderLines::add(std::string_view name, std::string_view value) {
  begin_line();
  text_.append(name);
  text_.append(value.empty() ? ";" : ": ");  // "Name;" is sent as "Name:"
  text_.append(value);
  text_.push_back('\0');
}

void HeaderLines::leave_out(std::string_view name) {
  begin_line();
  text_.append(name);
  text_.append(std::string_view(":\0", 2));
}

bool HeaderLines::has(std::string_view name) const {
  return std::any_of(list_.begin(), list_.end(), [name](const curl_slist& line) {
    const std::string_view text(line.data);
    return text.size() > name.size() && (text[name.size()] == ':' || text[name.size()] == ';') &&
           wire::equal_ignoring_case(text.substr(0, name.size()), name);
  });
}

curl_slist* HeaderLines::list() {
  for (std::size_t i = 1; i < list_.size(); ++i) list_[i - 1].next = &list_[i];
  return list_.empty() ? nullptr : list_.data();
}

void HeaderLines::clear() {
  text_.clear();
  list_.clear();
}

}  // namespace authprobe::http
