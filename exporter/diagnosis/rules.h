// What the engine's data files say, as values: wording rules and vendors' signatures.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "exporter/diagnosis/clue.h"

namespace authprobe::diagnosis {

struct WordingRule {
  Cause cause = Cause::unknown;  // unknown: the rule only marks the texts that it matches
  Strength strength = Strength::hints;
  bool ambiguous = false;        // "invalid or expired": other rules about the credential do not count in the same text
  bool exclusive = false;        // no other rule counts in the same text
  bool credential_seen = false;  // as in Clue
  bool no_credential_seen = false;
  bool vague = false;         // as in Clue
  bool of_page = false;       // counts in pages only
  bool refused_only = false;  // as in Clue
  bool of_data = false;       // as in Clue, for all that the text says
  bool of_absence = false;    // as in Clue, for all that the text says
  bool of_backend = false;    // as in Clue, for all that the text says
  bool of_other = false;      // the text is about a thing that is not the caller's, whatever `of_caller` says
  bool of_call = false;       // the text names something that a caller or a call has
  bool of_caller = false;     // the text is about the caller's credential, whatever `of_data` says
  bool of_own = false;        // the same, whatever `of_other` says too
  bool quiet = false;         // a text with it tells nothing: what servers say of every refusal, word traps
  std::vector<std::string> examples;
};

// Of wording/phrases.toml: ideas that stand in one clause, and what they mean.
struct Phrase {
  Cause cause = Cause::unknown;
  std::uint64_t of = 0;          // bits of the ideas that must all stand in a clause
  std::uint64_t without = 0;     // and of those that must not
  bool of_data = false;          // as in Clue
  bool credential_seen = false;  // as in Clue
  std::vector<std::string> examples;
};

struct Signature {
  std::string id;      // "github.ip_allow_list"
  std::string vendor;  // "github"
  std::string source;  // where the vendor, or one whom it bit, shows it
  Cause cause = Cause::unknown;
  Strength strength = Strength::names;
  bool credential_seen = false;  // as in Clue
  bool no_credential_seen = false;
  bool firm = false;
  std::vector<int> statuses;  // empty: any
  std::vector<int> patterns;  // all must match

  // What it is tested with.
  struct Example {
    int status = 0;
    std::vector<Header> headers;
    std::string body;
    SentCredential sent = SentCredential::unknown;
  };
  std::vector<Example> examples;
};

}  // namespace authprobe::diagnosis
