#include "exporter/diagnosis/plain_letters.h"

#include <array>

namespace authprobe::diagnosis {
namespace {

// What may stand for a letter: its plain form, and the pair of letters that German and Scandinavian texts have for it.
struct Letter {
  std::string_view marked;
  std::string_view plain;
};

constexpr std::array kLetters = {
    Letter{"à", "a"},    Letter{"á", "a"}, Letter{"â", "a"},  Letter{"ã", "a"}, Letter{"ä", "a|ae"},
    Letter{"å", "a|aa"}, Letter{"ą", "a"}, Letter{"ă", "a"},  Letter{"ā", "a"}, Letter{"æ", "ae"},
    Letter{"ç", "c"},    Letter{"ć", "c"}, Letter{"č", "c"},  Letter{"ď", "d"}, Letter{"đ", "d"},
    Letter{"è", "e"},    Letter{"é", "e"}, Letter{"ê", "e"},  Letter{"ë", "e"}, Letter{"ę", "e"},
    Letter{"ě", "e"},    Letter{"ē", "e"}, Letter{"ė", "e"},  Letter{"ğ", "g"}, Letter{"ģ", "g"},
    Letter{"ì", "i"},    Letter{"í", "i"}, Letter{"î", "i"},  Letter{"ï", "i"}, Letter{"ı", "i"},
    Letter{"ī", "i"},    Letter{"į", "i"}, Letter{"ķ", "k"},  Letter{"ł", "l"}, Letter{"ļ", "l"},
    Letter{"ľ", "l"},    Letter{"ñ", "n"}, Letter{"ń", "n"},  Letter{"ň", "n"}, Letter{"ņ", "n"},
    Letter{"ò", "o"},    Letter{"ó", "o"}, Letter{"ô", "o"},  Letter{"õ", "o"}, Letter{"ö", "o|oe"},
    Letter{"ø", "o|oe"}, Letter{"ő", "o"}, Letter{"ř", "r"},  Letter{"ś", "s"}, Letter{"š", "s"},
    Letter{"ş", "s"},    Letter{"ș", "s"}, Letter{"ß", "ss"}, Letter{"ť", "t"}, Letter{"ț", "t"},
    Letter{"ţ", "t"},    Letter{"ù", "u"}, Letter{"ú", "u"},  Letter{"û", "u"}, Letter{"ü", "u|ue"},
    Letter{"ű", "u"},    Letter{"ů", "u"}, Letter{"ų", "u"},  Letter{"ū", "u"}, Letter{"ý", "y"},
    Letter{"ź", "z"},    Letter{"ż", "z"}, Letter{"ž", "z"},
};

constexpr std::string_view kGroup = "(?:";

std::string_view plain_form_of(std::string_view letter) {
  for (const Letter& each : kLetters) {
    if (each.marked == letter) return each.plain;
  }
  return {};
}

}  // namespace

std::string with_plain_letters(std::string_view pattern) {
  constexpr std::size_t kLetterBytes = 2;  // of UTF-8, up to U+07FF
  std::string result;
  for (std::size_t at = pattern.find(kGroup); at != std::string_view::npos; at = pattern.find(kGroup)) {
    const std::string_view letter = pattern.substr(at + kGroup.size(), kLetterBytes);
    const std::size_t end = at + kGroup.size() + letter.size();
    result += pattern.substr(0, end);
    pattern.remove_prefix(end);
    const std::string_view plain = pattern.starts_with(')') ? plain_form_of(letter) : std::string_view();
    if (!plain.empty()) result.append("|").append(plain);
  }
  return result.append(pattern);
}

}  // namespace authprobe::diagnosis
