// Reads the TOML of wording rules and signatures. toml++ stays in the one file behind this header.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/diagnosis/pattern_set.h"
#include "exporter/diagnosis/rules.h"

namespace authprobe::diagnosis {

struct WordingEntry {
  WordingRule rule;
  std::vector<std::string> patterns;  // any of them
};

struct SignatureEntry {
  Signature signature;                // `patterns` is empty yet
  std::vector<std::string> patterns;  // over the subject that Signatures makes of an answer; all of them
};

struct PhraseFile {
  struct Idea {
    std::string name;
    std::vector<std::string> patterns;  // any of them
  };
  std::vector<Idea> ideas;  // by bit, 64 at most
  std::vector<Phrase> phrases;
};

// All throw std::runtime_error that names the entry and what is wrong with it.
std::vector<WordingEntry> read_wording_file(std::string_view toml);
std::vector<SignatureEntry> read_signature_file(std::string_view toml);
// The [[signatures]] of a provider's file, whose other keys config/provider.h reads. Their ids begin with the
// provider's name.
std::vector<SignatureEntry> read_provider_signatures(std::string_view provider, std::string_view toml);
PhraseFile read_phrase_file(std::string_view toml);

// Adds to `set` or throws std::runtime_error with `where` and RE2's reason.
int add_pattern(PatternSet& set, std::string_view pattern, const std::string& where);

}  // namespace authprobe::diagnosis
