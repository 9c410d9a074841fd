// The headers of an answer that a person needs: why it refuses, who answered, and the id by which a server's log has
// it.
#pragma once

#include "exporter/wire/headers.h"

namespace authprobe::diagnosis {

// In order of arrival, as they may be shown: one line each, bounded. Our own secrets have been masked before.
wire::Headers telling_headers(const wire::Headers& headers);

}  // namespace authprobe::diagnosis
