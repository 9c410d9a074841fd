// An examination in words for a terminal, or as JSON for programs.
#pragma once

#include <chrono>
#include <string>

#include "exporter/config/config.h"
#include "exporter/prober/run_diagnose.h"

namespace authprobe::commands {

// What the report tells of whoever cares for the target.
struct Subject {
  const config::Target& target;
  const config::Credential* credential = nullptr;  // null: none
};

std::string report_text(const Subject& subject, const prober::DiagnoseReport& examination, bool colour);
std::string report_json(const Subject& subject, const prober::DiagnoseReport& examination);

}  // namespace authprobe::commands
