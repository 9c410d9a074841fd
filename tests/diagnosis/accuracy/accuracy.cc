// diagnosis_accuracy FILE|examples... [all|none|leave-one-out] [--wrong|--clues|--rules]: how often the engine is right
// on labelled answers.
//
// A line is right if the named cause is `cause` or one of `alt_causes`; a line of cause "none" is a healthy answer, and
// right if it is called no refusal. Figures: with all signatures, with none, and with those of each line's own vendor
// left out, which says best how the engine does on vendors it has never met.
#include <algorithm>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "exporter/diagnosis/reading.h"
#include "exporter/diagnosis/ruleset.h"
#include "tests/diagnosis/accuracy/corpus.h"
#include "tests/diagnosis/accuracy/rule_worth.h"
#include "tests/diagnosis/accuracy/score.h"

namespace {

using namespace authprobe;
using accuracy::Line;
using diagnosis::Ruleset;
using diagnosis::Signature;

// The rules that count for a line under a mode.
class Known {
 public:
  explicit Known(std::string mode) : mode_(std::move(mode)) {}

  const Ruleset& for_line(const Line& line) {
    if (mode_ == "all") return rules_without("", [](const Signature&) { return false; });
    if (mode_ == "none") return rules_without("", [](const Signature&) { return true; });
    return rules_without(line.vendor, [&](const Signature& each) { return accuracy::same_vendor(line.vendor, each); });
  }

 private:
  const Ruleset& rules_without(const std::string& key, const std::function<bool(const Signature&)>& unwanted) {
    auto& rules = rules_[key];
    if (!rules) {
      diagnosis::Signatures signatures = diagnosis::built_in_signatures();
      signatures.leave_out(unwanted);
      signatures.compile();
      rules = diagnosis::ruleset_with(std::move(signatures));
    }
    return *rules;
  }

  std::string mode_;
  std::map<std::string, std::shared_ptr<const Ruleset>> rules_;  // by vendor
};

void show(const Line& line, const diagnosis::Diagnosis& diagnosis) {
  std::cout << line.id << " [" << line.cause << "] -> " << to_string(diagnosis.cause) << " "
            << to_string(diagnosis.confidence) << "\n";
  for (const std::string& evidence : diagnosis.evidence) std::cout << "      " << evidence << "\n";
}

// One JSON object a line, for weigh.py: the label, the engine's own answer, and every clue.
void print_clues(const Line& line, const Ruleset& known) {
  const diagnosis::Input input = line.recording.input();
  const diagnosis::Reading reading = diagnosis::read_answer(input, known);
  const diagnosis::Diagnosis named = accuracy::diagnosed(line, known);
  nlohmann::json clues = nlohmann::json::array();
  for (const diagnosis::Clue& clue : reading.clues) {
    clues.push_back({{"cause", to_string(clue.cause)},
                     {"strength", static_cast<int>(clue.strength)},
                     {"trust", static_cast<int>(clue.trust)},
                     {"vague", clue.vague},
                     {"of_data", clue.of_data},
                     {"of_caller", clue.of_caller},
                     {"alternative", clue.alternative}});
  }
  std::cout << nlohmann::json{{"id", line.id},
                              {"vendor", line.vendor},
                              {"right", line.right},
                              {"status", input.status},
                              {"sent", to_string(input.sent)},
                              {"challenged", !reading.challenges.empty()},
                              {"named", to_string(named.cause)},
                              {"confidence", to_string(named.confidence)},
                              {"clues", clues}}
                   .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
            << "\n";
}

void run(const std::vector<Line>& lines, const std::string& mode, bool show_wrong) {
  Known known(mode);
  accuracy::Score score;
  std::cout << "== signatures: " << mode << "\n";
  for (const Line& line : lines) {
    const diagnosis::Diagnosis diagnosis = accuracy::diagnosed(line, known.for_line(line));
    if (!score.add(line, diagnosis) && show_wrong) show(line, diagnosis);
  }
  score.print(std::cout);
}

}  // namespace

int main(int argc, char** argv) try {
  const std::vector<std::string> modes = {"all", "none", "leave-one-out"};
  std::vector<Line> lines;
  std::string mode;
  bool wrong = false;
  std::string instead;
  for (const std::string& argument : std::vector<std::string>(argv + 1, argv + argc)) {
    if (argument == "--wrong") {
      wrong = true;
    } else if (argument == "--clues" || argument == "--rules") {
      instead = argument;
    } else if (std::ranges::find(modes, argument) != modes.end()) {
      mode = argument;
    } else {
      std::ranges::move(argument == "examples" ? accuracy::signature_examples() : accuracy::read_corpus(argument),
                        std::back_inserter(lines));
    }
  }
  if (lines.empty()) {
    std::cerr << "usage: diagnosis_accuracy FILE|examples... [all|none|leave-one-out] [--wrong|--clues|--rules]\n";
    return 2;
  }
  if (instead == "--rules") {
    accuracy::print_rule_worth(lines, std::cout);
    return 0;
  }
  if (instead == "--clues") {
    Known known(mode.empty() ? "all" : mode);
    for (const Line& line : lines) print_clues(line, known.for_line(line));
    return 0;
  }
  for (const std::string& each : modes) {
    if (mode.empty() || mode == each) run(lines, each, wrong);
  }
} catch (const std::exception& error) {
  std::cerr << error.what() << "\n";
  return 1;
}
