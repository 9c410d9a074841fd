// Our own secrets do not come back out of what servers repeat.
#include "exporter/credential/secret_mask.h"

#include <gtest/gtest.h>

#include "exporter/wire/encoding.h"

namespace authprobe::credential {
namespace {

std::string masked(const SecretMask& secrets, std::string text) {
  secrets.mask(text);
  return text;
}

TEST(SecretMask, HidesEveryFormOfASecret) {
  SecretMask mask;
  mask.set_secrets({"a/b+c=\"de"});
  for (const std::string form :
       {"a/b+c=\"de", "a%2Fb%2Bc%3D%22de", "a%2fb%2bc%3d%22de", "a/b%2Bc%3D%22de", "a/b+c=\\\"de", "a\\/b+c=\\\"de"}) {
    EXPECT_EQ(masked(mask, "<" + form + "> " + form + "."), "<********> ********.") << form;
  }
  EXPECT_EQ(masked(mask, wire::base64("a/b+c=\"de")).find(wire::base64("a/b+c=\"")), std::string::npos);
  EXPECT_EQ(masked(mask, "a/b and c"), "a/b and c");
}

TEST(SecretMask, TheFormerValueIsStillLookedFor) {
  SecretMask mask;
  mask.set_secrets({"former-value"});
  mask.set_secrets({"latter-value"});
  EXPECT_EQ(masked(mask, "former-value latter-value"), "******** ********");
  mask.set_secrets({"third-value"});
  EXPECT_EQ(masked(mask, "former-value"), "former-value");
}

TEST(SecretMask, TheFormerValueIsForgottenAfterAnHour) {
  SecretMask mask;
  mask.set_secrets({"zebra-crossing-17"});
  mask.set_secrets({"latter-value"});
  const auto now = std::chrono::steady_clock::now();
  mask.forget_former(now + std::chrono::minutes(59));
  EXPECT_EQ(masked(mask, "zebra-crossing-17"), "********");
  mask.forget_former(now + std::chrono::minutes(61));
  EXPECT_EQ(masked(mask, "zebra-crossing-17 latter-value"), "zebra-crossing-17 ********");
  std::string shown = "zebra-crossing-17 latter-value";
  mask.mask_shown(shown);
  EXPECT_EQ(shown.find("zebra-crossing-17"), 0u);
}

TEST(SecretMask, WhatIsTooShortIsLeft) {
  SecretMask mask;
  mask.set_secrets({"token", ""});
  EXPECT_EQ(masked(mask, "the token"), "the token");
}

}  // namespace
}  // namespace authprobe::credential
