// What a list of targets has: its files and the answer of its URL, what is kept of an earlier reading, and what is too
// much.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/config/findings.h"
#include "exporter/config/target_list.h"
#include "exporter/wire/file.h"

namespace authprobe::config {

// The files of lists as they are now: others tell that a list is to be read again.
std::vector<std::optional<wire::FileStamp>> list_stamps(const std::vector<TargetList>& lists);

// One that is broken stays as it is in `before`; where nothing at all is listed, or too much, all of `before` stays.
// `is_good` becomes false then.
ListFiles read_list_files(const TargetList& list, const ListFiles& before, const UrlAnswer* answer, Findings& findings,
                          bool& is_good);

// By which LoadMemory has what the URL of a list answered.
std::string answer_key(const TargetList& list);

void report_too_large(const TargetList& list, const std::string& rule, Findings& findings);

}  // namespace authprobe::config
