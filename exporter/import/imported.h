// What a reader of another program's file makes of it: requests with their credentials and expectations, in the words
// of the configuration, and what it could not carry. The texts may be secrets; the process that imports ends soon.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/wire/headers.h"

namespace authprobe::importing {

// A secret, or where it is. missing: nobody has told it; its file is to be made by a person.
struct SecretText {
  enum class Kind { text, env, file, missing };
  Kind kind = Kind::text;
  std::string text;  // the secret, the variable's name, the file's path, or what the file must contain
  auto operator<=>(const SecretText&) const = default;
};

// Two that are equal are one credential of the configuration.
struct ImportedCredential {
  std::string kind;                           // a word of the configuration; empty: no credential
  std::map<std::string, std::string> values;  // keys that are no secrets, and their TOML
  std::map<std::string, SecretText> secrets;  // keys, such as "token", or "secret_headers.X-Key"
  auto operator<=>(const ImportedCredential&) const = default;
};

using Variables = std::map<std::string, std::string>;  // name to value

// What ${NAME} in the texts of a request is.
enum class References { none, environment, to_fill_in };

struct ImportedRequest {
  std::string name;   // as its source calls it; empty: the URL gives one
  std::string place;  // "file:line"
  std::string method = "GET";
  std::string url;
  wire::Headers headers;
  std::string body;
  std::map<std::string, std::string> keys;  // further keys of the target, such as "expect.status", and their TOML
  ImportedCredential credential;
  std::string credential_name;  // as its source calls the credential; empty: the host gives one
  References references = References::none;
  Variables secret_values;  // of references that are known, and stand only where a secret may
  bool is_public = false;   // its texts are from documentation: none is a secret
  // Files of Prometheus's file_sd that list the targets, in place of a URL, and the hosts that they had.
  std::vector<std::string> list_files;
  std::vector<std::string> list_hosts;
};

// Something of the source that the configuration cannot have. None of the texts is a secret.
struct LeftOut {
  std::string place;  // "file:line"
  std::string what;
  std::string why;
};

// Of the body, where the request does not say it itself.
void add_content_type(std::string_view type, ImportedRequest& request);

// What the person who imports decides.
struct ImportOptions {
  std::string format;       // a word of kFormats; empty: the file tells it
  Variables variables;      // --set
  std::string base_url;     // instead of the servers of an OpenAPI file
  std::string interval;     // of requests whose source has none
  bool writes = false;      // requests that may change something are carried too
  bool references = false;  // the configuration refers to the files and variables that the source refers to
};

struct Import {
  ImportOptions options;
  std::vector<ImportedRequest> requests;
  std::vector<LeftOut> left_out;

  void leave_out(const std::string& place, std::string_view what, std::string_view why);
};

// A text of the source on one line of a terminal: short, without control characters.
std::string shown_line(std::string_view text);

// Of mixed letters and digits without words, as keys are.
bool looks_random(std::string_view text);

std::string place_of(const std::string& file, std::uint32_t line);

// "basic" and the like, with a secret under the key.
ImportedCredential credential_of(std::string kind, const std::string& key, SecretText secret);
// A username that is the secret itself, beside an empty password, is kept like one.
ImportedCredential basic_of(std::string_view username, SecretText password);

// The text with each ${NAME} that is known replaced.
std::string expanded(std::string_view text, const Variables& variables);

// The name of the ${NAME} that the text is, or that it contains; empty: there is none.
std::string reference_of(std::string_view text);
std::string reference_in(std::string_view text);

// A secret as a request has it: a whole ${NAME} is where the secret is.
SecretText secret_of(std::string_view text, References references);

// The TOML of a status as expect.status has it: a code as a number, anything else in quotes.
std::string status_text(std::string_view status);

// A pattern that finds exactly this text.
std::string pattern_of(std::string_view text);

}  // namespace authprobe::importing
