#include "exporter/config/toml_writer.h"

#include <algorithm>
#include <cctype>
#include <cstdio>

namespace authprobe::config {

std::string Quoted::operator()(std::string_view text) const {
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      (result += '\\') += c;
    } else if (c == '\n') {
      result += "\\n";
    } else if (c == '\t') {
      result += "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {  // TOML requires DEL to be escaped too
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", byte);
      result += escape;
    } else {
      result += c;
    }
  }
  return result += '"';
}

std::string key_text(std::string_view key) {
  const bool bare = !key.empty() && std::all_of(key.begin(), key.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '-';
  });
  return bare ? std::string(key) : quoted(key);
}

std::string date_text(std::chrono::sys_days days) {
  const std::chrono::year_month_day date(days);
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()));
  return text;
}

TomlWriter TomlWriter::at(std::string_view key) const {
  return {out_, end_, path_.empty() ? key_text(key) : path_ + '.' + key_text(key)};
}

void TomlWriter::raw(std::string_view value) const {
  (((out_ += path_) += " = ") += value) += end_;
}

}  // namespace authprobe::config
