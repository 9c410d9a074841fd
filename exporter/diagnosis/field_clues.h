// What one field of a body says of the cause.
#pragma once

#include <string_view>

#include "exporter/diagnosis/body_fields.h"
#include "exporter/diagnosis/clue.h"
#include "exporter/diagnosis/wording.h"

namespace authprobe::diagnosis {

// Keys under which APIs put a reason, for machines or for people: error, errorCode, retMsg, faultstring,
// status_message, Meldung.
bool is_reason_key(std::string_view key);

// Keys that hold a code or a status of the outcome.
bool is_status_key(std::string_view key);

// Appends what the field's words say, and what an HTTP status in it hints at.
void read_field(const Field& field, const Wording& wording, Clues& clues);

}  // namespace authprobe::diagnosis
