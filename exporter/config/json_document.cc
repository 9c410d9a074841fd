#include "exporter/config/json_document.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>
#include <vector>

namespace authprobe::config {
namespace {

// How far the parser has read. It reads one character more than a number has, and no more than any other token has.
struct Place {
  std::uint32_t line = 1;
  std::uint32_t column = 0;       // of the character that was read last
  std::uint32_t text_column = 0;  // of the quote that began the last string
  bool is_new_line = false;       // the next character begins one
  bool is_in_text = false;
  bool is_escaped = false;

  void pass(char c) {
    if (std::exchange(is_new_line, c == '\n')) {
      ++line;
      column = 0;
    }
    ++column;
    if (std::exchange(is_escaped, is_in_text && !is_escaped && c == '\\') || c != '"') return;
    is_in_text = !is_in_text;
    if (is_in_text) text_column = column;
  }
};

// Hands out the characters of a text, and notes how far.
class Characters {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Characters(const char* at, Place* place) : at_(at), place_(place) {}
  reference operator*() const { return *at_; }
  Characters& operator++() {
    place_->pass(*at_++);
    return *this;
  }
  Characters operator++(int) {
    Characters before = *this;
    ++*this;
    return before;
  }
  bool operator==(const Characters& other) const { return at_ == other.at_; }
  bool operator!=(const Characters& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  Place* place_;
};

// The calls that nlohmann::json::sax_parse makes, which build the tree.
class Builder {
 public:
  using Json = nlohmann::json;

  Builder(const std::string& file, Findings& findings, const JsonLimits& limits, const Place& place)
      : file_(file), findings_(findings), limits_(limits), place_(place) {}

  Value root;

  bool null() { return open_.empty() || open_.back().is_table ? skip() : add(std::string()); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(Json::number_integer_t value) { return add(std::int64_t{value}); }
  bool number_unsigned(Json::number_unsigned_t value) {
    constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
    return add(value <= static_cast<std::uint64_t>(kMost) ? static_cast<std::int64_t>(value) : kMost);
  }
  bool number_float(Json::number_float_t value, const std::string&) { return add(value); }
  bool string(std::string& value) { return count() && place({place_.line, place_.text_column, std::move(value)}); }
  bool binary(Json::binary_t&) { return false; }
  bool start_object(std::size_t) { return open(true, Table()); }
  bool start_array(std::size_t) { return open(false, Array()); }
  bool end_array() { return close(); }

  bool end_object() {
    std::ranges::sort(std::get<Table>(open_.back().value.data), {}, &Entry::key);
    return close();
  }

  bool key(std::string& key) {
    Open& table = open_.back();
    table.entry = {std::move(key), place_.line, place_.text_column, {}};
    if (table.keys.insert(table.entry.key).second) return true;
    findings_.error(position(), table.entry.key, "is there twice");
    return false;
  }

  template <typename Error>
  bool parse_error(std::size_t, const std::string&, const Error&) {
    findings_.error(position(), "", "is not JSON");
    return false;
  }

 private:
  // An object or array whose end is not read yet.
  struct Open {
    Value value;
    bool is_table;
    Entry entry;  // of a table: the key whose value comes next
    std::set<std::string> keys;
  };

  Position position() const { return {file_, place_.line, std::max<std::uint32_t>(place_.column, 1)}; }

  bool count() {
    if (++nodes_ <= limits_.nodes && static_cast<int>(open_.size()) <= limits_.depth) return true;
    findings_.error(position(), "", "the file is nested too deeply or has too many values");
    return false;
  }

  bool skip() { return count(); }

  template <typename T>
  bool add(T data) {
    return count() && place({place_.line, place_.column, std::move(data)});
  }

  template <typename T>
  bool open(bool is_table, T empty) {
    if (!count()) return false;
    open_.push_back({{place_.line, place_.column, std::move(empty)}, is_table, {}, {}});
    return true;
  }

  bool close() {
    Value value = std::move(open_.back().value);
    open_.pop_back();
    return place(std::move(value));
  }

  bool place(Value value) {
    if (open_.empty()) {
      root = std::move(value);
    } else if (open_.back().is_table) {
      Entry& entry = open_.back().entry;
      entry.value = std::move(value);
      std::get<Table>(open_.back().value.data).push_back(std::move(entry));
    } else {
      std::get<Array>(open_.back().value.data).push_back(std::move(value));
    }
    return true;
  }

  const std::string& file_;
  Findings& findings_;
  const JsonLimits& limits_;
  const Place& place_;
  std::vector<Open> open_;
  int nodes_ = 0;
};

}  // namespace

std::optional<Value> parse_json(std::string_view text, const std::string& file, Findings& findings,
                                const JsonLimits& limits) {
  constexpr std::string_view kByteOrderMark =
      "\xEF\xBB\xBF";  // nlohmann-json skips it; RFC 8259, 8.1 lets us refuse it
  Place place;
  Builder builder(file, findings, limits, place);
  if (text.starts_with(kByteOrderMark)) {
    findings.error({file, 1, 1}, "", "begins with a byte order mark", "write UTF-8 without one");
    return std::nullopt;
  }
  const Characters begin(text.data(), &place);
  const Characters end(text.data() + text.size(), &place);
  if (!nlohmann::json::sax_parse(begin, end, &builder)) return std::nullopt;
  return std::move(builder.root);
}

}  // namespace authprobe::config
