#include "exporter/import/shell_words.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <utility>

#include "exporter/wire/text.h"

namespace authprobe::importing {
namespace {

bool is_name_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

class ShellReader {
 public:
  ShellReader(std::string_view text, std::size_t most) : text_(text), most_(most) { commands_.emplace_back(); }

  std::vector<ShellCommand> read() {
    while (at_ < text_.size() && words_ < most_) read_one();
    end_command();
    commands_.pop_back();
    return std::move(commands_);
  }

 private:
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  ShellWord& word() {
    if (!is_inside_) {
      commands_.back().words.emplace_back().text.reserve(64);
      if (commands_.back().words.size() == 1) commands_.back().line = line_;
      ++words_;
    }
    is_inside_ = true;
    return commands_.back().words.back();
  }

  void put(char c) {
    if (c == '\n') ++line_;
    word().text.push_back(c);
  }

  // The target of a redirection is no word of the command.
  void end_word() {
    if (is_inside_ && std::exchange(is_redirection_, false)) commands_.back().words.pop_back();
    is_inside_ = false;
  }

  void end_command() {
    end_word();
    is_redirection_ = false;
    if (!commands_.back().words.empty()) commands_.emplace_back();
  }

  void read_one() {
    const char c = text_[at_];
    if (c == '\\') {
      escape();
    } else if (c == '\'') {
      single_quoted();
    } else if (c == '"') {
      double_quoted();
    } else if (c == '$' || c == '`') {
      dollar(false);
    } else if (c == '#' && !is_inside_) {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else {
      unquoted(c);
    }
  }

  void unquoted(char c) {
    ++at_;
    if (c == ' ' || c == '\t' || c == '\r') {
      end_word();
    } else if (c == '\n') {
      end_command();
      ++line_;
    } else if (c == ';' || c == '|' || c == '&') {
      end_command();
    } else if (c == '>' || c == '<') {
      end_redirected();
    } else {
      put(c);
    }
  }

  // "2>" takes its number with it, ">&2" ends nothing.
  void end_redirected() {
    if (is_inside_) {
      const std::string_view text = commands_.back().words.back().text.reveal();
      if (text.size() == 1 && std::isdigit(static_cast<unsigned char>(text[0])) != 0) {
        commands_.back().words.pop_back();
        is_inside_ = false;
      }
    }
    end_word();
    is_redirection_ = true;
    if (peek() == '&' || peek() == '>') ++at_;
  }

  void escape() {
    if (peek(1) == '\n' || (peek(1) == '\r' && peek(2) == '\n')) {
      at_ += peek(1) == '\n' ? 2U : 3U;
      ++line_;
      return;
    }
    ++at_;
    if (at_ < text_.size()) put(text_[at_++]);
  }

  void single_quoted() {
    word();
    for (++at_; at_ < text_.size() && text_[at_] != '\''; ++at_) put(text_[at_]);
    ++at_;
  }

  void double_quoted() {
    word();
    ++at_;
    while (at_ < text_.size() && text_[at_] != '"') {
      const char c = text_[at_];
      const bool escapes = c == '\\' && std::string_view("\"\\$`\n").find(peek(1)) != std::string_view::npos;
      if (escapes && at_ + 1 < text_.size()) {
        if (text_[at_ + 1] != '\n') put(text_[at_ + 1]);
        at_ += 2;
      } else if (c == '$' || c == '`') {
        dollar(true);
      } else {
        put(c);
        ++at_;
      }
    }
    ++at_;
  }

  // $NAME, ${NAME}, $'...', $(...), or a dollar.
  void dollar(bool is_quoted) {
    if (text_[at_] == '`' || peek(1) == '(') {
      word().has_substitution = true;
      ++at_;
      put('$');
    } else if (!is_quoted && peek(1) == '\'') {
      ++at_;
      ansi_quoted();
    } else if (peek(1) == '{') {
      const std::size_t end = std::min(text_.find('}', at_), text_.size());
      variable(text_.substr(at_ + 2, end - std::min(end, at_ + 2)));
      at_ = end + 1;
    } else {
      std::size_t end = at_ + 1;
      while (end < text_.size() && is_name_character(text_[end])) ++end;
      if (end == at_ + 1) {
        put('$');
      } else {
        variable(text_.substr(at_ + 1, end - at_ - 1));
      }
      at_ = end;
    }
  }

  // ${NAME:-x} and the like are more than the variable.
  void variable(std::string_view name) {
    ShellWord& into = word();
    if (name.empty() || !std::ranges::all_of(name, is_name_character)) {
      into.has_substitution = true;
      return;
    }
    into.has_variable = true;
    into.text.append("${");
    into.text.append(name);
    into.text.append("}");
  }

  // $'...', as browsers write it: \n, \x41, \u0041, \041 and the like.
  void ansi_quoted() {
    word();
    for (++at_; at_ < text_.size() && text_[at_] != '\'';) {
      if (text_[at_] != '\\') {
        put(text_[at_++]);
        continue;
      }
      const char c = peek(1);
      at_ += 2;
      static constexpr std::string_view kLetters = "abefnrtv";
      static constexpr std::string_view kMeanings = "\a\b\x1b\f\n\r\t\v";
      if (const auto letter = kLetters.find(c); letter != std::string_view::npos) {
        word().text.push_back(kMeanings[letter]);
      } else if (c == 'x' || c == 'u' || c == 'U') {
        put_code(c == 'x' ? 2 : c == 'u' ? 4 : 8, 16);
      } else if (c >= '0' && c <= '7') {
        --at_;
        put_code(3, 8);
      } else if (c != '\0') {
        put(c);
      }
    }
    ++at_;
  }

  void put_code(std::size_t most, unsigned base) {
    char32_t code = 0;
    for (std::size_t i = 0; i < most; ++i, ++at_) {
      const char c = wire::lowered(peek());
      const unsigned digit = c >= '0' && c <= '9'   ? static_cast<unsigned>(c - '0')
                             : c >= 'a' && c <= 'f' ? static_cast<unsigned>(c - 'a') + 10
                                                    : base;
      if (digit >= base) break;
      code = code * base + digit;
    }
    if (code == 0 || code >= 0x110000) return;
    std::string text;
    wire::append_utf8(text, code);
    word().text.append(text);
    wire::wipe(text);
  }

  std::string_view text_;
  std::size_t most_;
  std::size_t at_ = 0;
  std::size_t words_ = 0;
  std::uint32_t line_ = 1;
  bool is_inside_ = false;
  bool is_redirection_ = false;
  std::vector<ShellCommand> commands_;
};

}  // namespace

std::vector<ShellCommand> shell_commands(std::string_view text, std::size_t most) {
  return ShellReader(text, most).read();
}

}  // namespace authprobe::importing
