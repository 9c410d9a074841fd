#include "exporter/diagnosis/error_document.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>

#include "exporter/diagnosis/document_keys.h"
#include "exporter/diagnosis/evidence.h"
#include "exporter/diagnosis/field_clues.h"
#include "exporter/diagnosis/outcome_fields.h"
#include "exporter/diagnosis/record.h"
#include "exporter/diagnosis/statement.h"
#include "exporter/diagnosis/tiny_failure.h"
#include "exporter/wire/text.h"

namespace authprobe::diagnosis {
namespace {

constexpr std::size_t kShortStatement = 160;  // bytes of a text that is an answer, and no page
constexpr std::size_t kLongLine = 600;        // of a text that calls itself an error
constexpr std::size_t kFewLines = 3;          // of a plain text that is one answer
constexpr std::size_t kSmallFields = 20;      // of an error that also says what was asked for

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

// "713: Account is not active", "8, Account inactive"
bool begins_with_a_code(std::string_view line) {
  constexpr std::size_t kLongestCode = 5;
  const std::size_t digits = std::min(line.find_first_not_of("0123456789"), line.size());
  if (digits == 0 || digits > kLongestCode || line.substr(0, digits).find_first_not_of('0') == std::string_view::npos)
    return false;
  line.remove_prefix(digits);
  return line.starts_with(": ") || line.starts_with(", ") || line.starts_with(" - ");
}

// "ERR: 301, ...", "error=...", "-17: ...", "713: ...": the plain text answers of older services.
bool is_error_line(std::string_view line) {
  if (line.size() > 1 && line[0] == '-' && line[1] >= '1' && line[1] <= '9') return true;
  if (begins_with_a_code(line)) return true;
  static constexpr std::array<std::string_view, 5> kStarts = {"err", "fail", "fault", "denied", "nok"};
  return std::ranges::any_of(kStarts, [&](std::string_view start) { return line.starts_with(start); });
}

// "2026-01-01T00:00:00Z sshd: ...": a line of a log.
bool begins_with_a_date(std::string_view text) {
  return text.size() > 10 && text[4] == '-' && text[7] == '-' &&
         text.substr(0, 10).find_first_not_of("0123456789-") == std::string_view::npos;
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

// Something that was made, changed or will end. {"status": {"code": "10002", "message": "...", "created_at": "..."}},
// and the same in XML, whose paths have one part: when the answer was made.
bool has_a_life(const Body& body) {
  constexpr std::size_t kOfOneOutcome = 3;
  const auto is_of_the_answer = [&](const Field& field) {
    const bool of_the_call =
        body.format == BodyFormat::xml ? body.fields.size() <= kOfOneOutcome : tells_of_the_call(root_of(field.path));
    return of_the_call && (field.key() == "created_at" || field.key() == "createdat");
  };
  return std::ranges::any_of(body.fields, [&](const Field& field) {
    return !is_of_the_answer(field) && (tells_of_a_life(field.key()) || tells_of_a_life(root_of(field.path)));
  });
}

// A page, or a part of one, that shows a sentence and nothing else, and no title but that of an error.
bool is_one_sentence(const Body& body) {
  const bool of_something = !body.title.empty() && !says_failure(body.title);
  return body.lines == (body.title.empty() ? 1 : 2) && !of_something && body.text.size() <= kShortStatement &&
         body.password_inputs == 0 && !body.asks_name;
}

// "Please contact support": nobody says so of what a call has done.
bool says_whom_to_ask(const Body& body) {
  return std::ranges::any_of(
      body.fields, [](const Field& field) { return wire::lowered(field.value).find("contact") != std::string::npos; });
}

}  // namespace

Build build_of(const Body& body, const Wording& wording) {
  if (body.format == BodyFormat::html) return is_one_sentence(body) ? Build::bare_message : Build::content;
  if (body.format == BodyFormat::text) {
    if (body.lines > kFewLines) return Build::content;  // a list, a log, a page of a manual
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
  if (is_a_record(body) ||
      any([](const Field& field) { return is_verdict_key(unwrapped(field.path)) && field.value != "null"; }) ||
      has_a_life(body))
    return Build::content;
  if (body.is_error && body.rows < 2 && body.fields.size() <= kFewMembers) return Build::error;
  const auto in_content = [&](const Field& field) { return is_error_in_content(field, body); };
  if (body.rows < 2 && body.fields.size() <= kFewMembers && any(in_content)) return Build::error;
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
  if (is_bare_message(body)) return Build::bare_message;
  if (!is_lone_sentence(body)) return Build::content;
  return any(is_code_of_failure) ? Build::small_error : Build::bare_message;
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
    const bool in_place_of_data = build == Build::error && field.path == "data" && field.is_string;
    const bool tells = error || in_place_of_data || is_reason_key(field.key()) || is_message_key(field.key());
    const bool sentence = few && is_sentence(field) && (depth_of(path) == 1 || !is_content_root(root_of(path)));
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
  if (tells_of_more(body) && !is_lone_sentence(body))
    std::erase_if(found, [](const Clue& clue) { return !clue.of_caller; });
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
