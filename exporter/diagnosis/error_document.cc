#include "exporter/diagnosis/error_document.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>

#include "exporter/diagnosis/document_keys.h"
#include "exporter/diagnosis/evidence.h"
#include "exporter/diagnosis/field_clues.h"
#include "exporter/diagnosis/record.h"
#include "exporter/diagnosis/statement.h"
#include "exporter/diagnosis/tiny_failure.h"
#include "exporter/wire/text.h"

namespace authprobe::diagnosis {
namespace {

constexpr std::size_t kShortStatement = 160;  // bytes of a text that is an answer, and no page
constexpr std::size_t kLongLine = 600;        // of a text that calls itself an error
constexpr std::size_t kFewMembers = 8;        // of an error that says no more than its code and its message
constexpr std::size_t kSmallFields = 20;      // of an error that also says what was asked for

std::size_t depth_of(std::string_view path) {
  return path.empty() ? 0 : 1 + static_cast<std::size_t>(std::ranges::count(path, '.'));
}

// The first part of a path.
std::string_view root_of(std::string_view path) {
  return path.substr(0, path.find('.'));
}

bool empty_value(const Field& field) {
  return field.value.empty() || (!field.is_string && says_nothing(field.value));
}

bool is_refusing_number(std::string_view value) {
  static constexpr std::array<std::string_view, 5> kNumbers = {"401", "403", "429", "498", "499"};
  return is_one_of(value, kNumbers);
}

// A status of several words that name a refusal: "CONSENT_EXPIRED". A single word may be the state of anything.
bool names_a_refusal(std::string_view value, const Wording& wording) {
  const std::string words = words_of(value);
  if (words.find(' ') == std::string::npos || words.size() > 60) return false;
  Clues said;
  wording.read(words, Trust::field, "", said);
  return std::ranges::any_of(said, [](const Clue& clue) { return clue.strength == Strength::names; });
}

// 0, "0000", 200, "ok", "SUCCESS": what services give for the number of a good outcome.
bool is_good_outcome(const Field& field) {
  static constexpr std::array<std::string_view, 10> kWords = {"ok",   "success", "succeeded", "successful", "true",
                                                              "done", "null",    "passed",    "accepted",   "normal"};
  const std::string value = wire::lowered(field.value);
  if (value.empty() || value == "1" || is_one_of(std::string_view(value), kWords)) return true;
  if (value.find_first_not_of('0') == std::string::npos) return true;
  return value.size() == 3 && value.starts_with("20") && value.find_first_not_of("0123456789") == std::string::npos;
}

// ok, success or authenticated, with the value false.
bool denies_success(const Field& field) {
  const std::string_view key = field.key();
  return wire::lowered(field.value) == "false" &&
         (is_flag_of_success(key) || key == "successful" || key == "authenticated");
}

// The plainest forms: an error at the top, a success that is denied, a SOAP fault.
bool is_plain_error(const Field& field) {
  const std::string_view path = unwrapped(field.path);
  const std::size_t depth = depth_of(path);
  if (depth == 1 && denies_success(field)) return true;
  if (field.key() == "faultstring" || field.key() == "faultcode") return true;
  if (field.key() == "stat" && says_failure(field.value)) return true;
  return is_error_root(root_of(path)) && !empty_value(field) && (field.is_string || depth > 1 || field.value == "true");
}

// {"status": {"code": 7}}: an object for the outcome of the call. That of a payment has a life of its own.
bool tells_of_the_call(std::string_view root) {
  static constexpr std::array<std::string_view, 12> kParts = {"stat", "meta", "head", "resp",   "resul", "reply",
                                                              "info", "outc", "mess", "detail", "err",   "return"};
  return has_part(root, kParts);
}

// {"data": {"error_code": 29002, "description": "..."}}, {"data": {"error": [{"msg": "..."}]}}: the outcome stands
// where the content would.
bool is_error_in_data(const Field& field) {
  static constexpr std::array<std::string_view, 3> kPaths = {"data.error_code", "data.errcode", "data.errno"};
  const bool is_coded = is_one_of(std::string_view(field.path), kPaths) && !is_good_outcome(field);
  return is_coded || field.path.starts_with("data.error.");
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

// The forms that are an error's only in a small document of one outcome.
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
  if (is_outcome_key(field.key()) && depth <= 2) {
    const bool plain = says_failure(field.value) || is_refusing_number(field.value);
    const bool word = field.is_string && (field.key() == "status" || field.key() == "ret");
    if (word && names_itself(body)) return false;  // a thing with a status of its own
    const bool numbered = field.value.find_first_of("0123456789") != std::string::npos;
    const bool tells = numbered || names_a_refusal(field.value, wording);
    if (fields > 1 && is_refusing_number(field.value) && !has_words(body))
      return false;  // {"status": 401, "count": 12}
    return fields <= kFewMembers && (plain || (!is_good_outcome(field) && (!word || tells)));
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
  if (outcome && (says_failure(field.value) || (!field.is_string && !is_good_outcome(field))))
    return fields <= kFewMembers;
  return field.is_string && field.key().find("err") != std::string_view::npos;
}

// {"acme_error": {"code": "E7", "message": "..."}}: all that there is stands in what is called an error.
bool is_a_named_error(const Body& body) {
  const std::string_view root = body.fields.empty() ? "" : root_of(body.fields.front().path);
  const auto inside = [&](const Field& field) { return depth_of(field.path) == 2 && root_of(field.path) == root; };
  return (root.ends_with("error") || root.ends_with("fault")) && std::ranges::all_of(body.fields, inside);
}

// {"data": {...}, "errors": [...]}: a part of what was asked for has come.
bool is_partial(const Body& body) {
  return body.has_data && std::ranges::none_of(body.fields, [](const Field& field) {
           return is_plain_error(field) && root_of(field.path) != "errors";
         });
}

// "ERR: 301, ...", "error=...", "-17: ...": the plain text answers of older services.
bool is_error_line(std::string_view line) {
  if (line.size() > 1 && line[0] == '-' && line[1] >= '1' && line[1] <= '9') return true;
  static constexpr std::array<std::string_view, 5> kStarts = {"err", "fail", "fault", "denied", "nok"};
  return std::ranges::any_of(kStarts, [&](std::string_view start) { return line.starts_with(start); });
}

// "2026-01-01T00:00:00Z sshd: ...": a line of a log.
bool begins_with_a_date(std::string_view text) {
  return text.size() > 10 && text[4] == '-' && text[7] == '-' &&
         text.substr(0, 10).find_first_not_of("0123456789-") == std::string_view::npos;
}

// {"status": "success"} and its like: what else it says is what was done.
bool says_success(const Field& field) {
  static constexpr std::array<std::string_view, 5> kFlags = {"ok", "success", "status", "result", "successful"};
  return is_one_of(field.key(), kFlags) && !field.value.empty() && field.value != "1" && is_good_outcome(field);
}

// A list or table of one row, of which every column tells of an error.
bool is_error_row(const Body& body) {
  static constexpr std::array<std::string_view, 13> kParts = {
      "err", "desc", "mess", "msg", "cause", "code", "resol", "hint", "reason", "detail", "status", "text", "solution"};
  const auto tells = [](const Field& field) {
    return depth_of(field.path) <= 2 && std::ranges::any_of(kParts, [&](std::string_view part) {
             return field.key().find(part) != std::string_view::npos;
           });
  };
  const auto is_error = [](const Field& field) {
    return field.key().find("err") != std::string_view::npos && !empty_value(field) && !is_good_outcome(field);
  };
  return body.fields.size() <= kFewMembers && std::ranges::all_of(body.fields, tells) &&
         std::ranges::any_of(body.fields, is_error);
}

// Where to read on, or a number of the service's own: no content beside a message.
bool only_refers(const Field& field) {
  const bool address = field.value.starts_with("http://") || field.value.starts_with("https://");
  const bool number = field.value.size() <= 8 && field.value.find_first_not_of("0123456789") == std::string::npos;
  return address || field.key() == "hint" || (number && depth_of(field.path) <= 2 && field.key().ends_with("stat"));
}

bool is_bare_message(const Body& body) {
  const auto tells = std::ranges::count_if(
      body.fields, [](const Field& field) { return !only_dates_or_numbers(field.key()) && !only_refers(field); });
  const auto has_message = [](const Field& field) { return field.is_string && is_message_key(field.key()); };
  const auto belongs = [](const Field& field) {
    if (field.path.find('.') != std::string::npos && is_content_root(root_of(field.path))) return false;
    return is_message_key(field.key()) || is_outcome_key(field.key()) || only_dates_or_numbers(field.key()) ||
           field.key() == "value" || only_refers(field);
  };
  return tells <= 2 && std::ranges::any_of(body.fields, has_message) && std::ranges::all_of(body.fields, belongs);
}

// A thing with a name of its own, somewhere inside: what is said there is said of it.
bool names_a_thing(const Body& body) {
  static constexpr std::array<std::string_view, 11> kNames = {"id",   "name",   "url",  "title", "email",    "user",
                                                              "host", "target", "path", "to",    "recipient"};
  return std::ranges::any_of(body.fields, [](const Field& field) {
    const std::string_view path = unwrapped(field.path);
    const bool of_a_message =
        field.key() == "id" && (root_of(path).starts_with("mess") || root_of(path).starts_with("reason"));
    const bool kind = field.key() == "type" && !says_failure(field.value) && !tells_of_the_call(root_of(path));
    return depth_of(path) > 1 && (kind || is_one_of(field.key(), kNames)) && !is_error_root(root_of(path)) &&
           !of_a_message;
  });
}

// {"code": 401, "msg": "...", "data": {...}}: the number and the words stand where those of the whole answer stand;
// {"status": 401, "data": {"message": "..."}}: the data are the words.
bool refuses_by_number(const Body& body) {
  const auto at_top = [&](auto property) {
    return std::ranges::any_of(
        body.fields, [&](const Field& field) { return depth_of(unwrapped(field.path)) == 1 && property(field); });
  };
  return at_top([](const Field& field) { return is_outcome_key(field.key()) && is_refusing_number(field.value); }) &&
         (at_top([](const Field& field) { return field.is_string && is_message_key(field.key()); }) ||
          std::ranges::any_of(body.fields, [](const Field& field) { return field.path == "data.message"; }));
}

// Three fields of one document that name three causes are no answer to a call but a list of what calls may be answered.
bool is_catalogue(const Clues& clues) {
  std::set<Cause> causes;
  const std::string* field = nullptr;  // the clues of a field stand together
  for (const Clue& clue : clues) {
    if (clue.strength == Strength::hints || (field != nullptr && *field == clue.evidence)) continue;
    field = &clue.evidence;
    causes.insert(clue.cause);
  }
  return causes.size() > 2;
}

// Said of a thing, these may be what the call was to do: "your key has been revoked".
bool may_be_an_act(Cause cause) {
  return cause == Cause::revoked_token || cause == Cause::expired_token || cause == Cause::resource_disabled;
}

// {"code": "100", "output": "..."}: a code and a sentence, which is the message whatever its name is.
void trust_lone_sentence(Clues& found) {
  for (Clue& clue : found) {
    if (clue.strength != Strength::hints) clue.trust = std::max(clue.trust, Trust::field);
  }
}

// "Please contact support": nobody says so of what a call has done.
bool says_whom_to_ask(const Body& body) {
  return std::ranges::any_of(
      body.fields, [](const Field& field) { return wire::lowered(field.value).find("contact") != std::string::npos; });
}

}  // namespace

Build build_of(const Body& body, const Wording& wording) {
  if (body.format == BodyFormat::html) return Build::content;
  if (body.format == BodyFormat::text) {
    if (body.text.size() <= kLongLine && is_error_line(wire::lowered(body.text))) return Build::error;
    if (body.text.empty() || begins_with_a_date(body.text)) return Build::content;
    // What is advised beside a statement ("Please log in to ...") makes no page of it.
    const bool short_enough =
        body.text.size() <= kShortStatement ||
        (body.text.size() <= 2 * kShortStatement && statement_of(phrase_of(body.text)).size() <= kShortStatement);
    if (!short_enough) return Build::content;
    return wire::lowered(body.text.substr(0, 2)) == "ok" ? Build::content : Build::bare_message;
  }
  const auto any = [&](auto property) { return std::ranges::any_of(body.fields, property); };
  if (is_about_a_thing(body) || misses_a_thing(body)) return Build::content;
  const bool denied =
      any([](const Field& field) { return denies_success(field) && depth_of(unwrapped(field.path)) == 1; });
  if (denied && !names_itself(body)) return Build::error;
  if (is_a_record(body) || any([](const Field& field) { return is_verdict_key(unwrapped(field.path)); }) ||
      any([](const Field& field) { return tells_of_a_life(field.key()) || tells_of_a_life(root_of(field.path)); }))
    return Build::content;
  if (body.is_error && body.rows < 2 && body.fields.size() <= kFewMembers) return Build::error;
  if (any(is_error_in_data) && body.rows < 2 && body.fields.size() <= kFewMembers) return Build::error;
  if (is_partial(body) && !refuses_by_number(body)) return Build::content;
  if (any([&](const Field& field) {
        return is_plain_error(field) && !is_in_rows(field, body) && !(denied && denies_success(field));
      }))
    return Build::error;
  if (body.rows > 1 || body.fields.size() > kSmallFields) return Build::content;
  if (is_error_row(body) || is_a_named_error(body)) return Build::error;
  const bool small_error = any([&](const Field& field) { return is_error_when_small(field, body, wording); });
  if (small_error && (!names_a_thing(body) || refuses_by_number(body))) return Build::small_error;
  if (is_tiny_failure(body)) return Build::tiny_failure;
  if (any(says_success)) return Build::content;
  return is_bare_message(body) ? Build::bare_message : Build::content;
}

void read_error_fields(const Body& body, Build build, const Wording& wording, Clues& clues) {
  if (build == Build::content) return;
  const bool small = body.fields.size() <= kSmallFields;
  const bool few = body.fields.size() <= kFewMembers && build != Build::bare_message;  // then every text is the error's
  Clues found;
  for (const Field& field : body.fields) {
    const std::string_view path = unwrapped(field.path);
    const bool error = is_error_root(root_of(path));
    const bool of_a_table =
        field.key().size() == 3 && field.key().find_first_not_of("0123456789") == std::string_view::npos;
    if (of_a_table || root_of(path).ends_with("codes") || root_of(path).ends_with("_messages"))
      continue;  // of a catalogue
    const bool tells = error || is_reason_key(field.key()) || is_message_key(field.key());
    const bool sentence =
        few && field.value.find(' ') != std::string::npos && (depth_of(path) == 1 || !is_content_root(root_of(path)));
    if (sentence || build == Build::tiny_failure || ((small || error || depth_of(path) == 1) && tells))
      read_field(field, wording, found);
  }
  if (few && body.fields.size() <= 2) trust_lone_sentence(found);
  if (!body.text.empty())
    wording.read(phrase_of(body.text), Trust::field, "body says: \"" + redact(body.text) + "\"", found);
  if (build == Build::bare_message) {
    const bool is_act = !says_whom_to_ask(body);
    std::erase_if(found, [is_act](const Clue& clue) {
      return clue.strength != Strength::names || clue.of_data || (is_act && may_be_an_act(clue.cause));
    });
    for (Clue& clue : found) {
      clue.strength = Strength::suggests;
      clue.trust = Trust::field;
    }
  }
  if (tells_of_more(body)) std::erase_if(found, [](const Clue& clue) { return !clue.of_caller; });
  if (build == Build::tiny_failure) {
    std::erase_if(found, [](const Clue& clue) {
      const bool plain = clue.strength == Strength::names || clue.alternative;
      return !plain || !clue.of_caller || clue.of_data;
    });
    for (Clue& clue : found) {
      clue.strength = Strength::suggests;
      clue.trust = Trust::field;
    }
  }
  if (build == Build::small_error) {
    for (Clue& clue : found) clue.of_caller = clue.of_caller && clue.by_phrase;  // so built, content may be too
  }
  if (!is_catalogue(found)) std::ranges::move(found, std::back_inserter(clues));
}

}  // namespace authprobe::diagnosis
