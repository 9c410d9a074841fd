// What is wrong now, as people look for it: a dead credential is one trouble, however many targets show it, and so is a
// host that accepts nobody. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "exporter/web/status_store.h"

namespace authprobe::web {

struct Trouble {
  enum class Kind : std::uint8_t { credential, host };

  Kind kind = Kind::credential;
  std::string name;                           // of the credential, or the host with its port
  const CredentialRow* credential = nullptr;  // null: a host
  bool total = false;                         // nothing of it works
  std::vector<const TargetStatus*> failing;   // the longest first; may be empty: only the credential itself is bad
  std::size_t targets = 0;                    // all of the credential, or of the host
  const TargetStatus* lead = nullptr;         // whose diagnosis speaks for all; null without failing targets
};

// The worst first: dead credentials, dead hosts, then the rest. Targets in a maintenance window are no trouble.
// Pointers into the snapshot.
std::vector<Trouble> troubles(const Snapshot& snapshot);

// The first time at which a part of the credential ends; nothing if no end is known.
// `first_expiry` has its source too.
const credential::Expiry* first_expiry(const prober::CredentialStatus& status);
std::optional<WallTime> first_end(const prober::CredentialStatus& status);

// Of the credential itself, whatever its targets show: it cannot be sent, no longer works, or is past its end.
bool is_dead(const prober::CredentialStatus& status, WallTime now);

// As a row that unfolds to its evidence, advice, links and targets.
std::string trouble_row(const Trouble& trouble, const Snapshot& snapshot, bool open);

// The facts of a diagnosis, and what to do: for the page of a target too. Empty without any.
std::string evidence_list(const std::vector<std::string>& evidence);
std::string advice_line(std::string_view advice);

}  // namespace authprobe::web
