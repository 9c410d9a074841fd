// What to do next, and who.
#pragma once

#include <string>

#include "exporter/diagnosis/diagnosis.h"

namespace authprobe::diagnosis {

std::string advice_for(const Input& input, Cause cause, bool scheme_mismatch);

}  // namespace authprobe::diagnosis
