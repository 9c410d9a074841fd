// All credentials and the secrets of inventories as a table for people and spreadsheets, and their ends as a calendar.
// Pure.
#pragma once

#include <string>

#include "exporter/web/status_store.h"

namespace authprobe::web {

// GitHub-flavoured Markdown: one table, a row a credential or a secret.
std::string report_markdown(const Snapshot& snapshot);

// The same as CSV (RFC 4180), with a header.
std::string report_csv(const Snapshot& snapshot);

// The same as one JSON object: `at`, and an array of `secrets` with `name`, `kind`, `inventory` (null: a credential),
// `owner`, `used_by`, `state`, `end`, `days_left`, `source`, `age_days`, `scopes`, `rotation` and `missing`.
std::string report_json(const Snapshot& snapshot);

// An event for each end that is known (of an inventory's secrets that are no credential of ours, the
// first 1,000 to come), with an alarm at each of its
// two thresholds (RFC 5545).
std::string calendar(const Snapshot& snapshot);

}  // namespace authprobe::web
