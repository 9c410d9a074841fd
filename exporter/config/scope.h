// `include = [{ files, names, credentials, hosts }]`: files of a folder whose writers are not trusted with more than
// the credentials that are granted to them. Such a file has targets and nothing else. Everything that is not allowed
// here is refused: a key that is added to targets has to be allowed to be there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/config/field.h"

namespace authprobe::config {

inline constexpr std::size_t kMostScopedFiles = 1'000;
inline constexpr std::size_t kMostScopedBytes = 4u << 20;
inline constexpr std::size_t kMostScopedTargets = 1'000;
inline constexpr Duration kLeastScopedInterval{1'000};

struct Scope {
  std::string files;                     // a pattern, with '*' in the last part only; not relative
  std::string folder;                    // canonical: what is elsewhere is not read, whatever a link says
  std::vector<std::string> names;        // that its targets may have; patterns with '*'
  std::vector<std::string> credentials;  // that its targets may use; patterns with '*'
  std::vector<std::string> hosts;        // where its targets may be, beside the hosts of these credentials
  int max_in_flight = 0;                 // as in ScopedInclude
};

// Reads the table that stands in `include`.
Scope read_scope(const Field& field);

// The file, or what it links to, is in the folder of the scope or below.
bool is_inside(const Scope& scope, const std::string& file);

// Reports each section of a scoped file that is not [targets].
void check_scoped_sections(const Scope& scope, const Field& root);

// False, and reported: no target of the scope may have this name.
bool check_scoped_name(const Scope& scope, const Field& target);

// False, and reported: the target has more of something than one of the scope may have. It is not to be read, since
// reading is what costs.
bool check_scoped_size(const Scope& scope, const Field& target);

// Whoever has the server would choose where they lead.
void follow_no_redirect(Target& target);

// Reports what a target of the scope must not have. `field` is its table in the file, and `target` what became of it.
// The credentials of `config` are in order of name.
void check_scoped_target(const Scope& scope, const Field& field, const Target& target, const Config& config);

// Reports granted credentials that may be sent anywhere.
void check_grants(const Scope& scope, const Field& include, const Config& config);

}  // namespace authprobe::config
