#include "exporter/credential/secret_traces.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <utility>

#include "exporter/wire/encoding.h"
#include "exporter/wire/secret.h"

namespace authprobe::credential {
namespace {

using NonAscii = FoldedText::NonAscii;
using Letter = FoldedText::Letter;

constexpr std::size_t kRun = 5;             // so that no more than four characters remain
constexpr std::size_t kShortestTraced = 6;  // characters; a shorter secret is in many texts by chance
constexpr std::size_t kLongestWord = 7;     // "expired" tells nobody that it is a part of a secret
constexpr std::string_view kNotShown = "(not shown: it may repeat a secret that is too short to be masked)";

// FNV-1a.
std::uint32_t hash_of_run(const Letter* letters) {
  std::uint32_t hash = 2166136261u;
  for (std::size_t i = 0; i < kRun; ++i) hash = (hash ^ static_cast<std::uint32_t>(letters[i].code)) * 16777619u;
  return hash;
}

bool ascii_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool part_of_word(char c) {
  return ascii_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-' || static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

SecretTraces::SecretTraces(const std::vector<std::string_view>& secrets) {
  for (const std::string_view secret : secrets) {
    if (!secret.empty()) add(secret);
  }
  std::ranges::sort(runs_);
}

SecretTraces& SecretTraces::operator=(SecretTraces&& other) noexcept {
  if (this == &other) return *this;
  wipe();
  runs_ = std::move(other.runs_);
  short_ = std::move(other.short_);
  shortest_ = other.shortest_;
  return *this;
}

// Runs are as telling as what they are made of.
void SecretTraces::wipe() {
  OPENSSL_cleanse(runs_.data(), runs_.size() * sizeof(std::uint32_t));
  runs_.clear();
}

void SecretTraces::add(std::string_view secret) {
  FoldedText plain(secret, NonAscii::fold);
  if (secret.size() < kShortestTraced || plain.letters().size() < kRun) {
    short_.push_back(std::move(plain));
    return;
  }
  // In one piece: what a vector outgrows it does not wipe.
  std::vector<std::uint32_t> grown;
  grown.reserve(runs_.size() + 12 * secret.size() + 16);
  grown.assign(runs_.begin(), runs_.end());
  std::swap(grown, runs_);
  OPENSSL_cleanse(grown.data(), grown.size() * sizeof(std::uint32_t));

  shortest_ = std::min(shortest_, plain.letters().size());
  add_runs(plain.letters());
  Letters reversed(plain.letters().rbegin(), plain.letters().rend());
  add_runs(reversed);
  OPENSSL_cleanse(reversed.data(), reversed.size() * sizeof(Letter));
  add_runs(FoldedText(secret, NonAscii::drop).letters());
  const wire::Secret digits(wire::hex(secret));
  add_runs(FoldedText(digits.reveal(), NonAscii::fold).letters());
  // As base64 of a longer text that it stands in, at any place of three.
  for (std::size_t skipped = 0; skipped < 3 && skipped < secret.size(); ++skipped) {
    std::string_view part = secret.substr(skipped);
    part = part.substr(0, part.size() - part.size() % 3);  // what follows decides the last letters
    const wire::Secret encoded(wire::base64(part));
    add_runs(FoldedText(encoded.reveal(), NonAscii::fold).letters());
  }
}

void SecretTraces::add_runs(const Letters& letters) {
  for (std::size_t i = 0; i + kRun <= letters.size(); ++i) runs_.push_back(hash_of_run(&letters[i]));
}

bool SecretTraces::has_short_one(const Letters& letters) const {
  return std::ranges::any_of(short_, [&](const FoldedText& secret) {
    const Letters& wanted = secret.letters();
    return !wanted.empty() &&
           std::search(letters.begin(), letters.end(), wanted.begin(), wanted.end(),
                       [](const Letter& a, const Letter& b) { return a.code == b.code; }) != letters.end();
  });
}

// A word of prose, standing for itself.
bool SecretTraces::is_a_word(std::string_view text, const Letters& letters, std::size_t first, std::size_t last) const {
  const std::size_t begin = letters[first].begin;
  const std::size_t end = letters[last].end;
  const std::string_view found = text.substr(begin, end - begin);
  if (found.size() > kLongestWord || found.size() >= shortest_ || !std::ranges::all_of(found, ascii_letter))
    return false;
  return (begin == 0 || !part_of_word(text[begin - 1])) && (end == text.size() || !part_of_word(text[end]));
}

// Which bytes of `text` are of a secret.
std::vector<bool> SecretTraces::traces_in(std::string_view text, const Letters& letters) const {
  std::vector<bool> hidden(text.size());
  for (std::size_t first = 0; first + kRun <= letters.size(); ++first) {
    std::size_t last = first + kRun - 1;
    if (!std::ranges::binary_search(runs_, hash_of_run(&letters[first]))) continue;
    while (last + 1 < letters.size() && std::ranges::binary_search(runs_, hash_of_run(&letters[last + 2 - kRun]))) {
      ++last;
    }
    if (!is_a_word(text, letters, first, last)) {
      std::fill(hidden.begin() + static_cast<std::ptrdiff_t>(letters[first].begin),
                hidden.begin() + static_cast<std::ptrdiff_t>(letters[last].end), true);
    }
    first = last - kRun + 1;
  }
  return hidden;
}

void SecretTraces::mask(std::string& text) const {
  if (runs_.empty() && short_.empty()) return;
  std::vector<bool> hidden(text.size());
  for (const NonAscii non_ascii : {NonAscii::fold, NonAscii::drop}) {
    const FoldedText folded(text, non_ascii);
    if (has_short_one(folded.letters())) {
      text = kNotShown;
      return;
    }
    const std::vector<bool> found = traces_in(text, folded.letters());
    for (std::size_t i = 0; i < hidden.size(); ++i) hidden[i] = hidden[i] || found[i];
  }
  std::string shown;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!hidden[i]) {
      shown += text[i];
    } else if (i == 0 || !hidden[i - 1]) {
      shown += kMask;
    }
  }
  text = std::move(shown);
}

}  // namespace authprobe::credential
