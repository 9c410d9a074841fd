// What a document of a success is about: things with a life of their own, whose troubles are theirs.
#pragma once

#include "exporter/diagnosis/body_fields.h"

namespace authprobe::diagnosis {

// A text for people, under a key for it.
bool has_words(const Body& body);

// A device, a webhook, a connector: whatever has failed there, it was not our call.
bool is_about_a_thing(const Body& body);

// {"code": "NOT_FOUND", "message": "Credential not found"}: what was asked for is not there, whatever it is.
bool misses_a_thing(const Body& body);

// {"error": "forbidden", "reason": "version 2.40.0 already exists"}: what the call was to make is there.
bool tells_of_a_conflict(const Body& body);

// An object of the service's own, which may have failed at something: {"id": 17, "name": "import", "error": "..."}.
bool is_a_record(const Body& body);

// {"name": "...", "status": "not available"} without a message.
bool names_itself(const Body& body);

// Beside the outcome, something has a name or a value of its own: {"printer": "p4", "status": "error", ...}. What fails
// there need not be the call.
bool tells_of_more(const Body& body);

// {"items": [{"error": ...}, ...]}: what is said in one of many rows is said of that row.
bool is_in_rows(const Field& field, const Body& body);

}  // namespace authprobe::diagnosis
