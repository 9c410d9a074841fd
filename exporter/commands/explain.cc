#include "exporter/commands/explain.h"

#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "exporter/commands/recording.h"
#include "exporter/diagnosis/reference.h"
#include "exporter/diagnosis/ruleset.h"

namespace authprobe::commands {
namespace {

constexpr std::size_t kLongestLine = 8u << 20;  // bytes; a longer line is skipped and reported as an error
constexpr std::size_t kMostText = 8u << 20;

std::string json_string(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string to_json(const std::string& id, const diagnosis::Diagnosis& diagnosis) {
  std::string line = "{";
  if (!id.empty()) line += "\"id\":" + id + ",";
  line += "\"cause\":\"" + std::string(to_string(diagnosis.cause)) + "\",\"confidence\":\"" +
          std::string(to_string(diagnosis.confidence)) + "\",\"refusal\":\"" +
          std::string(to_string(diagnosis.refusal)) + "\",\"evidence\":[";
  for (std::size_t i = 0; i < diagnosis.evidence.size(); ++i)
    line += (i > 0 ? "," : "") + json_string(diagnosis.evidence[i]);
  return line + "],\"advice\":" + json_string(diagnosis.advice) + "}\n";
}

// What to check, in order, where the cause is a guess.
std::vector<std::string> steps_of(const diagnosis::Diagnosis& diagnosis, int status) {
  const bool guess =
      diagnosis.refusal != diagnosis::Refusal::none && diagnosis.confidence == diagnosis::Confidence::guess;
  return guess ? diagnosis::steps_for(status) : std::vector<std::string>();
}

std::string in_words(const diagnosis::Diagnosis& diagnosis, int status) {
  if (diagnosis.refusal == diagnosis::Refusal::none)
    return "not a refusal: nothing in the answer points to the credential or the caller\n";
  std::string text = "cause     " + std::string(to_string(diagnosis.cause)) + " (" +
                     std::string(to_string(diagnosis.confidence)) + ")\nkind      " +
                     std::string(to_string(diagnosis.refusal)) + "\n";
  std::string label = "evidence  ";
  for (const std::string& line : diagnosis.evidence) {
    text += label + line + "\n";
    label = "          ";
  }
  text += "next      " + diagnosis.advice + "\n";
  label = "steps     ";
  int number = 0;
  for (const std::string& step : steps_of(diagnosis, status)) {
    text += label + std::to_string(++number) + ". " + step + "\n";
    label = "          ";
  }
  return text;
}

enum class LineEnd { line, too_long, end };

// One line without its end, of bounded length whatever the input is.
LineEnd read_line(std::istream& in, std::string& line) {
  line.clear();
  std::streambuf& buffer = *in.rdbuf();
  bool too_long = false;
  for (int c = buffer.sbumpc(); c != std::char_traits<char>::eof(); c = buffer.sbumpc()) {
    if (c == '\n') return too_long ? LineEnd::too_long : LineEnd::line;
    if (line.size() < kLongestLine) {
      line.push_back(static_cast<char>(c));
    } else {
      too_long = true;
    }
  }
  if (too_long) return LineEnd::too_long;
  return line.empty() ? LineEnd::end : LineEnd::line;
}

int explain_lines(std::istream& in, const diagnosis::Ruleset& rules, std::ostream& out) {
  int exit_code = 0;
  std::string line;
  for (std::size_t number = 1;; ++number) {
    const LineEnd end = read_line(in, line);
    if (end == LineEnd::end) return exit_code;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    std::string error = "the line is longer than 8 MiB";
    const std::optional<Recording> recording =
        end == LineEnd::too_long ? std::nullopt : recording_from_json(line, error);
    if (recording) {
      out << to_json(recording->id, diagnosis::diagnose(recording->input(), rules));
    } else {
      out << "{\"line\":" << number << ",\"error\":" << json_string(error) << "}\n";
      exit_code = 1;
    }
  }
}

std::string read_text(std::istream& in) {
  std::string text(kMostText, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

// One response. JSON is taken too, since people paste what they have.
int explain_one(std::istream& in, const ExplainOptions& options, const diagnosis::Ruleset& rules, std::ostream& out) {
  const std::string text = read_text(in);
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  const bool is_json = start != std::string::npos && text[start] == '{';
  std::string error;
  const std::optional<Recording> recording =
      is_json ? recording_from_json(text, error) : recording_from_http(text, error);
  if (!recording) {
    out << (options.json ? "{\"error\":" + json_string(error) + "}\n" : "cannot read the response: " + error + "\n");
    return 1;
  }
  const diagnosis::Diagnosis diagnosis = diagnosis::diagnose(recording->input(), rules);
  out << (options.json ? to_json(recording->id, diagnosis) : in_words(diagnosis, recording->status));
  return 0;
}

}  // namespace

int explain(std::istream& in, const ExplainOptions& options, const diagnosis::Ruleset& rules, std::ostream& out) {
  return options.jsonl ? explain_lines(in, rules, out) : explain_one(in, options, rules, out);
}

}  // namespace authprobe::commands
