// The questions that `check` asks of a configuration which loads: what a review of monitoring credentials looks for.
// Each can be switched off in `settings.checklist`, with a reason.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/config/findings.h"

namespace authprobe::config {

struct ChecklistItem {
  std::string_view name;     // a key of settings.checklist
  std::string_view meaning;  // when it is asked
};
inline constexpr std::array kChecklist{
    ChecklistItem{"alert_route",
                  "no alert route for the credential's owner; needs `check --alertmanager.config.file=FILE`"},
    ChecklistItem{"dedicated", "the credential is an application's: `used_by` names more than monitoring"},
    ChecklistItem{"expiry_reminder", "the expiry is not known, so nobody is reminded of it"},
    ChecklistItem{"owner", "no `owner`"},
    ChecklistItem{"public_health", "a protected target, and no public page of the same server beside it"},
    ChecklistItem{"read_only", "scopes that grant more than reading, where all requests only read"},
    ChecklistItem{"rotation", "no `rotation`"},
    ChecklistItem{"rotation_seen", "a rotation that is documented and was never seen"},
    ChecklistItem{"secret_encoding", "a secret with characters that servers read in more than one way"},
    ChecklistItem{"used_by", "no `used_by`"},
};

// What the configuration alone answers.
void lint_checklist(const Config& config, Findings& findings);

// Removes the findings whose items are off.
void leave_out_switched_off(const Settings& settings, std::vector<Finding>& findings);

}  // namespace authprobe::config
