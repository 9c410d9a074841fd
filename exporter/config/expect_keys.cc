// `expect`: the expected answer of a target.
#include <charconv>
#include <cmath>

#include "exporter/config/forms.h"
#include "exporter/config/quantity.h"

namespace authprobe::config {
namespace {

std::optional<int> status_code(std::string_view text) {
  int code = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), code);
  if (error != std::errc() || end != text.data() + text.size() || code < 100 || code > 599) return std::nullopt;
  return code;
}

// "2xx", "401" or "200-204".
std::optional<StatusRange> status_range(std::string_view text) {
  if (text.size() == 3 && '1' <= text[0] && text[0] <= '5' && (text.substr(1) == "xx" || text.substr(1) == "XX")) {
    const int first = (text[0] - '0') * 100;
    return StatusRange{first, first + 99};
  }
  const auto dash = text.find('-');
  const auto first = status_code(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : status_code(text.substr(dash + 1));
  if (!first || !last || *first > *last) return std::nullopt;
  return StatusRange{*first, *last};
}

void read_status(const Field& field, Expectation& into) {
  std::vector<StatusRange> ranges;
  for (const Field& element : field.elements()) {
    std::optional<StatusRange> range;
    if (const auto* text = std::get_if<std::string>(&element.value().data)) range = status_range(*text);
    if (const auto* code = std::get_if<std::int64_t>(&element.value().data))
      range = status_range(std::to_string(*code));
    if (!range) {
      element.error("must be a status code, a class or a range", R"(such as 401, "2xx" or "200-204")");
    } else {
      ranges.push_back(*range);
    }
  }
  if (const auto* array = std::get_if<Array>(&field.value().data); array != nullptr && array->empty()) {
    field.error("must have at least one status");
  }
  if (!ranges.empty()) into.status = std::move(ranges);
}

std::string status_text(const StatusRange& range) {
  if (range.first == range.last) return std::to_string(range.first);
  if (range.first % 100 == 0 && range.last == range.first + 99) return quoted(std::to_string(range.first / 100) + "xx");
  return quoted(std::to_string(range.first) + '-' + std::to_string(range.last));
}

void show_status(const Expectation& expect, const TomlWriter& out) {
  out.raw(array_text(expect.status, status_text));
}

template <auto member>
constexpr Form<Owner<member>> pattern = {read_member<member, &Field::pattern>,
                                         [](const Owner<member>& value, const TomlWriter& out) {
                                           if (!(value.*member).empty()) out.text((value.*member).text());
                                         }};

// One pattern or an array of them.
template <auto member>
constexpr Form<Owner<member>> patterns = {[](const Field& field, Owner<member>& into) {
                                            (into.*member).clear();
                                            for (const Field& element : field.elements()) {
                                              if (auto read = element.pattern())
                                                (into.*member).push_back(std::move(*read));
                                            }
                                          },
                                          [](const Owner<member>& value, const TomlWriter& out) {
                                            std::vector<std::string> texts;
                                            for (const Pattern& one : value.*member) texts.push_back(one.text());
                                            if (!texts.empty()) out.texts(texts);
                                          }};

constexpr Key<HeaderCheck> kHeaderCheckKeys[] = {
    {"name", text<&HeaderCheck::name, &Field::token>, "the header, in any case"},
    {"matches", pattern<&HeaderCheck::matches>,
     "must be found in its value; without it, the header only has to be present"},
    {"absent", boolean<&HeaderCheck::absent>, "the header must not be present; not with `matches`"},
};

void check_header(const Field& element, const HeaderCheck& check) {
  if (element.child("absent") && check.absent && element.child("matches")) {
    element.error("must have only one of matches and absent");
  }
  if (!element.child("name")) element.error("must have a name");
}

void read_equals(const Field& field, JsonCheck& check) {
  assign(json_of(field), check.equals);
}

// A JSON scalar is one of TOML's.
void show_equals(const JsonCheck& check, const TomlWriter& out) {
  if (!check.equals.empty()) out.raw(check.equals);
}

// Also if it is empty: that is the whole document.
void show_pointer(const JsonCheck& check, const TomlWriter& out) {
  out.text(check.pointer);
}

template <auto member>
constexpr Form<JsonCheck> bound = {[](const Field& field, JsonCheck& check) {
                                     const auto& data = field.value().data;
                                     if (const auto* integer = std::get_if<std::int64_t>(&data)) {
                                       check.*member = static_cast<double>(*integer);
                                     } else if (const auto* number = std::get_if<double>(&data);
                                                number != nullptr && std::isfinite(*number)) {
                                       check.*member = *number;
                                     } else {
                                       field.error("must be a number");
                                     }
                                   },
                                   [](const JsonCheck& check, const TomlWriter& out) {
                                     if (check.*member) out.raw(number_text(*(check.*member)));
                                   }};

constexpr Key<JsonCheck> kJsonCheckKeys[] = {
    {"pointer",
     {text<&JsonCheck::pointer, &Field::pointer>.read, show_pointer},
     R"(RFC 6901: `"/data/0/ok"`; `""` is the whole document)"},
    {"equals", {read_equals, show_equals}, "the value at that place; without it, the place only has to exist"},
    {"matches", pattern<&JsonCheck::matches>, "must be found in the first 64 KiB of the text at that place"},
    {"absent", boolean<&JsonCheck::absent>, "the place must not exist; not with other keys"},
    {"at_least", bound<&JsonCheck::at_least>, "the number at that place is this or more"},
    {"at_most", bound<&JsonCheck::at_most>, "is this or less"},
    {"more_than", bound<&JsonCheck::more_than>, "is more than this"},
    {"less_than", bound<&JsonCheck::less_than>, "is less than this"},
};

void check_json(const Field& element, const JsonCheck& check) {
  if (!element.child("pointer")) element.error("must have a pointer", "\"\" is the whole document");
  if (!check.absent) return;
  for (const std::string_view key : {"equals", "matches", "at_least", "at_most", "more_than", "less_than"}) {
    if (element.child(key)) element.error("must have only one of absent and " + std::string(key));
  }
}

constexpr Bounds kAnswerTime = between(std::chrono::milliseconds(1), std::chrono::hours(1));

void show_answer_time(const Expectation& expect, const TomlWriter& out) {
  if (expect.answer_within.count() != 0) out.text(format_duration(expect.answer_within));
}

constexpr Key<Expectation> kExpectKeys[] = {
    {"status",
     {read_status, show_status},
     "codes (`401`), classes (`\"2xx\"`), ranges (`\"200-204\"`). With `[401]`, `[403]` or `[407]`, and other 4xx "
     "beside them, "
     "a success is the state `exposed`: the endpoint accepts everyone"},
    {"body_matches", patterns<&Expectation::body_matches>, "each must be found in the first 64 KiB of the body"},
    {"body_not_matches", patterns<&Expectation::body_not_matches>, "none may be found there"},
    {"headers", tables<&Expectation::headers, kHeaderCheckKeys, check_header>, "one check per header"},
    {"json", tables<&Expectation::json, kJsonCheckKeys, check_json>,
     "one check per place in a JSON body, which is read up to `max_response_size`, at most 1 MiB"},
    {"answer_within",
     {duration<&Expectation::answer_within, kAnswerTime>.read, show_answer_time},
     "the longest time that the whole answer may take, redirects included; a slower one is the state `unexpected`"},
    {"protected", boolean<&Expectation::is_protected>,
     "the answer is only for holders of the credential: about every five minutes, the same request is sent without it, "
     "and a success is the state `exposed`"},
    {"certificate_required", boolean<&Expectation::certificate_required>,
     "the server must refuse, by a TLS alert, a client that shows no certificate: then the state is `ok`, and a "
     "success is `exposed`. For a target without a client certificate; not with other expectations"},
};

constexpr Form<Expectation> kExpect = {
    [](const Field& field, Expectation& into) { read_table(field, all(kExpectKeys), into); },
    [](const Expectation& expect, const TomlWriter& out) { show_table(expect, all(kExpectKeys), out); },
    [](const std::string& path, std::vector<KnownKey>& keys) { list_table(all(kExpectKeys), path, keys); }};

constexpr Key<Expectation> kSection[] = {{"expect", kExpect, "[the expected answer](#expectations)"}};

}  // namespace

Keys<Expectation> expect_keys() {
  return kSection;
}

}  // namespace authprobe::config
