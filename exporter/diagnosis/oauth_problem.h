// OAuth 1.0's extension for the reporting of problems: `oauth_problem` in a challenge or in the body says what was
// wrong. http://wiki.oauth.net/w/page/12238543/ProblemReporting
#pragma once

#include <span>

#include "exporter/diagnosis/body_fields.h"
#include "exporter/diagnosis/challenge.h"
#include "exporter/diagnosis/clue.h"

namespace authprobe::diagnosis {

// Whatever the status: nobody else uses the name.
void read_oauth_problem(std::span<const Challenge> challenges, const Body& body, Clues& clues);

}  // namespace authprobe::diagnosis
