// The log: one line per event on standard error, as logfmt or JSON, with fields that tools can read. Secrets are never
// passed to it. The journal adds a time to each line, so logfmt has no time there.
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
