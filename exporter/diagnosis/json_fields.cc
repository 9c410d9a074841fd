// JSON bodies, by nlohmann's SAX parser: it keeps its own stack, so that nesting cannot overflow ours, and it reports
// what it saw before a syntax error, so that a body cut at 64 KiB still tells.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "exporter/diagnosis/body_fields.h"
#include "exporter/diagnosis/document_keys.h"
#include "exporter/wire/text.h"

namespace authprobe::diagnosis {
namespace {

constexpr std::size_t kMostDepth = 64;
constexpr std::size_t kMostPath = 160;

// Content of a success rather than its outcome.
bool is_content(std::string_view key) {
  static constexpr std::array<std::string_view, 9> kKeys = {"data", "items",   "results", "result", "records",
                                                            "rows", "content", "hits",    "value"};
  return std::ranges::find(kKeys, key) != kKeys.end();
}

// Collects leaves. Returning false from a call ends the parse.
class Collector {
 public:
  using number_integer_t = nlohmann::json::number_integer_t;
  using number_unsigned_t = nlohmann::json::number_unsigned_t;
  using number_float_t = nlohmann::json::number_float_t;
  using string_t = nlohmann::json::string_t;
  using binary_t = nlohmann::json::binary_t;

  Collector(Body& body, bool deep)
      : fields_(body.fields), rows_(body.rows), rows_path_(body.rows_path), has_data_(body.has_data), deep_(deep) {}

  bool null() { return leaf("null", false); }
  bool boolean(bool value) { return leaf(value ? "true" : "false", false); }
  bool number_integer(number_integer_t value) { return leaf(std::to_string(value), false); }
  bool number_unsigned(number_unsigned_t value) { return leaf(std::to_string(value), false); }
  bool number_float(number_float_t, const string_t& text) { return leaf(text, false); }
  bool string(string_t& value) { return leaf(value, true); }
  bool binary(binary_t&) { return true; }
  bool key(string_t& name) {
    path_.resize(starts_.empty() ? 0 : starts_.back());
    if (path_.size() < kMostPath) {
      if (!path_.empty()) path_.push_back('.');
      path_ += wire::lowered(std::string_view(name).substr(0, 64));
    }
    key_is_content_ = !deep_ && is_content(wire::lowered(std::string_view(name).substr(0, 64)));
    return true;
  }
  bool start_object(std::size_t) {
    if (!members_.empty() && members_.back() && !lists_errors(path_)) count_row(++*members_.back());
    members_.emplace_back();
    return open();
  }
  bool end_object() { return close(); }
  bool start_array(std::size_t) {
    members_.emplace_back(0);
    return open();
  }
  bool end_array() { return close(); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) {
    is_broken_ = true;
    return false;
  }
  bool is_broken() const { return is_broken_; }

 private:
  void count_row(std::size_t rows) {
    if (rows <= rows_) return;
    rows_ = rows;
    rows_path_ = path_.substr(0, starts_.empty() ? 0 : starts_.back());
  }
  bool open() {
    starts_.push_back(path_.size());
    if (content_depth_ == 0 && key_is_content_) content_depth_ = starts_.size();
    key_is_content_ = false;
    return starts_.size() < kMostDepth;
  }
  bool close() {
    if (content_depth_ == starts_.size()) content_depth_ = 0;
    path_.resize(std::min(path_.size(), starts_.back()));
    starts_.pop_back();
    members_.pop_back();
    return true;
  }
  bool leaf(std::string_view value, bool is_string) {
    has_data_ = has_data_ || (path_.starts_with("data.") && !says_nothing(value));
    if (content_depth_ != 0) return true;
    fields_.push_back({path_, std::string(value.substr(0, kMostFieldValue)), is_string});
    return fields_.size() < kMostFields;
  }

  std::vector<Field>& fields_;
  std::size_t& rows_;
  std::string& rows_path_;
  bool& has_data_;
  const bool deep_;
  std::string path_;
  std::vector<std::size_t> starts_;                  // the path's length where each open container began
  std::vector<std::optional<std::size_t>> members_;  // of each open container: objects in it so far, if it is a list
  std::size_t content_depth_ = 0;                    // depth of the container that is left out; 0: none
  bool key_is_content_ = false;
  bool is_broken_ = false;
};

// False: the text has a fault of syntax, and what stands behind it is not in the fields.
bool parse_once(std::string_view text, bool deep, Body& body) {
  Collector collector(body, deep);
  nlohmann::json::sax_parse(text.begin(), text.end(), &collector, nlohmann::json::input_format_t::json, false);
  return !collector.is_broken();
}

// Of a thing that is listed or shown: the string is a part of it.
bool is_inside_content(std::string_view path) {
  const std::size_t dot = path.find('.');
  return dot != std::string_view::npos && is_content_root(path.substr(0, dot));
}

}  // namespace

bool parse_json(std::string_view text, bool deep, Body& body) {
  constexpr std::size_t kShortText = 300;  // bytes of an answer whose words are told from its data by their place alone
  if (!parse_once(text, deep, body) && text.size() <= kShortText) append_folded(body.text, text, kMostText);
  std::vector<Field>& fields = body.fields;
  if (body.rows > 1) return !fields.empty();  // of many calls or things: what a string in one of them holds is content
  // Gateways pass an upstream's JSON on as a string: one level of it is looked into.
  const std::size_t outer = fields.size();
  for (std::size_t i = 0; i < outer && fields.size() < kMostFields; ++i) {
    const std::string& value = fields[i].value;
    if (value.size() < 2 || value[0] != '{' || is_inside_content(fields[i].path)) continue;
    Body inner;
    parse_once(std::string(value), deep, inner);
    std::ranges::move(inner.fields, std::back_inserter(fields));
  }
  return !fields.empty();
}

}  // namespace authprobe::diagnosis
