// A clue: one fact that speaks for a cause, with how plainly it speaks and how far its source is to be trusted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "exporter/diagnosis/diagnosis.h"

namespace authprobe::diagnosis {

// How plainly: "forbidden" hints at a lack of permission, "access denied" suggests it, "requires the admin role" names
// it.
enum class Strength : std::uint8_t { hints, suggests, names };

// How far the source is to be trusted, least first: the order of the contract.
enum class Trust : std::uint8_t { status, credential, wording, field, signature, protocol };

struct Clue {
  Cause cause = Cause::unknown;
  Strength strength = Strength::hints;
  Trust trust = Trust::status;
  std::string evidence;             // one line, redacted; empty: nothing to show beyond what others show
  bool credential_seen = false;     // the server has seen a credential, whatever we think that we sent
  bool no_credential_seen = false;  // the server says that no credential reached it
  bool firm =
      false;  // a known vendor's answer whose words mislead: no other clue and nothing that was sent overrules it
  bool of_data = false;       // the same is said of things that are no credentials: "key not found"
  bool of_absence = false;    // something is not there: under a 404 what was asked for, whatever it is
  bool unrelated = false;     // the words name nothing that a caller or a call has
  bool of_caller = false;     // the words name the caller's credential, account or address
  bool vague = false;         // names the act of refusing and no right: "access denied"
  bool by_phrase = false;     // read by the ideas in it, since no rule knows the sentence
  bool of_status = false;     // a known vendor's answer, known under certain statuses
  bool refused_only = false;  // tells nothing but under a status that refuses: a server's trouble with any other server
  bool of_backend = false;    // what runtimes say of a server's certificate, or databases of who logs in to them
  bool alternative = false;   // one of several that the text leaves open: "missing or invalid"
  std::size_t words = 0;      // of the field's value that it was read in; 1: a code; 0: not read in a field
};

using Clues = std::vector<Clue>;

// Causes that say something of the credential itself, among which "invalid, expired or revoked" leaves the choice open.
bool about_credential(Cause cause);

}  // namespace authprobe::diagnosis
