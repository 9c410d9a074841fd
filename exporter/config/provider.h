// What is known of a service, as a file tells: how its credentials are sent and probed, what they need, what its
// refusals look like, and where each fact comes from. docs/providers.md has the format.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/config/document.h"
#include "exporter/config/field.h"
#include "exporter/config/findings.h"
#include "exporter/config/provider_inventory.h"
#include "exporter/config/provider_parts.h"
#include "exporter/config/token_forms.h"

namespace authprobe::config {

// Headers of answers that tell how many requests are left; empty: none is known.
struct RateLimitHeaders {
  std::string limit;
  std::string remaining;
  std::string reset;
};

// What the service answers, as its documents show it.
struct ProviderAnswer {
  std::string state;  // one of kProviderStates
  int status = 0;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  bool is_believed = false;        // no document of the service's shows its body
  std::vector<std::string> means;  // causes, as words; more than one where the answer does not tell them apart
};
inline constexpr std::array<std::string_view, 5> kProviderStates{"good", "ended", "no_right", "limited", "down"};

inline constexpr std::array<std::string_view, 8> kProviderFacts{"auth",       "probe",    "expiry", "scopes",
                                                                "rate_limit", "refusals", "forms",  "rotation"};

struct Provider {
  std::string name;
  std::string file;  // that it was read from; empty: built in
  std::string title;
  std::string covers;   // which of the service's credentials
  std::string needs;    // the least right that the probe needs
  std::string expires;  // how long they live, where no request tells
  std::string status_page;
  std::vector<std::string> secrets;  // the keys that the user must give
  std::vector<ProviderVariable> variables;
  Table credential;            // keys of credentials.NAME
  Table target;                // keys of targets.NAME
  ExpiryHeader expiry_header;  // that of `credential`
  RateLimitHeaders rate_limit;
  std::vector<TokenForm> forms;
  std::vector<ProviderAnswer> answers;
  std::vector<ProviderFact> facts;
  std::vector<ProviderInventory> inventories;  // the first is the usual one
};

// All providers by name: the built-in ones, and the user's, which replace those of the same name.
class Providers {
 public:
  // Reads a file of the user's. A name is that of the file, without ".toml".
  void read_file(const std::string& file, Findings& findings, Patterns& patterns);

  // Null: there is none of this name. A built-in file is parsed when it is first asked for.
  const Provider* find(std::string_view name);

  std::vector<std::string> names() const;  // in order

  SharedValue<KnownServices> services();

 private:
  std::shared_ptr<const KnownServices> read_services();

  std::map<std::string, Provider, std::less<>> known_;
};

// Reads the text of one file. Each violation of the format is a finding at its place.
Provider read_provider(std::string_view name, std::string_view text, const std::string& file, Findings& findings,
                       Patterns& patterns);

}  // namespace authprobe::config
