// A report of `diagnose` as text for a terminal, or as JSON for programs.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "exporter/commands/elsewhere.h"
#include "exporter/config/config.h"
#include "exporter/prober/control_probes.h"
#include "exporter/prober/run_diagnose.h"

namespace authprobe::commands {

// The target and its credential, with the people to contact.
struct Subject {
  const config::Target& target;
  const config::Credential* credential = nullptr;  // null: none
  std::vector<View> views = {};                    // what other exporters say
};

std::string report_text(const Subject& subject, const prober::DiagnoseReport& examination, bool colour);
std::string report_json(const Subject& subject, const prober::DiagnoseReport& examination);

// The request of a control, in words.
std::string asked(const prober::Control& control, const config::Target& target);

// Where the cause is a guess: what to check, in order.
std::vector<std::string> steps_of(const prober::DiagnoseReport& examination);

}  // namespace authprobe::commands
