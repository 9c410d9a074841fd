#include "tests/diagnosis/accuracy/corpus.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace authprobe::accuracy {
namespace {

Line line_of(const std::string& text) {
  std::string error;
  auto recording = commands::recording_from_json(text, error);
  if (!recording) throw std::runtime_error(error);
  const auto object = nlohmann::json::parse(text);
  Line line{std::move(*recording), object.value("id", ""), object.value("vendor", ""), object.at("cause"), {}};
  line.right.insert(line.cause);
  for (const auto& cause : object.value("alt_causes", nlohmann::json::array())) line.right.insert(cause);
  return line;
}

}  // namespace

std::vector<Line> read_corpus(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error(path + ": cannot be read");
  std::vector<Line> lines;
  std::size_t number = 0;
  for (std::string text; std::getline(file, text);) {
    ++number;
    try {
      lines.push_back(line_of(text));
    } catch (const std::exception& error) {
      throw std::runtime_error(path + ":" + std::to_string(number) + ": " + error.what());
    }
  }
  return lines;
}

std::vector<Line> signature_examples() {
  std::vector<Line> lines;
  const diagnosis::Signatures known = diagnosis::built_in_signatures();
  for (const diagnosis::Signature& signature : known.all()) {
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

bool same_vendor(const std::string& vendor, const diagnosis::Signature& signature) {
  return signature.vendor.find(vendor) != std::string::npos || vendor.find(signature.vendor) != std::string::npos;
}

}  // namespace authprobe::accuracy
