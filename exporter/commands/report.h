// A report of `diagnose` as text for a terminal, or as JSON for programs.
#pragma once

#include <chrono>
#include <string>

#include "exporter/config/config.h"
#include "exporter/prober/run_diagnose.h"

namespace authprobe::commands {

// The target and its credential, with the people to contact.
struct Subject {
  const config::Target& target;
  const config::Credential* credential = nullptr;  // null: none
};

std::string report_text(const Subject& subject, const prober::DiagnoseReport& examination, bool colour);
std::string report_json(const Subject& subject, const prober::DiagnoseReport& examination);

}  // namespace authprobe::commands
