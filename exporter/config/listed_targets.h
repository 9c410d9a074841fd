// From the files of a list to its targets: what is read, what is kept of an earlier reading, and what is left out.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
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

// The files of one list as they were last good, by path.
using ListFiles = std::map<std::string, std::shared_ptr<const std::vector<ListedGroup>>>;

// How the reading of a list went.
struct ListReport {
  std::string name;
  std::vector<Finding> findings;  // of files and targets; a bounded number
  bool is_good = true;            // false: a file cannot be used, or the list is empty; what was last good is kept
  std::size_t targets = 0;        // made
  std::size_t left_out = 0;       // for a fault of their own; those that `relabel` drops do not count
};

// Reads the files that the patterns match. One that is broken stays as it is in `before`; where nothing at all is
// listed, all of `before` stays.
ListFiles read_list_files(const TargetList& list, const ListFiles& before, Findings& findings, bool& is_good);

// Makes the targets of one list.
class ListedTargets {
 public:
  // `table` is the list's in the configuration, and `draft` what its targets inherit. The credentials of `config` are
  // in order of name.
  ListedTargets(const TargetList& list, const Field& table, const TargetDraft& draft, const Config& config,
                References& references, Findings& findings);

  void add(const ListFiles& files);

  std::vector<Target> take() { return std::move(made_); }
  std::size_t left_out() const { return left_out_; }

 private:
  void add(const ListedAddress& address, const LabelSet& group, const std::string& file);
  bool complete(const LabelSet& labels, const Position& position, Target& target);
  bool fits(const Target& target);
  bool is_allowed_there(const Target& target);
  bool is_new(const Target& target);
  void leave_out(const Position& position, const std::string& rule, const std::string& hint = "");

  const TargetList& list_;
  const Field& table_;
  TargetDraft draft_;
  const Config& config_;
  const Credential* const credential_;  // null: none
  References& references_;
  Findings& findings_;
  PatternCheck patterns_;
  const Relabelling relabelling_;
  std::map<std::string, std::size_t> made_by_name_;  // places in `made_`
  std::vector<Target> made_;
  std::size_t left_out_ = 0;
};

// At most so many findings, and how many more there were.
std::vector<Finding> bounded(std::vector<Finding> findings);

}  // namespace authprobe::config
