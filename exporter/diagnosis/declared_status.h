// The status that an answer gives itself in its body, which counts more than the one that a framework sent it under.
#pragma once

#include "exporter/diagnosis/body_fields.h"

namespace authprobe::diagnosis {

// 401, 403 or 429, of {"status": 401, ...} or {"error": "unauthorized"} under a status that does not refuse, such as
// 400. 0: the answer names none.
int declared_status(int status, const Body& body);

}  // namespace authprobe::diagnosis
