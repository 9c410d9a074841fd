// From what a list has to its targets: what is made, and what is left out.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/config/field.h"
#include "exporter/config/findings.h"
#include "exporter/config/keys.h"
#include "exporter/config/references.h"
#include "exporter/config/relabel.h"
#include "exporter/config/target_list.h"

namespace authprobe::config {

inline constexpr std::size_t kMostListedFindings = 20;

// Makes the targets of one list.
class ListedTargets {
 public:
  // `table` is the list's in the configuration, and `draft` what its targets inherit. The credentials of `config` are
  // in order of name. The targets take `most_bytes` at most.
  ListedTargets(const TargetList& list, const Field& table, const TargetDraft& draft, const Config& config,
                const References& references, Findings& findings, std::size_t most_bytes);

  // False: they take more, and all of them go.
  bool add(const ListFiles& files);

  std::vector<Target> take() { return std::move(made_); }
  std::size_t left_out() const { return left_out_; }
  // Of those, the ones without a finding.
  std::size_t unwritten() const { return left_out_ - std::min(left_out_, kMostListedFindings); }

 private:
  void add(const ListedAddress& address, const LabelSet& group, const std::string& file);
  bool complete(const LabelSet& labels, const Position& position, Target& target);
  bool fits(const Target& target);
  bool is_allowed_there(const Target& target);
  bool is_new(const Target& target);
  bool count_left_out();  // true: it is to be written
  void leave_out(const Position& position, const std::string& rule, const std::string& hint = "");

  const TargetList& list_;
  const Field& table_;
  TargetDraft draft_;
  const Config& config_;
  const Credential* const credential_;  // null: none
  const References& references_;
  Findings& findings_;
  const std::size_t most_bytes_;
  std::size_t bytes_ = 0;
  Patterns patterns_;
  const Relabelling relabelling_;
  std::map<std::string, std::size_t> made_by_name_;  // places in `made_`
  std::vector<Target> made_;
  std::size_t left_out_ = 0;
};

// What a list has become.
struct ReadList {
  ListReport report;
  ListFiles files;
  std::vector<Target> targets;
};

// Reads the files of a list, and makes its targets, of `most_bytes` at most. `before` is what was last good, and
// `answer` is null before its first answer.
ReadList read_listed(const TargetListDraft& draft, const Field& table, const ListFiles& before, const UrlAnswer* answer,
                     const Config& config, References& references, std::size_t most_bytes);

}  // namespace authprobe::config
