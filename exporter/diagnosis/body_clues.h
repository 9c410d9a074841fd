// What the fields and the text of a body say of the cause.
#pragma once

#include "exporter/diagnosis/body_fields.h"
#include "exporter/diagnosis/clue.h"
#include "exporter/diagnosis/wording.h"

namespace authprobe::diagnosis {

// For answers whose status refuses or fails: everything that can be read is. `of_caller`: whatever it refuses, it
// refuses to who asks, since it was asked for nothing but a token.
void read_body(const Body& body, const Wording& wording, bool of_caller, Clues& clues);

// What a person would read of it: the title and the text of a page, a line of plain text.
void read_text(const Body& body, const Wording& wording, Clues& clues);

// For successes: a short page whose title refuses, such as a firewall's.
void read_refusing_page(const Body& body, const Wording& wording, Clues& clues);

// Whether it tells of a card or of a payment that was declined.
bool tells_of_a_payment(const Body& body);

}  // namespace authprobe::diagnosis
