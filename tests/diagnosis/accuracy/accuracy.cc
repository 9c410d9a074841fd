// accuracy FILE|examples [all|none|leave-one-out] [--wrong]: how often the engine names the cause that a corpus gives.
//
// FILE holds JSON lines as `explain --jsonl` takes them, with "vendor", "cause" and "alt_causes". A line is right if
// the named cause is `cause` or one of `alt_causes`. Figures: with all signatures, with none, and with each line's own
// vendor left out, which says best how the engine does on vendors it has never met.
#include <fstream>
#include <iomanip>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "exporter/commands/recording.h"
#include "exporter/diagnosis/signatures.h"

namespace {

using namespace authprobe;
using diagnosis::Signatures;

struct Line {
  commands::Recording recording;
  std::string id, vendor, cause;
  std::set<std::string> right;
  std::set<std::string> own_signatures;  // of the same vendor
};

struct Score {
  int lines = 0, right = 0, certain = 0, certain_right = 0;
  void print(const std::string& name) const {
    std::cout << std::left << std::setw(26) << name << std::right << std::setw(4) << right << "/" << std::setw(4)
              << lines << " = " << std::fixed << std::setprecision(1) << std::setw(5)
              << (lines > 0 ? 100.0 * right / lines : 0) << "%   certain " << certain_right << "/" << certain;
    if (certain > 0) std::cout << " = " << 100.0 * certain_right / certain << "%";
    std::cout << "\n";
  }
};

std::vector<Line> read(const char* path) {
  std::ifstream file(path);
  std::vector<Line> lines;
  for (std::string text; std::getline(file, text);) {
    std::string error;
    auto recording = commands::recording_from_json(text, error);
    if (!recording) throw std::runtime_error("line " + std::to_string(lines.size() + 1) + ": " + error);
    const auto object = nlohmann::json::parse(text);
    Line line{std::move(*recording), object.value("id", ""), object.value("vendor", ""), object["cause"], {}, {}};
    line.right.insert(line.cause);
    for (const auto& cause : object["alt_causes"]) line.right.insert(cause.get<std::string>());
    lines.push_back(std::move(line));
  }
  return lines;
}

// Left out for a line: what its vendor's name says, and whatever was written for the same words under another name.
bool same_vendor(const std::string& vendor, const diagnosis::Signature& signature) {
  return signature.vendor.find(vendor) != std::string::npos || vendor.find(signature.vendor) != std::string::npos;
}

// The built-in signatures' own examples as lines: without signatures they are answers of vendors never met.
std::vector<Line> examples() {
  std::vector<Line> lines;
  for (const diagnosis::Signature& signature : diagnosis::signatures().all()) {
    for (const diagnosis::Signature::Example& example : signature.examples) {
      Line line;
      line.recording.status = example.status;
      line.recording.headers = example.headers;
      line.recording.body = example.body;
      line.recording.sent = example.sent;
      line.id = signature.id;
      line.vendor = signature.vendor;
      line.cause = to_string(signature.cause);
      line.right = {line.cause};
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

void run(const std::vector<Line>& lines, const std::string& mode, bool show_wrong) {
  std::map<std::string, std::unique_ptr<Signatures>> without;
  Score total;
  std::map<std::string, Score> by_cause;
  std::map<std::string, std::map<std::string, int>> confusion;
  for (const Line& line : lines) {
    const Signatures* known = mode == "none" ? nullptr : &diagnosis::signatures();
    if (mode == "leave-one-out") {
      auto& set = without[line.vendor];
      if (!set)
        set = std::make_unique<Signatures>(
            diagnosis::signatures_without([&](const auto& s) { return same_vendor(line.vendor, s); }));
      known = set.get();
    }
    const diagnosis::Diagnosis diagnosis = diagnosis::diagnose(line.recording.input(), known);
    const std::string named(to_string(diagnosis.cause));
    const bool right = line.right.contains(named);
    const bool certain = diagnosis.confidence == diagnosis::Confidence::certain;
    for (Score* score : {&total, &by_cause[line.cause]}) {
      ++score->lines;
      score->right += right ? 1 : 0;
      score->certain += certain ? 1 : 0;
      score->certain_right += certain && right ? 1 : 0;
    }
    if (right) continue;
    ++confusion[line.cause][named];
    if (!show_wrong) continue;
    std::cout << (certain ? "CERTAIN " : "") << line.id << " [" << line.cause << "] -> " << named << "\n";
    for (const std::string& evidence : diagnosis.evidence) std::cout << "      " << evidence << "\n";
  }
  std::cout << "== signatures: " << mode << "\n";
  for (const auto& [cause, score] : by_cause) score.print(cause);
  total.print("TOTAL");
  for (const auto& [cause, named] : confusion) {
    for (const auto& [wrong, count] : named)
      std::cout << "  " << cause << " taken for " << wrong << ": " << count << "\n";
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: accuracy FILE|examples [all|none|leave-one-out] [--wrong]\n";
    return 2;
  }
  try {
    const std::vector<Line> lines = std::string(argv[1]) == "examples" ? examples() : read(argv[1]);
    const bool wrong = std::string(argv[argc - 1]) == "--wrong";
    const std::string mode = argc > 2 && argv[2][0] != '-' ? argv[2] : "";
    for (const char* each : {"all", "none", "leave-one-out"}) {
      if (mode.empty() || mode == each) run(lines, each, wrong);
    }
  } catch (const std::exception& error) {
    std::cerr << argv[1] << ": " << error.what() << "\n";
    return 1;
  }
}
