#include "exporter/config/token_forms.h"

#include <isa-l/crc.h>

#include <algorithm>
#include <cctype>
#include <cstdint>

namespace authprobe::config {
namespace {

constexpr std::string_view kBase62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t kChecksumSize = 6;

// ISO 3309, as in gzip.
std::uint32_t crc32(std::string_view text) {
  return crc32_gzip_refl(0, reinterpret_cast<const unsigned char*>(text.data()), text.size());
}

std::string base62(std::uint32_t number) {
  std::string text(kChecksumSize, '0');
  for (auto digit = text.rbegin(); number > 0; ++digit, number /= 62) *digit = kBase62[number % 62];
  return text;
}

bool is_of(TokenAlphabet alphabet, unsigned char c) {
  switch (alphabet) {
    case TokenAlphabet::hex: return std::isxdigit(c) != 0;
    case TokenAlphabet::base62: return std::isalnum(c) != 0;
    case TokenAlphabet::base64url: return std::isalnum(c) != 0 || c == '-' || c == '_';
    case TokenAlphabet::printable: break;
  }
  return c > ' ' && c < 0x7f;
}

bool has_length(std::string_view token, const TokenForm& form) {
  return token.size() >= form.shortest && (form.longest == 0 || token.size() <= form.longest);
}

bool has_alphabet(std::string_view token, const TokenForm& form) {
  const std::string_view rest = token.substr(form.prefix.size());
  return std::all_of(rest.begin(), rest.end(), [&](unsigned char c) { return is_of(form.alphabet, c); });
}

bool has_checksum(std::string_view token, const TokenForm& form) {
  if (form.checksum == TokenChecksum::none) return true;
  const std::string_view rest = token.substr(form.prefix.size());
  if (rest.size() < kChecksumSize) return false;
  return base62(crc32(rest.substr(0, rest.size() - kChecksumSize))) == rest.substr(rest.size() - kChecksumSize);
}

bool is_whole(std::string_view token, const TokenForm& form) {
  return has_length(token, form) && has_alphabet(token, form) && has_checksum(token, form);
}

// A short prefix alone is also the beginning of other texts.
bool is_distinctive(const TokenForm& form) {
  constexpr std::size_t kTelling = 5;
  return form.prefix.size() >= kTelling || form.shortest > 0;
}

// Those with the longest prefix that the token begins with: "sk-ant-" hides "sk-".
std::vector<const TokenForm*> candidates(std::string_view token, const std::vector<TokenForm>& forms) {
  std::vector<const TokenForm*> found;
  for (const TokenForm& form : forms) {
    if (!token.starts_with(form.prefix)) continue;
    if (!found.empty() && found.front()->prefix.size() < form.prefix.size()) found.clear();
    if (found.empty() || found.front()->prefix.size() == form.prefix.size()) found.push_back(&form);
  }
  return found;
}

std::string described(const TokenForm& form) {
  return form.service + " (" + form.name + ")";
}

std::string damage(std::string_view token, const TokenForm& form) {
  const std::string whose = "a token of " + described(form);
  if (!has_length(token, form)) {
    const bool is_short = token.size() < form.shortest;
    const std::size_t limit = is_short ? form.shortest : form.longest;
    return "has " + std::to_string(token.size()) + " characters, but " + whose + " has " +
           (form.shortest == form.longest ? ""
            : is_short                    ? "at least "
                                          : "at most ") +
           std::to_string(limit) + (is_short ? ": a part is lost" : ": something was added");
  }
  if (!has_alphabet(token, form)) return "has a character that " + whose + " cannot have";
  return "fails the checksum of " + whose + ": a character is wrong or lost";
}

}  // namespace

const TokenForm* form_of(std::string_view token, const std::vector<TokenForm>& forms) {
  const TokenForm* found = nullptr;
  for (const TokenForm* form : candidates(token, forms)) {
    if (!is_distinctive(*form) || !is_whole(token, *form)) continue;
    if (found != nullptr && found->service != form->service) return nullptr;
    found = form;
  }
  return found;
}

std::string problem_of_form(std::string_view token, std::string_view provider, const std::vector<TokenForm>& forms) {
  const std::vector<const TokenForm*> begins_as = candidates(token, forms);
  const auto whole = [&](const TokenForm* form) { return is_whole(token, *form); };
  const auto is_its = [&](const TokenForm* form) { return form->provider == provider; };
  if (std::any_of(begins_as.begin(), begins_as.end(), [&](auto* form) { return is_its(form) && whole(form); }))
    return {};
  const auto its = std::find_if(begins_as.begin(), begins_as.end(), is_its);
  if (const TokenForm* other = form_of(token, forms); other != nullptr) {
    const auto own = std::find_if(forms.begin(), forms.end(), [&](auto& form) { return form.provider == provider; });
    // Two providers of one service, such as tokens of people and of applications, take each other's.
    if (own == forms.end() || own->service == other->service) return {};
    return "has the form of a token of " + described(*other) + ", not of " + own->service;
  }
  if (its != begins_as.end()) return (*its)->checksum == TokenChecksum::none ? std::string() : damage(token, **its);
  const auto checked = std::find_if(begins_as.begin(), begins_as.end(),
                                    [](auto* form) { return form->checksum != TokenChecksum::none; });
  if (!provider.empty() || checked == begins_as.end()) return {};
  constexpr std::size_t kLost = 2;  // more, and it may be anything that begins alike
  const bool is_near = token.size() + kLost >= (*checked)->shortest && token.size() <= (*checked)->longest + kLost;
  return is_near && has_alphabet(token, **checked) ? damage(token, **checked) : std::string();
}

}  // namespace authprobe::config
