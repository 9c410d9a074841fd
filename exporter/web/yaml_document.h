// A YAML file as the same tree of plain values that a TOML file is read into, so that one set of readers serves both.
// yaml-cpp stays inside yaml_document.cc.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "exporter/config/document.h"
#include "exporter/config/findings.h"

namespace authprobe::web {

// Parses the first document of `text`. What is wrong with it goes into `findings`, without any of the file's values.
// Keys without a value are left out. Plain scalars become booleans and integers where YAML's core schema says so; all
// others, and quoted ones, are strings. An empty document is an empty table; nothing is returned where the text is not
// YAML, or where anchors make it larger than such a file can be.
std::optional<config::Value> parse_yaml(std::string_view text, const std::string& file, config::Findings& findings);

}  // namespace authprobe::web
