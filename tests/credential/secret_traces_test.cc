// What a server does to our secret on its way into a text that people see.
#include "exporter/credential/secret_traces.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "exporter/wire/encoding.h"

namespace authprobe::credential {
namespace {

using testing::HasSubstr;

std::string masked(const std::string& secret, std::string text) {
  SecretTraces({std::string_view(secret)}).mask(text);
  return text;
}

TEST(SecretTraces, EscapesAndEntitiesAreUndone) {
  const std::string password = "grüne-Äpfel-99";
  for (const std::string form :
       {"grüne-Äpfel-99", R"(gr\u00fcne-\u00c4pfel-99)", R"(gr\u00FCne\u002d\u00C4pfel\x2d99)",
        "gr&uuml;ne-&Auml;pfel-99", "gr&#252;ne-&#xC4;pfel-99", "gr%C3%BCne-%C3%84pfel-99", "gr%FCne-%C4pfel-99",
        "gr%25C3%25BCne-%25C3%2584pfel-99", R"(gr\\u00fcne-\\u00c4pfel-99)", "gr\xFCne-\xC4pfel-99",
        "grÃ¼ne-Ã\u0084pfel-99", "gru\u0308ne-A\u0308pfel-99", "GRÜNE-ÄPFEL-99", "grune-apfel-99",
        "grüne - Äpfel - 99"}) {
    EXPECT_EQ(masked(password, "Password " + form + " is wrong"), "Password ******** is wrong") << form;
  }
  EXPECT_EQ(masked("it's+mine>now", R"(no it\u0027s\u002Bmine\u003Enow)"), "no ********");
  EXPECT_EQ(masked("rock&roll<4ever>", "no rock&amp;roll&lt;4ever&gt;"), "no ********");
  EXPECT_EQ(masked("rock&roll<4ever>", "no rock&#38;roll&#x3c;4ever&gt;!"), "no ********!");
  EXPECT_EQ(masked("пароль-тайна", "no ПАРОЛЬ"), "no ********");
  EXPECT_EQ(masked("пароль-тайна", R"(no \u043f\u0430\u0440\u043e\u043b\u044c-\u0442\u0430\u0439\u043d\u0430)"),
            "no ********");
}

TEST(SecretTraces, NoMoreThanFourCharactersRemain) {
  const std::string token = "tok-5ecret/Value=one";
  EXPECT_EQ(masked(token, "TOK-5ECRET/VALUE=ONE"), "********");
  EXPECT_EQ(masked(token, "the half tok-5ecret, the rest"), "the half ********, the rest");
  EXPECT_EQ(masked(token, "ends with ret/Value=one."), "ends with ********.");
  EXPECT_EQ(masked(token, "eno=eulaV/terce5-kot"), "********");
  EXPECT_EQ(masked(token, "tok-5ecr et/Val ue=one"), "********");
  EXPECT_EQ(masked(token, "as 746f6b2d356563726574"), "as ********");
  EXPECT_EQ(masked(token, "tok-"), "tok-");
  for (const std::string before : {"", "a", "ab", "user:"}) {
    const std::string encoded = masked(token, wire::base64(before + token));
    EXPECT_THAT(encoded, HasSubstr("********"));
    EXPECT_LE(encoded.size(), 8u + 12u) << encoded;
  }
}

TEST(SecretTraces, WordsOfProseStay) {
  EXPECT_EQ(masked("my-expired-token-1", "the token has expired"), "the token has expired");
  EXPECT_EQ(masked("my-expired-token-1", "the token my-expired-token-1 has expired"), "the token ******** has expired");
  EXPECT_EQ(masked("hunter", "no such hunter"), "no such ********");
}

TEST(SecretTraces, WhereASecretIsTooShortNoWordsOfTheServerAreShown) {
  EXPECT_EQ(masked("tok5!", R"(token "TOK5\u0021" is wrong)"),
            "(not shown: it may repeat a secret that is too short to be masked)");
  EXPECT_EQ(masked("tok5!", "HTTP 401 to a request"), "HTTP 401 to a request");
  EXPECT_EQ(masked("------", "a ------ b"), "a ******** b");
  EXPECT_EQ(masked("", "anything"), "anything");
}

TEST(SecretTraces, AnyBytesCanBeRead) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  for (const std::string& text : std::vector<std::string>{
           bytes, std::string(R"(%\u&#;&#x;\x%G%4\ud83d\ud83\ude00&amp&;)"), std::string("\xF0\x9F\x98")}) {
    EXPECT_FALSE(masked("a-secret-of-some-length", text).empty());
  }
}

}  // namespace
}  // namespace authprobe::credential
