#include "exporter/import/gatus_condition.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace authprobe::importing {
namespace {

// The keys that an endpoint with these conditions gets, or why one of them cannot be carried.
std::string keys_of(const std::vector<std::string>& texts) {
  GatusConditions conditions;
  for (const std::string& text : texts) {
    if (const std::string why = conditions.add(text); !why.empty()) return "not: " + why;
  }
  ImportedRequest request;
  conditions.finish(request);
  std::string shown;
  for (const auto& [key, value] : request.keys) shown += key + " = " + value + '\n';
  return shown;
}

TEST(GatusCondition, Status) {
  EXPECT_EQ(keys_of({"[STATUS] == 200"}), "expect.status = 200\n");
  EXPECT_EQ(keys_of({"[STATUS] == any(200, 429)"}), "expect.status = [200, 429]\n");
  EXPECT_EQ(keys_of({"[STATUS] >= 200", "[STATUS] < 300"}), "");
  EXPECT_EQ(keys_of({"[STATUS] > 200", "[STATUS] <= 204"}), "expect.status = \"201-204\"\n");
  EXPECT_EQ(keys_of({"[CONNECTED] == true"}), "expect.status = \"100-599\"\n");
  EXPECT_EQ(keys_of({"[STATUS] == any(200, 2\n[targets.x])"}), "expect.status = [200, \"2\\n[targets.x]\"]\n");
  EXPECT_EQ(keys_of({"[STATUS] != 500"}), "not: expect.status says which statuses are expected");
}

TEST(GatusCondition, Body) {
  EXPECT_EQ(keys_of({"[STATUS] == 200", "[BODY] == pat(*<h1>Hi*)"}),
            "expect.body_matches = [\"(?s)^.*<h1>Hi.*$\"]\nexpect.status = 200\n");
  EXPECT_EQ(keys_of({"[STATUS] == 200", "[BODY].data[0].a/b == any(x.y, z)"}),
            "expect.json = [{ pointer = \"/data/0/a~1b\", matches = \"^(x\\\\.y|z)$\" }]\nexpect.status = 200\n");
  EXPECT_EQ(
      keys_of({"[STATUS] == 200", "[BODY].n >= 5", "has([BODY].e) == false", "has([BODY].f) == true"}),
      "expect.json = [{ pointer = \"/n\", at_least = 5 }, { pointer = \"/e\", absent = true }, { pointer = \"/f\" }]\n"
      "expect.status = 200\n");
  EXPECT_EQ(keys_of({"[BODY].n != 5"}), "not: expect.json compares with a value or a number");
  EXPECT_EQ(keys_of({"[BODY].a.* == 5"}), "not: a JSON pointer has no such place");
}

TEST(GatusCondition, Time) {
  EXPECT_EQ(keys_of({"[STATUS] == 200", "[RESPONSE_TIME] < 500"}),
            "expect.answer_within = \"500ms\"\nexpect.status = 200\n");
  EXPECT_EQ(keys_of({"[RESPONSE_TIME] > 500"}), "not: expect.answer_within is a longest time");
}

TEST(GatusCondition, Others) {
  EXPECT_EQ(keys_of({"[IP] == 127.0.0.1"}), "not: there is no such expectation");
  EXPECT_EQ(keys_of({"[STATUS]"}), "not: it is no comparison");
}

}  // namespace
}  // namespace authprobe::importing
