// Writes TOML: values as text, and keys with their values.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace authprobe::config {

// The replacement of a secret.
inline constexpr std::string_view kRedacted = "<redacted>";

// `text` as a string in quotes that both TOML (a basic string) and JSON read.
// An object: of functions with this name, a call with a std::string would find std::quoted as well, and prefer it.
struct Quoted {
  std::string operator()(std::string_view text) const;
};
inline constexpr Quoted quoted;

std::string key_text(std::string_view key);  // quoted if TOML requires it
std::string date_text(std::chrono::sys_days days);

template <typename T, typename Shown>
std::string array_text(const std::vector<T>& values, Shown shown) {
  std::string text = "[";
  for (const T& value : values) text += (text.size() > 1 ? ", " : "") + shown(value);
  return text + ']';
}

// A place for the value of a key, or for the keys of a table. Without a value, nothing is written.
class TomlWriter {
 public:
  // For the keys of a table; `end` follows each value.
  explicit TomlWriter(std::string& out, std::string_view end = "\n") : out_(out), end_(end) {}

  TomlWriter at(std::string_view key) const;  // tls.ca_file, if this is at tls

  void raw(std::string_view value) const;
  void text(std::string_view value) const { raw(quoted(value)); }
  void texts(const std::vector<std::string>& values) const { raw(array_text(values, quoted)); }

 private:
  TomlWriter(std::string& out, std::string_view end, std::string path) : out_(out), end_(end), path_(std::move(path)) {}

  std::string& out_;
  std::string_view end_;
  std::string path_;
};

}  // namespace authprobe::config
