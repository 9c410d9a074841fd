#include "exporter/diagnosis/declared_status.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "exporter/diagnosis/belief.h"
#include "exporter/diagnosis/document_keys.h"
#include "exporter/diagnosis/field_clues.h"
#include "exporter/diagnosis/record.h"
#include "exporter/diagnosis/statement.h"
#include "exporter/wire/text.h"

namespace authprobe::diagnosis {
namespace {

// Where an answer speaks of itself: at the top, or in its error.
bool is_of_the_answer(const Field& field, const Body& body) {
  const std::string_view path = field.path;
  const auto dots = std::ranges::count(path, '.');
  return (dots == 0 || (dots == 1 && is_error_root(root_of(path)))) && !is_in_rows(field, body);
}

int by_number(const Field& field) {
  if (!is_status_key(field.key())) return 0;
  if (field.value == "401") return 401;
  if (field.value == "403") return 403;
  return field.value == "429" ? 429 : 0;
}

// The whole text is what the status is called: "Unauthorized", "AccessDeniedException", "PERMISSION_DENIED".
int by_name(const Field& field) {
  static constexpr std::array<std::string_view, 9> kUnauthorized = {
      "unauthorized",   "unauthorised",          "unauthenticated",        "not authenticated",    "not authorized",
      "not authorised", "authentication failed", "authentication failure", "authentication error",
  };
  static constexpr std::array<std::string_view, 3> kForbidden = {"forbidden", "access denied", "permission denied"};
  constexpr std::size_t kLongest = 40;
  if (!field.is_string || field.value.size() > kLongest || !is_reason_key(field.key())) return 0;
  const std::string words = words_of(field.value);
  std::string_view name = words;
  while (name.ends_with('.') || name.ends_with('!') || name.ends_with(' ')) name.remove_suffix(1);
  while (name.starts_with(' ')) name.remove_prefix(1);
  if (is_one_of(name, kUnauthorized)) return 401;
  for (const std::string_view suffix : {" error", " exception"}) {
    if (name.ends_with(suffix)) name.remove_suffix(suffix.size());
  }
  if (is_one_of(name, kUnauthorized)) return 401;
  return is_one_of(name, kForbidden) ? 403 : 0;
}

// SOAP 1.2's subcode of a fault, a name with a prefix: ONVIF answers 400 with ter:NotAuthorized (Core Specification,
// 5.9), and so do others that keep to SOAP's binding.
bool refuses_by_subcode(const Field& field) {
  return field.key() == "value" && wire::lowered(field.value).ends_with(":notauthorized");
}

// {"errors": [{"field": "owner", "code": "forbidden"}]}: said of what the call had brought along.
bool tells_of_input(const Body& body) {
  static constexpr std::array<std::string_view, 6> kKeys = {"field",     "pointer",  "param",
                                                            "parameter", "property", "loc"};
  return std::ranges::any_of(body.fields, [](const Field& field) { return is_one_of(field.key(), kKeys); });
}

}  // namespace

int declared_status(int status, const Body& body) {
  // What a failing server says by name may be its own trouble with its files and logins.
  const bool names_count = status >= 400 && status < 500;
  if ((!names_count && status != 500) || status_refuses(status)) return 0;
  const auto first = [&](auto reading) {
    for (const Field& field : body.fields) {
      const int declared = is_of_the_answer(field, body) ? reading(field) : 0;
      if (declared != 0) return declared;
    }
    return 0;
  };
  const int number = first(by_number);
  if (number != 0 || !names_count || is_a_record(body) || is_about_a_thing(body) || tells_of_input(body)) return number;
  if (const int named = first(by_name); named != 0) return named;
  return body.format == BodyFormat::xml && std::ranges::any_of(body.fields, refuses_by_subcode) ? 401 : 0;
}

}  // namespace authprobe::diagnosis
