#include "exporter/import/shell_words.h"

#include <gtest/gtest.h>

#include <string>

namespace authprobe::importing {
namespace {

// The words of all commands, as "line: [word][word]".
std::string words_of(std::string_view text) {
  std::string shown;
  for (const ShellCommand& command : shell_commands(text)) {
    shown += std::to_string(command.line) + ':';
    for (const ShellWord& word : command.words) {
      shown.append("[").append(word.text.reveal()).append("]");
      if (word.has_variable) shown += '$';
      if (word.has_substitution) shown += '!';
    }
    shown += '\n';
  }
  return shown;
}

TEST(ShellWords, QuotesAndBackslashes) {
  EXPECT_EQ(words_of(R"(curl 'a b' "c \"d\" \x" e\ f '' g'h'"i")"), "1:[curl][a b][c \"d\" \\x][e f][][ghi]\n");
}

TEST(ShellWords, CommandsEndWhereAShellEndsThem) {
  EXPECT_EQ(words_of("# note\ncurl a \\\n  b # more\ncurl c | jq . ; curl d && echo\n"),
            "2:[curl][a][b]\n4:[curl][c]\n4:[jq][.]\n4:[curl][d]\n4:[echo]\n");
}

TEST(ShellWords, RedirectionsAreNoWords) {
  EXPECT_EQ(words_of("curl a > out.txt 2>&1 < in -s2 >>'x y' b"), "1:[curl][a][-s2][b]\n");
}

TEST(ShellWords, VariablesStayReferences) {
  EXPECT_EQ(words_of(R"x(curl "Bearer $TOKEN" ${HOST}/x '$NOT' \$NOT $1x a$ "$(date)" `id` "${A:-b}")x"),
            "1:[curl][Bearer ${TOKEN}]$[${HOST}/x]$[$NOT][$NOT][${1x}]$[a$][$(date)]![$id$]![]!\n");
}

TEST(ShellWords, BrowsersWriteEscapes) {
  EXPECT_EQ(words_of(R"($'a\'b\\c\n\u00e9\x41\101')"),
            "1:[a'b\\c\n\xC3\xA9"
            "AA]\n");
}

TEST(ShellWords, AnEndInsideAWordEndsIt) {
  EXPECT_EQ(words_of("curl 'a"), "1:[curl][a]\n");
  EXPECT_EQ(words_of("curl \"a\\"), "1:[curl][a\\]\n");
  EXPECT_EQ(words_of("curl ${"), "1:[curl][]!\n");
  EXPECT_EQ(words_of("curl $'\\"), "1:[curl][]\n");
}

TEST(ShellWords, TheNumberOfWordsIsBounded) {
  std::size_t count = 0;
  for (const ShellCommand& command : shell_commands("a b c\nd e f\n", 4)) count += command.words.size();
  EXPECT_EQ(count, 4u);
}

}  // namespace
}  // namespace authprobe::importing
