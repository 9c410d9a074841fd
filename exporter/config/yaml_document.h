// A YAML file as the same tree of plain values that a TOML file is read into, so that one set of readers serves both.
// yaml-cpp stays inside yaml_document.cc.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "exporter/config/document.h"
#include "exporter/config/findings.h"

namespace authprobe::config {

// core: plain scalars become booleans and integers where YAML's core schema says so; all others, and quoted ones, are
// strings. text: each scalar is the string that the file has, and one of no value is an empty string.
enum class YamlScalars { core, text };

struct YamlLimits {
  int nodes = 10'000;
  int depth = 16;
  YamlScalars scalars = YamlScalars::core;
};

// Parses the first document of `text`. What is wrong with it goes into `findings`, without any of the file's values.
// Keys without a value are left out. An empty document is an empty table, or an empty string. Nothing is returned where
// the text is not YAML, or has more nodes than `limits` allows: nodes of anchors count each time that they are used.
std::optional<Value> parse_yaml(std::string_view text, const std::string& file, Findings& findings,
                                const YamlLimits& limits = {});

}  // namespace authprobe::config
