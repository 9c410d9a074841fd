// What is believed of an answer's clues, by its status.
#pragma once

#include "exporter/diagnosis/clue.h"
#include "exporter/diagnosis/diagnosis.h"

namespace authprobe::diagnosis {

// 401, 403, 429 and their like: whatever such an answer says, it says of a refusal.
bool status_refuses(int status);

// Under a status that does not refuse, only what speaks plainly, and of the caller, is believed.
bool believable(const Clue& clue, const Input& input);

// What a believed clue means under the answer's status and beside what was sent.
Clue under_status(Clue clue, const Input& input);

}  // namespace authprobe::diagnosis
