#include "tests/diagnosis/accuracy/rule_worth.h"

#include <algorithm>
#include <array>
#include <ostream>
#include <set>
#include <string>
#include <string_view>

#include "exporter/diagnosis/embedded.h"
#include "exporter/diagnosis/reading.h"
#include "exporter/diagnosis/ruleset.h"
#include "tests/diagnosis/accuracy/score.h"

namespace authprobe::accuracy {
namespace {

using diagnosis::Cause;
using diagnosis::Clues;
using diagnosis::Confidence;
using diagnosis::Diagnosis;
using diagnosis::Refusal;
using diagnosis::Ruleset;

constexpr std::string_view kEntry = "\n[[rule]]\n";

struct Outcome {
  bool right = false;
  bool certain = false;
  bool refused = false;
  Cause cause = Cause::unknown;
};

Outcome outcome(const Line& line, const Ruleset& rules) {
  const Diagnosis found = diagnosed(line, rules);
  const bool refused = found.refusal != Refusal::none;
  const bool right = line.healthy() ? !refused : line.right.contains(std::string(to_string(found.cause)));
  return {right, refused && found.confidence == Confidence::certain, refused, found.cause};
}

Ruleset rules_of(const std::vector<std::string>& wording, std::string_view phrases) {
  diagnosis::Signatures none;
  none.compile();
  return Ruleset{diagnosis::Wording({wording.begin(), wording.end()}, phrases), std::move(none)};
}

struct Worth {
  int right = 0;
  int wrong = 0;
  int certain = 0;
  Count claims;                   // answers in which it reads the cause that is named
  Count certain_claims;           // of these, those that are certain
  std::set<std::string> vendors;  // whose answers are right by it
  void add(const std::string& vendor, const Outcome& with, const Outcome& without) {
    if (with.right && !without.right) vendors.insert(vendor);
    right += with.right && !without.right ? 1 : 0;
    wrong += !with.right && without.right ? 1 : 0;
    certain += (with.certain ? 1 : 0) - (without.certain ? 1 : 0);
  }
};

std::string first_example(std::string_view entry) {
  const std::size_t from = entry.find("examples = [");
  return std::string(entry.substr(from, std::min<std::size_t>(entry.find('\n', from) - from, 90)));
}

Clues read_by(const Line& line, const Ruleset& rules) {
  return diagnosis::read_answer(line.recording.input(), rules).clues;
}

bool is_of_words(const diagnosis::Clue& clue) {
  return clue.trust == diagnosis::Trust::wording || clue.trust == diagnosis::Trust::field ||
         clue.trust == diagnosis::Trust::protocol;
}

// One rule on all lines: `alone` has nothing but it, `without` all but it.
Worth worth_of(const std::vector<Line>& lines, const std::vector<Outcome>& with, const Ruleset& alone,
               const Ruleset& without) {
  const diagnosis::WordingRule& rule = alone.wording.rules().front();
  Worth worth;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const Clues clues = read_by(lines[i], alone);
    // A rule that says nothing of a cause, but marks what others say, may change any answer.
    if (rule.cause == Cause::unknown || std::ranges::any_of(clues, is_of_words))
      worth.add(lines[i].vendor, with[i], outcome(lines[i], without));
    const bool claims =
        with[i].refused && with[i].cause == rule.cause && std::ranges::any_of(clues, [&](const diagnosis::Clue& clue) {
          return is_of_words(clue) && clue.cause == rule.cause && clue.strength == rule.strength;
        });
    if (claims) worth.claims.add(with[i].right);
    if (claims && with[i].certain) worth.certain_claims.add(with[i].right);
  }
  return worth;
}

void print(std::ostream& out, const Worth& worth, std::string_view name) {
  out << "  right " << worth.right << "  wrong " << worth.wrong << "  certain " << worth.certain << "  vendors "
      << worth.vendors.size() << "  precision " << worth.claims.right << "/" << worth.claims.lines << ", certain "
      << worth.certain_claims.right << "/" << worth.certain_claims.lines << "  " << name << std::endl;
}

// What is named by a phrase, since no rule speaks: its precision by cause.
void print_phrases(const std::vector<Line>& lines, const Ruleset& all, const std::vector<Outcome>& with,
                   std::ostream& out) {
  std::array<Count, diagnosis::kCauseCount> counts;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const Clues clues = read_by(lines[i], all);
    const auto by_phrase = [&](const diagnosis::Clue& clue) { return clue.by_phrase && clue.cause == with[i].cause; };
    const auto by_rule = [&](const diagnosis::Clue& clue) {
      return !clue.by_phrase && clue.cause == with[i].cause && clue.strength != diagnosis::Strength::hints;
    };
    if (with[i].refused && std::ranges::any_of(clues, by_phrase) && std::ranges::none_of(clues, by_rule))
      counts.at(static_cast<std::size_t>(with[i].cause)).add(with[i].right);
  }
  out << "precision of the phrases: answers that are named by nothing else\n";
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts.at(i).lines > 0)
      out << "  " << to_string(static_cast<Cause>(i)) << " " << counts.at(i).right << "/" << counts.at(i).lines << "\n";
  }
}

}  // namespace

void print_rule_worth(const std::vector<Line>& lines, std::ostream& out) {
  std::vector<std::string> wording;
  for (const std::string_view text : diagnosis::embedded_wording()) wording.emplace_back(text);
  const Ruleset all = rules_of(wording, diagnosis::embedded_phrases());
  std::vector<Outcome> with;
  for (const Line& line : lines) with.push_back(outcome(line, all));
  print_phrases(lines, all, with, out);
  out << "what each word rule is worth: answers that are right, wrong or certain only because of it, and of how many "
         "vendors; its precision: how often a cause that it reads, and that is named, is right\n";
  for (std::string& text : wording) {
    const std::string whole = text;
    const std::string words = whole.substr(0, whole.find(kEntry));
    for (std::size_t at = whole.find(kEntry); at != std::string::npos;) {
      const std::size_t end = std::min(whole.find(kEntry, at + 1), whole.size());
      const std::string entry = whole.substr(at, end - at);
      text = whole.substr(0, at) + whole.substr(end);
      print(out, worth_of(lines, with, rules_of({words + entry}, ""), rules_of(wording, diagnosis::embedded_phrases())),
            first_example(entry));
      at = end < whole.size() ? end : std::string::npos;
    }
    text = whole;
  }
}

}  // namespace authprobe::accuracy
