// Successes that are no success: documents that are nothing but an error.
#pragma once

#include "exporter/diagnosis/body_fields.h"
#include "exporter/diagnosis/clue.h"
#include "exporter/diagnosis/wording.h"

namespace authprobe::diagnosis {

// A body of this many bytes at most is read as a whole even under a success; of a longer one, the content is left out.
inline constexpr std::size_t kSmallDocument = 2048;

// How a success's body is built.
enum class Build {
  content,       // it may speak of errors: rows of data, an object with a life of its own, a page
  tiny_failure,  // a few members, and one says that something failed: a refusal only in words about the caller
  bare_message,  // one or two texts and nothing else: a refusal only in the plainest words
  small_error,   // small, and with a code or a status that is none of the good ones
  error,         // an error document: a plain error at its top, or a success that is denied
};
Build build_of(const Body& body, const Wording& wording);

// The fields of such a body that tell why.
void read_error_fields(const Body& body, Build build, const Wording& wording, Clues& clues);

}  // namespace authprobe::diagnosis
