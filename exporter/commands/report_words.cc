#include "exporter/commands/report_words.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "exporter/web/presentation.h"

namespace authprobe::commands {

nlohmann::json text_or_null(const std::string& text) {
  return text.empty() ? nlohmann::json(nullptr) : nlohmann::json(text);
}

std::string milliseconds(double seconds) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f ms", seconds * 1000);
  return text.data();
}

std::string moment(WallTime time, WallTime now) {
  const auto away = std::chrono::floor<std::chrono::seconds>(time > now ? time - now : now - time);
  return wire::rfc3339(time) +
         (time > now ? " (in " + web::in_words(away) + ")" : " (" + web::in_words(away) + " ago)");
}

std::string outcome(const http::Response& answer) {
  if (answer.status == 0) return "no answer: " + answer.error_detail;
  return std::to_string(answer.status) + " in " + milliseconds(answer.total_seconds);
}

}  // namespace authprobe::commands
