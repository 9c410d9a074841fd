// Writes the lines of one TOML table, and leaves out what says nothing.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/config/quoted.h"

namespace authprobe::config {

// What stands where a secret does.
inline constexpr std::string_view kRedacted = "<redacted>";

std::string key_text(std::string_view key);  // quoted where TOML wants it
std::string date_text(std::chrono::sys_days days);
std::string header_text(std::string_view name, std::string_view value);  // quoted, or kRedacted where it may be secret

template <typename T, typename Shown>
std::string array_text(const std::vector<T>& values, Shown shown) {
  std::string text = "[";
  for (const T& value : values) text += (text.size() > 1 ? ", " : "") + shown(value);
  return text + ']';
}

class TableWriter {
 public:
  TableWriter(std::string& out, const std::string& header) : out_(out) { out_ += "\n[" + header + "]\n"; }

  void raw(std::string_view key, std::string_view value);
  void text(std::string_view key, std::string_view value);
  void texts(std::string_view key, const std::vector<std::string>& values);
  void secret(std::string_view key, const SecretSource& source);

 private:
  std::string& out_;
};

}  // namespace authprobe::config
