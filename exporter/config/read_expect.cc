#include "exporter/config/read_expect.h"

#include <charconv>
#include <cmath>

#include "exporter/config/quoted.h"

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

void read_patterns(const Field& field, std::vector<std::string>& into) {
  std::vector<std::string> patterns;
  for (const Field& element : field.elements()) {
    if (auto pattern = element.pattern()) patterns.push_back(std::move(*pattern));
  }
  into = std::move(patterns);
}

constexpr Key<HeaderCheck> kHeaderCheckKeys[] = {
    {"name", [](const Field& field, HeaderCheck& check) { assign(field.token(), check.name); }},
    {"matches", [](const Field& field, HeaderCheck& check) { assign(field.pattern(), check.matches); }},
    {"absent", [](const Field& field, HeaderCheck& check) { assign(field.boolean(), check.absent); }},
};

void read_header_checks(const Field& field, Expectation& into) {
  std::vector<HeaderCheck> checks;
  for (const Field& element : field.elements()) {
    HeaderCheck check;
    read_table(element, header_check_keys(), check);
    if (element.child("absent") && check.absent && element.child("matches")) {
      element.error("must have only one of matches and absent");
    }
    if (std::holds_alternative<Table>(element.value().data) && !element.child("name"))
      element.error("must have a name");
    checks.push_back(std::move(check));
  }
  into.headers = std::move(checks);
}

void read_pointer(const Field& field, JsonCheck& check) {
  assign(field.pointer(), check.pointer);
}

// A TOML scalar as JSON text.
void read_equals(const Field& field, JsonCheck& check) {
  const auto& data = field.value().data;
  if (const auto* text = std::get_if<std::string>(&data)) {
    check.equals = quoted(*text);
  } else if (const auto* boolean = std::get_if<bool>(&data)) {
    check.equals = *boolean ? "true" : "false";
  } else if (const auto* integer = std::get_if<std::int64_t>(&data)) {
    check.equals = std::to_string(*integer);
  } else if (const auto* number = std::get_if<double>(&data); number != nullptr && std::isfinite(*number)) {
    char buffer[32];
    check.equals.assign(buffer, std::to_chars(buffer, buffer + sizeof buffer, *number).ptr);
  } else {
    field.error("must be a string, a number, true or false");
  }
}

constexpr Key<JsonCheck> kJsonCheckKeys[] = {
    {"pointer", read_pointer},
    {"equals", read_equals},
};

void read_json_checks(const Field& field, Expectation& into) {
  std::vector<JsonCheck> checks;
  for (const Field& element : field.elements()) {
    JsonCheck check;
    read_table(element, json_check_keys(), check);
    if (std::holds_alternative<Table>(element.value().data) && !element.child("pointer")) {
      element.error("must have a pointer", "\"\" is the whole document");
    }
    checks.push_back(std::move(check));
  }
  into.json = std::move(checks);
}

constexpr Key<Expectation> kExpectKeys[] = {
    {"status", read_status},
    {"body_matches", [](const Field& field, Expectation& into) { read_patterns(field, into.body_matches); }},
    {"body_not_matches", [](const Field& field, Expectation& into) { read_patterns(field, into.body_not_matches); }},
    {"headers", read_header_checks},
    {"json", read_json_checks},
    {"protected", [](const Field& field, Expectation& into) { assign(field.boolean(), into.is_protected); }},
};

}  // namespace

std::span<const Key<Expectation>> expect_keys() {
  return kExpectKeys;
}
std::span<const Key<HeaderCheck>> header_check_keys() {
  return kHeaderCheckKeys;
}
std::span<const Key<JsonCheck>> json_check_keys() {
  return kJsonCheckKeys;
}

void read_expect(const Field& field, Expectation& into) {
  read_table(field, expect_keys(), into);
}

}  // namespace authprobe::config
