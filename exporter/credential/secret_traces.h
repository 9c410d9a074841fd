// Finds what is left of secrets in a text that is about to be shown, whole or in part and however it was written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/credential/folded_text.h"

namespace authprobe::credential {

constexpr std::string_view kMask = "********";  // what is shown in place of a secret

class SecretTraces {
 public:
  SecretTraces() = default;
  explicit SecretTraces(const std::vector<std::string_view>& secrets);
  ~SecretTraces() { wipe(); }
  SecretTraces(SecretTraces&&) noexcept = default;
  SecretTraces& operator=(SecretTraces&& other) noexcept;
  SecretTraces(const SecretTraces&) = delete;
  SecretTraces& operator=(const SecretTraces&) = delete;

  // Replaces every stretch of a secret that is longer than four characters by asterisks. A word of prose that a longer
  // secret happens to have in it stays. Where the text may have a secret that is too short for that, none of it is
  // shown. Costs some microseconds for each 100 characters.
  void mask(std::string& text) const;

 private:
  using Letters = std::vector<FoldedText::Letter>;

  void add(std::string_view secret);
  void add_runs(const Letters& letters);
  void wipe();
  bool has_short_one(const Letters& letters) const;
  std::vector<bool> traces_in(std::string_view text, const Letters& letters) const;
  bool is_a_word(std::string_view text, const Letters& letters, std::size_t first, std::size_t last) const;

  std::vector<std::uint32_t> runs_;  // hashes of each run of kRun letters, sorted
  std::vector<FoldedText> short_;    // the secrets that have no such run
  std::size_t shortest_ = SIZE_MAX;  // letters of the shortest secret that has one
};

}  // namespace authprobe::credential
