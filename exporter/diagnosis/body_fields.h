// What a response body says, taken apart: fields of JSON, XML and forms wherever they nest, and the text that a person
// would see of HTML and plain text. Bounded in time and memory whatever the bytes are.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace authprobe::diagnosis {

inline constexpr std::size_t kMostFields = 160;
inline constexpr std::size_t kMostFieldValue = 600;  // bytes kept of one value
inline constexpr std::size_t kMostText = 4096;       // bytes kept of the visible text

struct Field {
  std::string path;   // keys joined by dots, lower case, array positions left out: "errors.code"
  std::string value;  // numbers and booleans as JSON writes them
  bool is_string = true;
  std::string_view key() const;  // the path's last part
};

enum class BodyFormat { empty, text, json, xml, html, form, lines };

struct Body {
  BodyFormat format = BodyFormat::empty;
  std::vector<Field> fields;
  std::string title;  // of HTML
  std::string
      text;  // visible text of HTML and plain text, white space folded; of XML and JSON only where neither parses
  std::size_t lines = 0;            // of plain text, blank ones apart; of HTML, the runs of text between its tags
  std::size_t password_inputs = 0;  // of HTML; more than one: a password is changed, or an account is made
  bool asks_name = false;           // HTML with an input for a user's name or address
  bool asks_saml = false;           // HTML with a form that carries a SAML request
  std::string form_goes_to;         // the action of the form that has such an input, or of the first one
  std::string sends_on_to;  // where HTML without our doing leads on: a refresh, a script, a form that posts itself
  bool has_data = false;    // JSON with a value under "data" at its top
  bool is_error = false;    // XML whose outermost element is called one
  std::size_t rows = 0;     // most objects in one list, lists of errors apart: more than one is data
  std::string rows_path;    // of JSON: where that list stands; empty: at the top
};

// `content_type` may be empty: the bytes decide then. `deep` takes also what stands under data, items and the like,
// which in a success is content and in a refusal may hold the reason.
Body parse_body(std::string_view body, std::string_view content_type, bool deep);

// Of the parsers, for parse_body().
bool parse_json(std::string_view text, bool deep, Body& body);
void parse_xml(std::string_view text, Body& body);
void parse_form(std::string_view text, std::vector<Field>& fields);
void parse_html(std::string_view text, Body& body);

// Where a refresh leads, whose value a <meta> or a header has: "0; url=/login". Empty: it loads the same page.
std::string refresh_leads_to(std::string_view value);

// Several members under this path are several errors or messages, and no rows of data.
bool lists_errors(std::string_view path);

// Appends `text` with runs of white space and control characters folded into one space, up to `limit` bytes in all.
void append_folded(std::string& to, std::string_view text, std::size_t limit);

}  // namespace authprobe::diagnosis
