// The forms of tokens: recognised where all of a token fits, and nowhere else.
#include <gmock/gmock.h>

#include <random>

#include "exporter/config/provider.h"

namespace authprobe::config {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kBase62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kBase64url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kHex = "0123456789abcdef";

std::vector<TokenForm> known() {
  return Providers().services()->forms;
}

class Random {
 public:
  std::string text(std::string_view alphabet, std::size_t size) {
    std::string text;
    while (text.size() < size) text += alphabet[engine_() % alphabet.size()];
    return text;
  }
  std::size_t number(std::size_t least, std::size_t most) { return least + engine_() % (most - least + 1); }

 private:
  std::mt19937 engine_{20261128};
};

// With a checksum of its own, by another way of computing it than the program's.
std::string with_checksum(const std::string& prefix, const std::string& random) {
  std::uint32_t crc = 0xffffffff;
  for (const char c : random) {
    for (int bit = 0; bit < 8; ++bit) {
      const bool differs = ((crc ^ (static_cast<std::uint32_t>(static_cast<unsigned char>(c)) >> bit)) & 1) != 0;
      crc >>= 1;
      if (differs) crc ^= 0xedb88320;
    }
  }
  crc ^= 0xffffffff;
  std::string sum;
  for (int digit = 0; digit < 6; ++digit, crc /= 62) sum.insert(sum.begin(), kBase62[crc % 62]);
  return prefix + random + sum;
}

std::string sample(const TokenForm& form, Random& random) {
  const std::string_view alphabet = form.alphabet == TokenAlphabet::hex      ? kHex
                                    : form.alphabet == TokenAlphabet::base62 ? kBase62
                                                                             : kBase64url;
  const std::size_t size = (form.shortest > 0 ? form.shortest : 48) - form.prefix.size();
  if (form.checksum == TokenChecksum::none) return form.prefix + random.text(alphabet, size);
  return with_checksum(form.prefix, random.text(alphabet, size - 6));
}

// The example of npm's announcement, as https://github.com/secretlint/secretlint/issues/200 has it.
TEST(TokenForms, TheChecksumIsThatOfPublishedTokens) {
  const std::string token = "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";
  const std::vector<TokenForm> forms = known();
  ASSERT_NE(form_of(token, forms), nullptr);
  EXPECT_EQ(form_of(token, forms)->provider, "npm");
  EXPECT_THAT(problem_of_form(token, "npm", forms), IsEmpty());
}

TEST(TokenForms, EachIsRecognisedAsItsOwnAndNoOther) {
  Random random;
  const std::vector<TokenForm> forms = known();
  ASSERT_GT(forms.size(), 40u);
  for (const TokenForm& form : forms) {
    for (int n = 0; n < 200; ++n) {
      const std::string token = sample(form, random);
      const TokenForm* found = form_of(token, forms);
      // A prefix of four characters alone says too little.
      ASSERT_EQ(found != nullptr, form.shortest > 0 || form.prefix.size() > 4) << form.prefix;
      if (found != nullptr) {
        EXPECT_EQ(found->service, form.service) << form.prefix;
      }
      EXPECT_THAT(problem_of_form(token, form.provider, forms), IsEmpty()) << form.prefix;
    }
  }
}

TEST(TokenForms, NoRandomTextIsRecognised) {
  Random random;
  const std::vector<TokenForm> forms = known();
  constexpr int kTexts = 1'000'000;
  int recognised = 0;
  for (int n = 0; n < kTexts; ++n) {
    const std::string_view alphabet = n % 3 == 0 ? kHex : n % 3 == 1 ? kBase62 : kBase64url;
    const std::string text = random.text(alphabet, random.number(20, 80));
    if (form_of(text, forms) != nullptr || !problem_of_form(text, "", forms).empty()) ++recognised;
  }
  EXPECT_EQ(recognised, 0);
}

TEST(TokenForms, ALostOrWrongCharacterIsNoticed) {
  Random random;
  const std::vector<TokenForm> forms = known();
  for (const TokenForm& form : forms) {
    if (form.checksum == TokenChecksum::none) continue;
    for (int n = 0; n < 200; ++n) {
      const std::string token = sample(form, random);
      const std::size_t at = random.number(form.prefix.size(), token.size() - 1);
      std::string shorter = token;
      shorter.erase(at, 1);
      EXPECT_THAT(problem_of_form(shorter, form.provider, forms), HasSubstr("a part is lost")) << form.prefix;
      EXPECT_THAT(problem_of_form(shorter, "", forms), HasSubstr("a part is lost")) << form.prefix;
      std::string wrong = token;
      wrong[at] = wrong[at] == 'a' ? 'b' : 'a';
      EXPECT_THAT(problem_of_form(wrong, "", forms), HasSubstr("fails the checksum")) << form.prefix;
      EXPECT_THAT(problem_of_form(wrong, "", forms), ::testing::Not(HasSubstr(token.substr(8)))) << form.prefix;
    }
  }
}

TEST(TokenForms, ATokenOfAnotherServiceIsNamed) {
  Random random;
  const std::vector<TokenForm> forms = known();
  const std::string github = with_checksum("ghp_", random.text(kBase62, 30));
  EXPECT_EQ(problem_of_form(github, "gitlab", forms),
            "has the form of a token of GitHub (classic personal access token), not of GitLab");
  EXPECT_THAT(problem_of_form(github, "github-installation", forms), IsEmpty());  // of the same service
  EXPECT_THAT(problem_of_form(github, "", forms), IsEmpty());                     // nobody says whose it is
  EXPECT_THAT(problem_of_form("an-old-form", "gitlab", forms), IsEmpty());
}

}  // namespace
}  // namespace authprobe::config
