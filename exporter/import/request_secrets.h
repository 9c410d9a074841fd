// Finds the secrets of a request, wherever its source had them: in headers, the URL or the body.
#pragma once

#include "exporter/import/imported.h"

namespace authprobe::importing {

// Moves the secrets of the request into its credential, beside what its source said of one. False, and reported: the
// request cannot be carried.
bool take_secrets(ImportedRequest& request, Import& into);

}  // namespace authprobe::importing
