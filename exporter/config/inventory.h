// The lists of secrets that issuers keep: how a provider's API shows them, and which of them the configuration asks
// for.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "exporter/config/connection.h"
#include "exporter/config/enum_names.h"
#include "exporter/config/findings.h"
#include "exporter/wire/headers.h"
#include "exporter/wire/url.h"

namespace authprobe::config {

// A value of an answer, in JSON or in XML: by a JSON pointer, from the secret or from the row that it is in; or a name
// that an earlier step has given to a value of its own answer.
struct ListPlace {
  enum class From : std::uint8_t { secret, row, step };
  From from = From::secret;
  std::string pointer;  // RFC 6901; of a step the name
  bool operator==(const ListPlace&) const = default;
};
using ListPlaces = std::vector<ListPlace>;  // the first that has a value counts

// How an answer says that there is more.
enum class NextPage : std::uint8_t { none, link, url, cursor, number };
struct Paging {
  NextPage by = NextPage::none;
  std::string at;         // url, cursor: where the answer has it, a JSON pointer
  std::string parameter;  // cursor, number: of the next request's query
  bool operator==(const Paging&) const = default;
};

// A request, repeated for each page. All but the last step of a list give names to values of their rows, and the
// requests of the step behind them are made once for each row: "{name}" stands for the value in their URL and body.
struct ListStep {
  std::string url;
  wire::Url sample;  // the URL with something in the places of the names: has the origin of all requests
  std::string method = "GET";
  wire::Headers headers;
  std::string body;            // JSON; empty: none
  std::string rows;            // JSON pointer to the array of rows; what is no array is one row
  bool rows_optional = false;  // an answer that has the place around the rows, but not them, is empty
  int empty_status = 0;        // the status of an answer that means that there is no row; 0: none
  Paging next;
  std::vector<std::pair<std::string, ListPlace>> gives;  // names with their places
  bool operator==(const ListStep&) const = default;
};

// The secret is disabled where the value at the place is one of these.
struct DisabledRule {
  ListPlaces at;
  std::vector<std::string> is;  // as JSON
  bool operator==(const DisabledRule&) const = default;
};

struct SecretList {
  std::string name;
  std::string about;                 // which secrets
  std::string needs;                 // the least right that the requests need
  std::vector<ListStep> steps;       // never empty
  std::vector<std::string> secrets;  // JSON pointers to arrays in a row, each element a secret; empty: the row is one
  ListPlaces id;
  ListPlaces title;
  ListPlaces owner;
  ListPlaces created;
  ListPlaces ends;       // an absent end means never
  ListPlaces last_used;  // empty: the issuer does not tell
  ListPlaces client;     // the client that the secret is of, such as an OAuth client id; empty: none
  ListPlaces hint;       // the first characters of the secret
  std::vector<DisabledRule> disabled;
  bool operator==(const SecretList&) const = default;
};

// `[inventories.NAME]`.
struct Inventory {
  std::string name;
  std::string provider;
  std::vector<std::pair<std::string, std::string>> variables;  // that the user gave
  SharedValue<SecretList> list;                                // never null once loaded
  std::string list_name;                                       // that the user chose; empty: the provider's first
  std::string credential;                                      // a name in Config::credentials
  std::string owner;
  Duration interval{std::chrono::hours{1}};
  int max_entries = 10'000;
  int max_requests = 1'000;             // for one list
  std::optional<Duration> warn_before;  // none: depends on the secret's lifetime
  std::optional<Duration> critical_before;
  Duration unused_after{std::chrono::hours{24 * 90}};  // 0: no secret counts as unused
  bool series = false;                                 // each secret has series of its own
  int max_series = 100;                                // so many secrets at most: those that end first
  SharedValue<Connection> connection;                  // never null once loaded
  Position position;
  bool operator==(const Inventory&) const = default;
};

}  // namespace authprobe::config
