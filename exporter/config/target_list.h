// A file of targets as Prometheus's file_sd reads it: JSON or YAML, an array of groups with addresses and labels.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/config/findings.h"

namespace authprobe::config {

inline constexpr std::size_t kLargestListFile = 4u << 20;
inline constexpr std::size_t kMostListed = 50'000;       // addresses in a list
inline constexpr std::size_t kMostListFiles = 1'000;     // that a list names
inline constexpr std::size_t kMostListLabels = 64;       // of a group
inline constexpr std::size_t kLongestListLabel = 1024;   // bytes of a value, and of an address 8 KiB, as of a URL
inline constexpr std::size_t kMostListText = 16u << 20;  // of all files of a list

// What the targets of a list may take: a group's labels are those of each of its targets.
inline constexpr std::size_t kMostListedBytes = 64u << 20;
inline constexpr std::size_t kLeastListedBytes = 8u << 20;
inline constexpr std::size_t kMostBytesOfLists = 256u << 20;

// The same for each of so many lists, so that none grows at the cost of another.
constexpr std::size_t bytes_of_each(std::size_t lists) {
  return std::clamp(kMostBytesOfLists / std::max<std::size_t>(lists, 1), kLeastListedBytes, kMostListedBytes);
}

struct ListedAddress {
  std::string text;  // "api.example.com:8443", or a URL; may be empty
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

struct ListedGroup {
  std::vector<ListedAddress> addresses;
  std::vector<std::pair<std::string, std::string>> labels;
};

// The files of one list as they were last good, by path.
using ListFiles = std::map<std::string, std::shared_ptr<const std::vector<ListedGroup>>>;

// What the URL of a list answered last.
struct UrlAnswer {
  std::string digest;             // of the text, or of the problem: an answer that is the same again changes nothing
  std::vector<Finding> findings;  // why it cannot be used; empty: it can
  std::shared_ptr<const std::vector<ListedGroup>> groups;  // null: it cannot be used
};

// How the reading of a list went.
struct ListReport {
  std::string name;
  std::vector<Finding> findings;  // of files and targets; a bounded number
  bool is_good = true;            // false: a file cannot be used, or the list is empty; what was last good is kept
  std::size_t targets = 0;        // made
  std::size_t left_out = 0;       // for a fault of their own; those that `relabel` drops do not count
};

// By the ending of the file's name, which Prometheus requires: .json, .yml or .yaml. Refuses what Prometheus refuses,
// with a place and a rule in `findings`, and a few files that Prometheus takes: docs/configuration.md has them.
std::optional<std::vector<ListedGroup>> read_target_list(std::string_view text, const std::string& file,
                                                         Findings& findings);

// The same for the JSON that a URL answers.
std::optional<std::vector<ListedGroup>> read_url_list(std::string_view text, const std::string& url,
                                                      Findings& findings);

// A name of a label as all versions of Prometheus accept it.
bool is_label_name(std::string_view text);
inline constexpr std::string_view kLabelNameRule = "must be a label name: letters, digits and '_', the first no digit";

// Files with targets may have this name, and a pattern of such names is one that Prometheus takes.
bool is_list_name(std::string_view pattern);

}  // namespace authprobe::config
