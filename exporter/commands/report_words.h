// The form of times and outcomes in reports on a terminal.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "exporter/http/response.h"
#include "exporter/wire/time.h"

namespace authprobe::commands {

// For JSON: null for an empty text.
nlohmann::json text_or_null(const std::string& text);

std::string milliseconds(double seconds);  // "12.3 ms"

// "2026-11-22T01:00:00Z (3 h ago)"
std::string moment(WallTime time, WallTime now);

// "200 in 12.3 ms", "no answer: Connection refused"
std::string outcome(const http::Response& answer);

}  // namespace authprobe::commands
