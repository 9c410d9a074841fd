// The runbook that the shipped alerts of a trouble lead to: the pages link to the same text that the page at night
// does.
#pragma once

#include <string>
#include <string_view>

#include "exporter/web/trouble.h"

namespace authprobe::web {

// The name of the alert that tells of it.
std::string_view alert_of(const Trouble& trouble);
std::string_view alert_of(const TargetStatus& target);

// A link to the alert's runbook in the folder `base`, which settings.runbooks names; nothing if that is empty.
std::string runbook_link(std::string_view base, std::string_view alert);

}  // namespace authprobe::web
