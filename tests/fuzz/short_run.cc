// Stands in for libFuzzer in ordinary builds: gives a target every input of a corpus, then mutations of them, in an
// order that is the same at each run: CORPUS [MUTATIONS [SEED]]. CORPUS is a folder with an input a file; beside it may
// be CORPUS.found, with an input a line, in base64.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "exporter/wire/encoding.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr long kMutations = 3'000;
constexpr unsigned long kSeed = 20261122;
constexpr std::size_t kLongest = 4'096;

std::vector<std::string> read_corpus(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> corpus;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  std::ifstream found(folder.string() + ".found");
  for (std::string line; std::getline(found, line);) {
    auto input = authprobe::wire::base64_decoded(line);
    if (!input) std::exit(2);
    corpus.push_back(std::move(*input));
  }
  return corpus;
}

class Mutator {
 public:
  Mutator(const std::vector<std::string>& corpus, unsigned long seed) : corpus_(corpus), random_(seed) {}

  std::string next() {
    std::string text = corpus_[below(corpus_.size())];
    for (std::size_t n = 1 + below(8); n > 0; --n) mutate(text);
    if (text.size() > kLongest) text.resize(kLongest);
    return text;
  }

 private:
  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : random_() % bound; }

  void mutate(std::string& text) {
    const std::size_t at = below(text.size() + 1);
    switch (below(6)) {
      case 0: text.insert(at, 1, static_cast<char>(random_())); break;
      case 1: text.erase(at, below(16)); break;
      case 2:
        if (at < text.size()) text[at] = static_cast<char>(random_());
        break;
      case 3: text.insert(at, text.substr(below(text.size() + 1), below(64))); break;
      case 4: text.insert(at, below(256), "[{(<\"',;=\\&%\n"[below(13)]); break;
      default: {
        const std::string& other = corpus_[below(corpus_.size())];
        text = text.substr(0, at) + other.substr(below(other.size() + 1));
      }
    }
  }

  const std::vector<std::string>& corpus_;
  std::mt19937_64 random_;
};

void run(const std::string& text) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 4) return 2;
  const long mutations = argc > 2 ? std::atol(argv[2]) : kMutations;
  const unsigned long seed = argc > 3 ? std::strtoul(argv[3], nullptr, 10) : kSeed;
  const std::vector<std::string> corpus = read_corpus(argv[1]);
  if (corpus.empty()) return 2;
  for (const std::string& text : corpus) run(text);
  Mutator mutator(corpus, seed);
  for (long i = 0; i < mutations; ++i) run(mutator.next());
  std::printf("%zu inputs and %ld mutations: no crash\n", corpus.size(), mutations);
  return 0;
}
