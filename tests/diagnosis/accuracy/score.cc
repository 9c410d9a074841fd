#include "tests/diagnosis/accuracy/score.h"

#include <cmath>
#include <iomanip>
#include <numeric>
#include <ostream>

namespace authprobe::accuracy {
namespace {

void print_count(std::ostream& out, const std::string& name, const Count& count) {
  const double percent = count.lines > 0 ? 100.0 * count.right / count.lines : 0;
  out << "  " << std::left << std::setw(36) << name << std::right << std::setw(5) << count.right << " of "
      << std::setw(4) << count.lines << " = " << std::fixed << std::setprecision(1) << std::setw(5) << percent
      << " %\n";
}

// How often a confidence must be right to bear its name, in percent. docs/causes.md promises it.
constexpr std::array kPromised = {99.0, 93.0, 0.0};

// The least precision, in percent, that so many right answers of so many bear out with 95 % (Wilson's interval).
double borne_out(const Count& count) {
  constexpr double kZ = 1.96;
  if (count.lines == 0) return 0;
  const double n = count.lines;
  const double p = count.right / n;
  const double middle = p + kZ * kZ / (2 * n);
  return 100 * (middle - kZ * std::sqrt(p * (1 - p) / n + kZ * kZ / (4 * n * n))) / (1 + kZ * kZ / n);
}

std::string word(std::size_t confidence) {
  return std::string(to_string(static_cast<diagnosis::Confidence>(confidence)));
}

}  // namespace

diagnosis::Diagnosis diagnosed(const Line& line, const diagnosis::Ruleset& rules) {
  const diagnosis::Input input = line.recording.input();
  const bool success = input.status >= 100 && input.status < 400;
  if (success && !diagnosis::may_hide_refusal(input.status, input.headers, input.body)) return {};
  return diagnosis::diagnose(input, rules);
}

void Count::add(bool is_right) {
  ++lines;
  right += is_right ? 1 : 0;
}

bool Score::add(const Line& line, const diagnosis::Diagnosis& diagnosis) {
  const auto confidence = static_cast<std::size_t>(diagnosis.confidence);
  const bool refused = diagnosis.refusal != diagnosis::Refusal::none;
  if (line.healthy()) {
    ++healthy_;
    if (refused) ++false_refusals_.at(confidence);
    return !refused;
  }
  const std::string named(to_string(diagnosis.cause));
  const bool right = line.right.contains(named);
  refusals_.add(right);
  by_cause_[line.cause].add(right);
  by_confidence_.at(confidence).add(right);
  by_claim_[word(confidence) + " " + named].add(right);
  if (!right) ++confusion_[line.cause][named];
  return right;
}

void Score::print(std::ostream& out) const {
  out << "by labelled cause\n";
  for (const auto& [cause, count] : by_cause_) print_count(out, cause, count);
  print_count(out, "ALL REFUSALS", refusals_);
  out << "by confidence\n";
  for (std::size_t i = 0; i < by_confidence_.size(); ++i) print_count(out, word(i), by_confidence_.at(i));
  print_calibration(out);
  out << "reliability: how often what was said is true\n";
  for (const auto& [claim, count] : by_claim_) print_count(out, claim, count);
  print_confusion(out);
  if (healthy_ == 0) return;
  out << "healthy answers called a refusal: " << std::reduce(false_refusals_.begin(), false_refusals_.end()) << " of "
      << healthy_ << " (";
  for (std::size_t i = 0; i < false_refusals_.size(); ++i) {
    out << (i > 0 ? ", " : "") << false_refusals_.at(i) << " " << word(i);
  }
  out << ")\n";
}

void Score::print_calibration(std::ostream& out) const {
  out << "calibration: what a confidence promises, what was measured, and what that bears out with 95 %\n";
  for (std::size_t i = 0; i < by_confidence_.size(); ++i) {
    const Count& count = by_confidence_.at(i);
    if (count.lines == 0) continue;
    const double measured = 100.0 * count.right / count.lines;
    out << "  " << std::left << std::setw(8) << word(i) << std::right << std::fixed << std::setprecision(1)
        << " promises " << std::setw(4) << kPromised.at(i) << " %  measured " << std::setw(5) << measured
        << " %  at least " << std::setw(4) << borne_out(count) << " %  "
        << (measured >= kPromised.at(i) ? "kept" : "BROKEN") << "\n";
  }
}

void Score::print_confusion(std::ostream& out) const {
  out << "confusion\n";
  for (const auto& [cause, named] : confusion_) {
    for (const auto& [wrong, count] : named) out << "  " << cause << " taken for " << wrong << ": " << count << "\n";
  }
}

}  // namespace authprobe::accuracy
