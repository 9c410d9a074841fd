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
#include "exporter/config/token_forms.h"

namespace authprobe::config {

// Differs from user to user: the user gives it as a key of the credential. "{name}" stands for it in the file.
struct ProviderVariable {
  std::string name;
  std::string about;
  std::optional<std::string> usual;  // where the user gives none; nothing: he must
};

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

// How far a fact is to be trusted: nobody has compared it with a document; the address of the vendor's document is
// known; the document was read on the day that is given, and says so.
enum class FactMark { believed, sourced, verified };

// Where something in the file comes from.
struct ProviderFact {
  std::string about;  // one of kProviderFacts
  FactMark mark = FactMark::believed;
  std::string source;  // the document's address; empty: none was found
  std::string on;      // verified: the day, "2026-11-28"
};
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
  Table credential;  // keys of credentials.NAME
  Table target;      // keys of targets.NAME
  RateLimitHeaders rate_limit;
  std::vector<TokenForm> forms;
  std::vector<ProviderAnswer> answers;
  std::vector<ProviderFact> facts;
};

// All providers by name: the built-in ones, and the user's, which replace those of the same name.
class Providers {
 public:
  // Reads a file of the user's. A name is that of the file, without ".toml".
  void read_file(const std::string& file, Findings& findings, PatternCheck& patterns);

  // Null: there is none of this name. A built-in file is parsed when it is first asked for.
  const Provider* find(std::string_view name);

  std::vector<std::string> names() const;  // in order

  // The forms of all tokens.
  SharedValue<std::vector<TokenForm>> forms();

 private:
  std::shared_ptr<const std::vector<TokenForm>> all_forms();

  std::map<std::string, Provider, std::less<>> known_;
};

// Reads the text of one file. Each violation of the format is a finding at its place.
Provider read_provider(std::string_view name, std::string_view text, const std::string& file, Findings& findings,
                       PatternCheck& patterns);

}  // namespace authprobe::config
