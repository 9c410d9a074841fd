// The log: one line an event on standard error, as logfmt or JSON, with fields that tools can read. Secrets are never
// given to it. The journal has a time of its own for each line, so logfmt comes without one there.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace authprobe::commands {

class Log {
 public:
  enum class Level { debug, info, warn, error };
  enum class Format { logfmt, json };
  using Field = std::pair<std::string_view, std::string>;

  Log(Level level, Format format);
  ~Log();

  void debug(std::string_view message, std::initializer_list<Field> fields = {}) {
    write(Level::debug, message, fields);
  }
  void info(std::string_view message, std::initializer_list<Field> fields = {}) { write(Level::info, message, fields); }
  void warn(std::string_view message, std::initializer_list<Field> fields = {}) { write(Level::warn, message, fields); }
  void error(std::string_view message, std::initializer_list<Field> fields = {}) {
    write(Level::error, message, fields);
  }

 private:
  void write(Level level, std::string_view message, std::initializer_list<Field> fields);

  class Sink;
  Format format_;
  bool stamped_;
  std::unique_ptr<Sink> sink_;
};

}  // namespace authprobe::commands
