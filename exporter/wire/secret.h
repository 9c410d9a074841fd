// A secret text, overwritten when it is destroyed, shrinks, or moves to other memory: no copy is left behind. It has no
// stream operator, no copy constructor and no conversion to a string: it is never logged or copied by accident.
#pragma once

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace authprobe::wire {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  ~Secret() { clear(); }
  Secret(Secret&& other) noexcept { take(other); }
  Secret& operator=(Secret&& other) noexcept {
    if (this == &other) return *this;
    clear();
    take(other);
    return *this;
  }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;

  // The parts, one after another.
  static Secret join(std::initializer_list<std::string_view> parts);

  Secret copy() const { return join({value_}); }

  std::string_view reveal() const { return value_; }
  const char* c_str() const { return value_.c_str(); }
  std::size_t size() const { return value_.size(); }
  bool empty() const { return value_.empty(); }

  void append(std::string_view text);
  void push_back(char c) { append({&c, 1}); }
  void reserve(std::size_t bytes);
  // Keeps the memory, overwritten. The memory of an empty text is empty, so that moving many of them costs little.
  void clear() {
    if (!value_.empty()) wipe();
  }

 private:
  void take(Secret& other) {
    if (!other.value_.empty()) take_text(other);
  }
  void take_text(Secret& other);
  void wipe();

  std::string value_;
};

// Overwrites a secret in an ordinary string, and leaves the string empty.
void wipe(std::string& text);

// Texts with places for secrets: ${name}.
using AppendEscaped = void (*)(Secret& out, std::string_view text);

// For headers, and for bodies without a form of their own.
void append_as_it_is(Secret& out, std::string_view text);

// `text` with each ${name} that `value_of` knows replaced; any other stays.
Secret filled(std::string_view text, const std::function<std::optional<std::string_view>(std::string_view)>& value_of,
              AppendEscaped append_escaped);

}  // namespace authprobe::wire
