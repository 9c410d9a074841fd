// Labelled answers, from JSON lines as `explain --jsonl` takes them, with "vendor", "cause" and "alt_causes".
#pragma once

#include <set>
#include <string>
#include <vector>

#include "exporter/commands/recording.h"
#include "exporter/diagnosis/signatures.h"

namespace authprobe::accuracy {

// The label of an answer that refuses nothing.
inline constexpr std::string_view kHealthy = "none";

struct Line {
  commands::Recording recording;
  std::string id, vendor, cause;
  std::set<std::string> right;  // `cause` and its alternatives
  bool healthy() const { return cause == kHealthy; }
};

// Throws std::runtime_error that names the file and the line.
std::vector<Line> read_corpus(const std::string& path);

// The built-in signatures' own examples: without signatures they are answers of vendors never met.
std::vector<Line> signature_examples();

// A signature that was written for this vendor, under whichever of its names.
bool same_vendor(const std::string& vendor, const diagnosis::Signature& signature);

}  // namespace authprobe::accuracy
