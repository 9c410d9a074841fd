// What the fields and the text of a body say of the cause.
#pragma once

#include "exporter/diagnosis/body_fields.h"
#include "exporter/diagnosis/clue.h"
#include "exporter/diagnosis/wording.h"

namespace authprobe::diagnosis {

// For answers whose status refuses or fails: everything that can be read is.
void read_body(const Body& body, const Wording& wording, Clues& clues);

// What a person would read of it: the title and the text of a page, a line of plain text.
void read_text(const Body& body, const Wording& wording, Clues& clues);

// For successes: a short page whose title refuses, such as a firewall's.
void read_refusing_page(const Body& body, const Wording& wording, Clues& clues);

}  // namespace authprobe::diagnosis
