#include "exporter/diagnosis/outcome_fields.h"

#include <algorithm>
#include <array>
#include <string>

#include "exporter/diagnosis/document_keys.h"
#include "exporter/diagnosis/field_clues.h"
#include "exporter/diagnosis/plain_letters.h"
#include "exporter/diagnosis/record.h"
#include "exporter/diagnosis/statement.h"
#include "exporter/wire/text.h"

namespace authprobe::diagnosis {
namespace {

constexpr std::size_t kLongestCode = 24;

// A status of several words that name a refusal: "CONSENT_EXPIRED". A single word may be the state of anything.
bool names_a_refusal(std::string_view value, const Wording& wording) {
  const std::string words = words_of(value);
  if (words.find(' ') == std::string::npos || words.size() > 60) return false;
  Clues said;
  wording.read(words, Trust::field, "", said);
  return std::ranges::any_of(said, [](const Clue& clue) { return clue.strength == Strength::names; });
}

// {"highestSeverity": "ERROR", "notifications": [...]}: of all that a reply has to say, the worst.
bool tells_the_worst(const Field& field) {
  return field.key() == "highestseverity" && says_failure(field.value);
}

// {"severity": "ERROR", "message": "..."}: an object of the outcome says what it is.
bool says_how_severe(const Field& field) {
  static constexpr std::array<std::string_view, 3> kKeys = {"severity", "type", "level"};
  return is_one_of(field.key(), kKeys) && says_failure(field.value);
}

// {"paywayCode": "5001", "paywayMessage": "..."}, "ssl_result=7000", "ssl_result_message=...": a number and its message
// go by one name. Null where there is no such message.
const Field* message_of(const Field& field, const Body& body) {
  static constexpr std::array<std::string_view, 6> kEnds = {"message", "msg", "text", "description", "desc", "info"};
  constexpr std::size_t kShortestName = 3, kLongestNumber = 8;
  std::string_view name = field.path;
  if (name.ends_with("code")) name.remove_suffix(4);
  while (name.ends_with('_')) name.remove_suffix(1);
  const bool numbered =
      field.value.size() <= kLongestNumber && field.value.find_first_of("0123456789") != std::string::npos;
  if (!numbered || name.size() < kShortestName || is_good_outcome(field)) return nullptr;
  const auto found = std::ranges::find_if(body.fields, [&](const Field& other) {
    std::string_view rest = other.path;
    if (!rest.starts_with(name)) return false;
    rest.remove_prefix(name.size());
    if (rest.starts_with('_')) rest.remove_prefix(1);
    return is_one_of(rest, kEnds);
  });
  return found == body.fields.end() ? nullptr : &*found;
}

// "Signature mismatch": a message that nobody takes for one about goods or a payment.
bool tells_of_the_credential(const Field& message, const Wording& wording) {
  Clues said;
  read_field(message, wording, said);
  return std::ranges::any_of(said, [](const Clue& clue) {
    return clue.strength == Strength::names && about_credential(clue.cause) && clue.of_caller && !clue.of_data;
  });
}

// {"apiStatus": 1004}: a number as no status of HTTP is.
bool is_numbered_status(const Field& field) {
  constexpr std::size_t kShortestNumber = 3;
  return !field.is_string && field.key().ends_with("status") && field.value.size() >= kShortestNumber;
}

// A thing that the sentence is about, by its name in the languages of most services, or a line of a log.
bool names_something(std::string_view key) {
  static constexpr std::array<std::string_view, 16> kKeys = {"id",    "name", "title", "label",  "count", "subject",
                                                             "email", "url",  "level", "nombre", "nome",  "nom",
                                                             "naam",  "namn", "navn",  "nazwa"};
  return is_one_of(key, kKeys);
}

// Beside the sentence of an outcome: its code, a failure, a date, nothing at all.
bool is_part_of_an_outcome(const Field& field) {
  return empty_value(field) || is_code_of_failure(field) || only_dates_or_numbers(field.key());
}

bool is_short_number(const Field& field) {
  constexpr std::size_t kMostDigits = 8;
  return field.value.size() <= kMostDigits && field.value.find_first_not_of("-0123456789") == std::string::npos;
}

}  // namespace

bool empty_value(const Field& field) {
  return field.value.empty() || (!field.is_string && says_nothing(field.value));
}

bool is_refusing_number(std::string_view value) {
  static constexpr std::array<std::string_view, 5> kNumbers = {"401", "403", "429", "498", "499"};
  return is_one_of(value, kNumbers);
}

bool is_good_outcome(const Field& field) {
  static constexpr std::array<std::string_view, 10> kWords = {"ok",   "success", "succeeded", "successful", "true",
                                                              "done", "null",    "passed",    "accepted",   "normal"};
  const std::string value = wire::lowered(field.value);
  if (value.empty() || value == "1" || is_one_of(std::string_view(value), kWords)) return true;
  if (value.find_first_not_of('0') == std::string::npos) return true;
  return value.size() == 3 && value.starts_with("20") && value.find_first_not_of("0123456789") == std::string::npos;
}

bool says_success(const Field& field) {
  static constexpr std::array<std::string_view, 5> kFlags = {"ok", "success", "status", "result", "successful"};
  return is_one_of(field.key(), kFlags) && !field.value.empty() && field.value != "1" && is_good_outcome(field);
}

bool denies_success(const Field& field) {
  const std::string_view key = field.key();
  return wire::lowered(field.value) == "false" &&
         (is_flag_of_success(key) || key == "successful" || key == "authenticated");
}

bool tells_of_the_call(std::string_view root) {
  static constexpr std::array<std::string_view, 12> kParts = {"stat", "meta", "head", "resp",   "resul", "reply",
                                                              "info", "outc", "mess", "detail", "err",   "return"};
  return has_part(root, kParts);
}

bool is_plain_error(const Field& field) {
  const std::string_view path = unwrapped(field.path);
  const std::size_t depth = depth_of(path);
  if (depth == 1 && denies_success(field)) return true;
  if (field.key() == "faultstring" || field.key() == "faultcode") return true;
  if (field.key() == "stat" && says_failure(field.value)) return true;
  return is_error_root(root_of(path)) && !empty_value(field) && (field.is_string || depth > 1 || field.value == "true");
}

bool is_error_in_content(const Field& field, const Body& body) {
  static constexpr std::array<std::string_view, 4> kPlaces = {"data", "content", "output", "value"};
  static constexpr std::array<std::string_view, 3> kCodes = {"error_code", "errcode", "errno"};
  const std::string_view place = root_of(field.path);
  if (place.size() == field.path.size() || !is_one_of(place, kPlaces)) return false;
  const auto inside = [](const Field& each) {
    return std::string_view(each.path).substr(root_of(each.path).size() + 1);
  };
  const std::string_view name = inside(field);
  if (is_one_of(name, kCodes)) return !is_good_outcome(field);
  if (name.starts_with("error.")) return place == "data";
  if (!is_error_root(root_of(name)) || !field.is_string || empty_value(field)) return false;
  return std::ranges::all_of(body.fields, [&](const Field& each) {
    return root_of(each.path) != place || place.size() == each.path.size() || is_error_root(root_of(inside(each))) ||
           is_outcome_key(each.key()) || is_message_key(each.key());
  });
}

bool is_sentence(const Field& field) {
  return field.is_string && (field.value.find(' ') != std::string::npos || beyond_ascii(field.value));
}

bool is_code_of_failure(const Field& field) {
  const std::string_view value = field.value;
  if (says_failure(value)) return true;
  if (is_outcome_key(field.key()) && !is_good_outcome(field)) return true;
  const bool of_capitals =
      value.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == std::string_view::npos &&
      value.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") != std::string_view::npos;
  const bool joined = value.find_first_of("0123456789_-") != std::string_view::npos;
  return field.is_string && of_capitals && joined && value.size() <= kLongestCode;
}

bool is_lone_sentence(const Body& body) {
  constexpr std::size_t kFewFields = 6, kLongestSentence = 300;
  if (body.fields.size() > kFewFields || body.rows > 1) return false;
  std::size_t sentences = 0, numbers = 0;
  for (const Field& field : body.fields) {
    const std::string_view path = unwrapped(field.path);
    if (depth_of(path) > 1 && !tells_of_the_call(root_of(path)) && !is_error_root(root_of(path))) return false;
    const bool succeeded = is_flag_of_success(field.key()) && is_good_outcome(field);
    if (succeeded || names_something(field.key())) return false;
    if (is_sentence(field)) {
      if (++sentences > 1 || field.value.size() > kLongestSentence) return false;
    } else if (!is_part_of_an_outcome(field)) {
      if (!is_short_number(field) || is_good_outcome(field) || ++numbers > 1) return false;
    }
  }
  return sentences == 1;
}

bool is_error_when_small(const Field& field, const Body& body, const Wording& wording) {
  const std::string_view path = unwrapped(field.path);
  const std::size_t depth = depth_of(path);
  const std::size_t fields = body.fields.size();
  const bool of_a_fault =
      field.key().find("err") != std::string_view::npos || field.key().find("fault") != std::string_view::npos;
  if (depth == 2 && body.format == BodyFormat::json && !of_a_fault && !tells_of_the_call(root_of(path))) return false;
  if (is_content_root(root_of(path)) || depth > 4 || empty_value(field)) return false;
  if (tells_the_worst(field)) return depth <= 2;
  if (says_how_severe(field) && depth == 2) return fields <= kFewMembers;
  const Field* message = message_of(field, body);
  if ((is_outcome_key(field.key()) || is_numbered_status(field) || message != nullptr) && depth <= 2) {
    const bool plain = says_failure(field.value) || is_refusing_number(field.value);
    const bool word = field.is_string && (field.key() == "status" || field.key() == "ret");
    if (word && names_itself(body)) return false;  // a thing with a status of its own
    const bool numbered = field.value.find_first_of("0123456789") != std::string::npos;
    const bool tells = numbered || names_a_refusal(field.value, wording);
    if (fields > 1 && is_refusing_number(field.value) && !has_words(body))
      return false;  // {"status": 401, "count": 12}
    // The answer to a payment repeats what it was asked for.
    const bool few = fields <= kFewMembers || (message != nullptr && tells_of_the_credential(*message, wording));
    return few && (plain || (!is_good_outcome(field) && (!word || tells)));
  }
  if (is_flag_of_success(field.key()) && field.value == "0" && depth <= 2)  // "failure": how many went wrong
    return fields <= kFewMembers && std::ranges::none_of(body.fields, [](const Field& each) {
             return each.key() == "failure" || each.key() == "failed";
           });
  const bool number = !field.is_string && field.value.find_first_not_of("0123456789") == std::string::npos;
  if (is_error_root(field.key()) && depth == 1 && number)
    return fields <= kFewMembers;  // {"error": 9, "reason": "..."}
  const bool outcome = field.key() == "result" || field.key() == "response" || field.key() == "ack" ||
                       field.key() == "message" || field.key() == "type";
  if (outcome && (says_failure(field.value) || (!field.is_string && !is_good_outcome(field)))) {
    const bool of_the_reply = depth == 1 && (field.key() == "response" || field.key() == "result");
    return fields <= kFewMembers || (of_the_reply && says_failure(field.value) && has_words(body));
  }
  return field.is_string && field.key().find("err") != std::string_view::npos;
}

}  // namespace authprobe::diagnosis
