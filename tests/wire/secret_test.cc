#include "exporter/wire/secret.h"

#include <gtest/gtest.h>

namespace authprobe::wire {
namespace {

TEST(SecretTest, IsMovedAndCopiedOnPurpose) {
  Secret first(std::string("hunter2"));
  Secret second = first.copy();
  EXPECT_EQ(first.reveal(), second.reveal());
  Secret third = std::move(first);
  EXPECT_EQ(third.reveal(), "hunter2");
  EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): it is empty, not unspecified
}

TEST(SecretTest, LeavesNothingInTheMemoryThatItKeeps) {
  Secret secret(std::string("hunter2hunter2hunter2hunter2"));
  const char* const memory = secret.c_str();
  secret.clear();
  ASSERT_EQ(secret.c_str(), memory);
  EXPECT_EQ(std::string(memory, 28), std::string(28, '\0'));
}

TEST(SecretTest, AShortOneLeavesNothingWhereItWasMovedFrom) {
  Secret first(std::string("hunter2"));
  const char* const memory = first.c_str();  // inside the object itself
  const Secret second = std::move(first);
  EXPECT_EQ(std::string(memory, 7), std::string(7, '\0'));
}

TEST(SecretTest, GrowsByWholeCopiesAndKeepsItsText) {
  Secret secret;
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    secret.append("ab");
    secret.push_back('c');
    expected += "abc";
  }
  EXPECT_EQ(secret.reveal(), expected);
  EXPECT_EQ(Secret::join({"Bearer ", "abc"}).reveal(), "Bearer abc");
}

}  // namespace
}  // namespace authprobe::wire
