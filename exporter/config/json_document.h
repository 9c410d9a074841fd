// A JSON file as the same tree of plain values that a TOML file is read into. nlohmann-json stays inside
// json_document.cc.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "exporter/config/document.h"
#include "exporter/config/findings.h"

namespace authprobe::config {

struct JsonLimits {
  int nodes = 10'000;
  int depth = 16;
};

// Parses all of `text`, which must be one JSON value (RFC 8259). What is wrong with it goes into `findings`, without
// any of the file's values. A key that is null is left out, and a null elsewhere is an empty string. Nothing is
// returned where the text is not JSON, or has more values than `limits` allows.
std::optional<Value> parse_json(std::string_view text, const std::string& file, Findings& findings,
                                const JsonLimits& limits = {});

}  // namespace authprobe::config
