// The error that a server's Kerberos puts into its challenge, "Negotiate oXUwc6AD...": a KRB-ERROR (RFC 4120, section
// 5.9.1) inside the answer of a negotiation (RFC 4178), or bare. Pure.
#pragma once

#include <string_view>

#include "exporter/diagnosis/challenge.h"
#include "exporter/diagnosis/clue.h"

namespace authprobe::diagnosis {

// Adds what the challenge says of a ticket, if anything. The texts in it are not read.
void read_kerberos_error(const Challenge& challenge, Clues& clues);

}  // namespace authprobe::diagnosis
