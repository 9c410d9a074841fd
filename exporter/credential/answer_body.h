// The body of an answer that is JSON, XML or plain text.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace authprobe::credential {

// The body in whichever form it comes. The pointer "" names the whole of it. Points into the text that it is made of.
class AnswerBody {
 public:
  explicit AnswerBody(std::string_view text);

  bool has_places() const;

  // Null where there is nothing.
  nlohmann::json at(const std::string& pointer) const;

 private:
  std::string_view text_;
  nlohmann::json document_;
};

// A text or a whole number; empty: none of them.
std::string text_of(const nlohmann::json& value);

}  // namespace authprobe::credential
