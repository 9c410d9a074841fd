// The page of all targets: search, filters, sorting, and one page of rows at a time. Its script shows all rows in one
// long table. Pure.
#pragma once

#include "exporter/web/frame.h"
#include "exporter/web/http.h"
#include "exporter/web/status_store.h"

namespace authprobe::web {

// Takes the parameters of /api/v1/targets; empty ones, as a form sends them, are left out. 400 if one is wrong.
Response targets_page(const Request& request, const Snapshot& snapshot, const About& about);

}  // namespace authprobe::web
