#include "exporter/diagnosis/challenge.h"

#include <algorithm>
#include <cctype>

#include "exporter/diagnosis/body_fields.h"
#include "exporter/wire/text.h"

namespace authprobe::diagnosis {
namespace {

constexpr std::size_t kMostChallenges = 16;
constexpr std::size_t kMostParams = 32;
constexpr std::size_t kMostValue = 2048;  // bytes kept of one parameter

bool is_token_char(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}
bool is_token68_char(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         std::string_view("-._~+/").find(c) != std::string_view::npos;
}

// Walks one field value. Every step moves forward, so the time is linear in the value's length.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool at_end() const { return at_ == text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[at_]; }
  void skip_char() { ++at_; }

  void skip_spaces() {
    while (!at_end() && (peek() == ' ' || peek() == '\t')) ++at_;
  }
  void skip_separators() {
    while (!at_end() && (peek() == ' ' || peek() == '\t' || peek() == ',')) ++at_;
  }
  std::string_view token() { return take(is_token_char); }

  // A token68 stands alone: it ends at a comma or at the end of the value.
  std::string_view token68() {
    const std::size_t start = at_;
    take(is_token68_char);
    take([](char c) { return c == '='; });
    const std::size_t end = at_;
    skip_spaces();
    if (end > start && (at_end() || peek() == ',')) return text_.substr(start, end - start);
    at_ = start;
    return {};
  }

  // "name = value" with the optional spaces that the grammar allows; nothing is taken where there is no '='.
  bool param(std::string& name, std::string& value) {
    const std::size_t start = at_;
    const std::string_view word = token();
    skip_spaces();
    if (word.empty() || peek() != '=') {
      at_ = start;
      return false;
    }
    ++at_;
    skip_spaces();
    name = wire::lowered(word);
    value = peek() == '"' ? quoted() : std::string(take([](char c) { return c != ',' && c != ' ' && c != '\t'; }));
    return true;
  }

 private:
  template <typename Predicate>
  std::string_view take(Predicate wanted) {
    const std::size_t start = at_;
    while (!at_end() && wanted(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  }

  // A quoted string that never ends runs to the end of the value: servers cut them.
  std::string quoted() {
    std::string result;
    for (++at_; !at_end() && peek() != '"'; ++at_) {
      if (peek() == '\\' && at_ + 1 < text_.size()) ++at_;
      if (result.size() < kMostValue) result.push_back(peek());
    }
    if (!at_end()) ++at_;
    return result;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::string_view Challenge::param(std::string_view name) const {
  const auto found = std::ranges::find(params, name, &std::pair<std::string, std::string>::first);
  return found == params.end() ? std::string_view{} : std::string_view(found->second);
}

std::vector<Challenge> parse_challenges(std::string_view value) {
  std::vector<Challenge> result;
  Scanner in(value);
  for (in.skip_separators(); !in.at_end(); in.skip_separators()) {
    std::string name;
    std::string text;
    if (in.param(name,
                 text)) {  // belongs to the challenge before it; Salesforce and Atlassian also send it without one
      if (!result.empty() && result.back().params.size() < kMostParams) {
        result.back().params.emplace_back(std::move(name), std::move(text));
      }
      continue;
    }
    const std::string_view scheme = in.token();
    if (scheme.empty()) {
      in.skip_char();
      continue;
    }
    if (result.size() == kMostChallenges) break;
    result.push_back({wire::lowered(scheme), {}, {}});
    in.skip_spaces();
    result.back().token68 = in.token68();
  }
  return result;
}

std::vector<Challenge> challenges_of(std::span<const Header> headers) {
  std::vector<Challenge> result;
  for (const auto& [name, value] : headers) {
    const std::string field = wire::lowered(name);
    if (field != "www-authenticate" && field != "proxy-authenticate") continue;
    std::ranges::move(parse_challenges(value), std::back_inserter(result));
    if (result.size() >= kMostChallenges) break;
  }
  return result;
}

}  // namespace authprobe::diagnosis
