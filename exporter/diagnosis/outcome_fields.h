// What one field of a success's document says of the call's outcome.
#pragma once

#include <cstddef>
#include <string_view>

#include "exporter/diagnosis/body_fields.h"
#include "exporter/diagnosis/wording.h"

namespace authprobe::diagnosis {

inline constexpr std::size_t kFewMembers = 8;  // of an error that says no more than its code and its message

// "", null, 0, false
bool empty_value(const Field& field);

// 401 and the like, as a text.
bool is_refusing_number(std::string_view value);

// 0, "0000", 200, "ok", "SUCCESS": what services give for the number of a good outcome.
bool is_good_outcome(const Field& field);

// {"status": "success"} and its like: what else it says is what was done.
bool says_success(const Field& field);

// ok, success or authenticated, with the value false.
bool denies_success(const Field& field);

// {"status": {"code": 7}}: an object for the outcome of the call. That of a payment has a life of its own.
bool tells_of_the_call(std::string_view root);

// The plainest forms: an error at the top, a success that is denied, a SOAP fault.
bool is_plain_error(const Field& field);

// {"data": {"error_code": 29002, "description": "..."}}, {"data": {"error": [{"msg": "..."}]}}, {"content": {"error":
// "NOT_LOGGED_IN"}}: the outcome stands where the content would.
bool is_error_in_content(const Field& field, const Body& body);

// A text of several words, in whatever script.
bool is_sentence(const Field& field);

// "ERR-38", "TOKEN_STALE", "fail": a value that tells of a failure, under whatever key.
bool is_code_of_failure(const Field& field);

// One sentence, whatever its key is called in whatever language, and beside it codes, flags and dates alone.
bool is_lone_sentence(const Body& body);

// The forms that are an error's only in a small document of one outcome.
bool is_error_when_small(const Field& field, const Body& body, const Wording& wording);

}  // namespace authprobe::diagnosis
