// sentences.tsv: what documents of APIs say of refusals and of other faults, each in a small JSON document.
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/diagnosis/answer.h"

namespace authprobe::diagnosis {
namespace {

struct Sentence {
  int status = 0;
  std::string sent;
  std::string cause;  // "none": no refusal
  std::string text;
};

std::vector<Sentence> sentences() {
  std::ifstream file(AUTHPROBE_SOURCE_DIR "/tests/diagnosis/sentences.tsv");
  std::vector<Sentence> result;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream fields(line);
    Sentence sentence;
    fields >> sentence.status >> sentence.sent >> sentence.cause;
    std::getline(fields >> std::ws, sentence.text);
    result.push_back(sentence);
  }
  return result;
}

Diagnosis diagnosed(const Sentence& sentence) {
  const bool code = sentence.text.find(' ') == std::string::npos;
  const std::string body = nlohmann::json{{code ? "error" : "message", sentence.text}}.dump();
  const SentCredential sent = sentence.sent == "none"    ? SentCredential::none
                              : sentence.sent == "sigv4" ? SentCredential::sigv4
                                                         : SentCredential::bearer;
  return Answer(sentence.status, body).to(sent).diagnosed();
}

TEST(Sentences, NameTheirCauses) {
  std::size_t named = 0;
  for (const Sentence& sentence : sentences()) {
    if (sentence.cause == "none") continue;
    ++named;
    EXPECT_EQ(to_string(diagnosed(sentence).cause), sentence.cause) << sentence.status << ' ' << sentence.text;
  }
  EXPECT_GT(named, 600U);
}

TEST(Sentences, OfOtherFaultsAreNoRefusals) {
  std::size_t others = 0;
  for (const Sentence& sentence : sentences()) {
    if (sentence.cause != "none") continue;
    ++others;
    EXPECT_THAT(diagnosed(sentence), IsNoRefusal()) << sentence.status << ' ' << sentence.text;
  }
  EXPECT_GT(others, 400U);
}

}  // namespace
}  // namespace authprobe::diagnosis
