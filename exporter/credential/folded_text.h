// A text as a reader takes it, whatever was done to it on its way: escapes of JSON, HTML and URLs are undone, letters
// are compared without case and accents, blanks and control characters are skipped. Knows where each letter stood.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace authprobe::credential {

class FoldedText {
 public:
  // A server that takes UTF-8 for another character set, or cannot show a character, garbles all but ASCII. `drop`
  // leaves such characters out, so that what is around them still compares; `fold` makes base letters of them.
  enum class NonAscii : std::uint8_t { fold, drop };

  struct Letter {
    char32_t code = 0;
    std::size_t begin = 0;  // in the original text
    std::size_t end = 0;
  };

  FoldedText(std::string_view text, NonAscii non_ascii);
  ~FoldedText();  // wipes the letters: the text may be a secret
  FoldedText(FoldedText&&) noexcept = default;
  FoldedText(const FoldedText&) = delete;
  FoldedText& operator=(const FoldedText&) = delete;

  const std::vector<Letter>& letters() const { return letters_; }

 private:
  std::vector<Letter> letters_;
};

}  // namespace authprobe::credential
