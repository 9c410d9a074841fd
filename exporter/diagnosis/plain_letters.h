// Letters with marks, and how systems without them write the same words.
#pragma once

#include <string>
#include <string_view>

namespace authprobe::diagnosis {

// "nieprawid(?:ł)ow" also takes "nieprawidlow", "ung(?:ü)ltig" also "ungueltig": each marked Latin letter that stands
// in a group of its own in a pattern may stand there plain.
std::string with_plain_letters(std::string_view pattern);

// Whether a text has more than ASCII.
bool beyond_ascii(std::string_view text);

}  // namespace authprobe::diagnosis
