#include "exporter/commands/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace authprobe::commands {
namespace {

std::string_view to_string(Log::Level level) {
  switch (level) {
    case Log::Level::debug: return "debug";
    case Log::Level::info: return "info";
    case Log::Level::warn: return "warn";
    case Log::Level::error: return "error";
  }
  return "info";
}

spdlog::level::level_enum spdlog_level(Log::Level level) {
  switch (level) {
    case Log::Level::debug: return spdlog::level::debug;
    case Log::Level::info: return spdlog::level::info;
    case Log::Level::warn: return spdlog::level::warn;
    case Log::Level::error: return spdlog::level::err;
  }
  return spdlog::level::info;
}

// RFC 3339, UTC, milliseconds.
std::string timestamp() {
  const auto now = std::chrono::system_clock::now();
  const auto whole = std::chrono::floor<std::chrono::seconds>(now);
  const std::time_t seconds = std::chrono::system_clock::to_time_t(whole);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 32> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  const auto millis = static_cast<int>(std::chrono::floor<std::chrono::milliseconds>(now - whole).count());
  std::snprintf(text.data() + length, text.size() - length, ".%03dZ", millis);
  return text.data();
}

void append_escaped_control(std::string& line, char c) {
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "\\u%04x", static_cast<unsigned char>(c));
  line += text.data();
}

// The escapes that JSON and logfmt (as Go's tools write it) have in common; other bytes pass.
void append_quoted(std::string& line, std::string_view text) {
  line += '"';
  for (const char c : text) {
    switch (c) {
      case '"': line += "\\\""; break;
      case '\\': line += "\\\\"; break;
      case '\n': line += "\\n"; break;
      case '\r': line += "\\r"; break;
      case '\t': line += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
          append_escaped_control(line, c);
        } else {
          line += c;
        }
    }
  }
  line += '"';
}

bool bare(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7f) return false;
  }
  return true;
}

void append_field(std::string& line, Log::Format format, std::string_view key, std::string_view value) {
  if (format == Log::Format::json) {
    line += line.empty() ? "{" : ",";
    append_quoted(line, key);
    line += ':';
    append_quoted(line, value);
    return;
  }
  if (!line.empty()) line += ' ';
  line += key;
  line += '=';
  if (bare(value)) {
    line += value;
  } else {
    append_quoted(line, value);
  }
}

// systemd.exec(5): JOURNAL_STREAM has the device and inode of standard error at the service's start.
bool goes_to_the_journal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat out {};
  if (stream == nullptr || fstat(STDERR_FILENO, &out) != 0) return false;
  return std::to_string(out.st_dev) + ':' + std::to_string(out.st_ino) == stream;
}

}  // namespace

class Log::Sink {
 public:
  explicit Sink(Level level) : logger("authprobe", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    logger.set_pattern("%v");
    logger.set_level(spdlog_level(level));
    logger.flush_on(spdlog::level::debug);
  }
  spdlog::logger logger;
};

Log::Log(Level level, Format format)
    : format_(format),
      stamped_(format == Format::json || !goes_to_the_journal()),
      sink_(std::make_unique<Sink>(level)) {}
Log::~Log() = default;

void Log::write(Level level, std::string_view message, std::initializer_list<Field> fields) {
  if (!sink_->logger.should_log(spdlog_level(level))) return;
  std::string line;
  if (stamped_) append_field(line, format_, "ts", timestamp());
  append_field(line, format_, "level", to_string(level));
  append_field(line, format_, "msg", message);
  for (const auto& [key, value] : fields) append_field(line, format_, key, value);
  if (format_ == Format::json) line += '}';
  sink_->logger.log(spdlog_level(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace authprobe::commands
