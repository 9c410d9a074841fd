#include "exporter/wire/secret_name.h"

#include <gtest/gtest.h>

namespace authprobe::wire {
namespace {

TEST(SecretName, NamesOfSecrets) {
  for (const char* name :
       {"X-Api-Key", "api_key",       "access_token",     "PRIVATE-TOKEN", "client_secret",
        "password",  "sig",           "X-Amz-Signature",  "appid",         "Ocp-Apim-Subscription-Key",
        "jwt",       "DPoP",          "X-Auth",           "X-Auth-Email",  "X-CSRFToken",
        "X-Csrf",    "X-XSRF-TOKEN",  "X-Session",        "X-Session-Id",  "Cookie",
        "Cookie2",   "otp",           "client_assertion", "assertion",     "SAMLResponse",
        "samlart",   "user_password", "passphrase",       "PHPSESSID",     "Passwort",
        "id_token"}) {
    EXPECT_TRUE(is_secret_name(name)) << name;
  }
  for (const char* name : {"X-Amz-Credential", "Accept", "page", "page_token", "nextToken", "continuationToken",
                           "Idempotency-Key", "sort_key", "keyword", "monkey-business", "X-Request-Id", "state", "code",
                           "Content-Type", "user", "country_code"}) {
    EXPECT_FALSE(is_secret_name(name)) << name;
  }
}

TEST(SecretName, WhatALoginCarriesDependsOnItsValue) {
  EXPECT_TRUE(carries_secret("code", "4/P7q7W91"));
  EXPECT_TRUE(carries_secret("state", "af0ifjsldkj1"));
  EXPECT_TRUE(carries_secret("State", "abcdefghijklmnop"));
  EXPECT_TRUE(carries_secret("code_verifier", "x"));
  for (const auto& [name, value] :
       {std::pair{"code", "404"}, {"state", "open"}, {"state", "in_progress"}, {"code", "EUR"}}) {
    EXPECT_FALSE(carries_secret(name, value)) << name << '=' << value;
  }
}

}  // namespace
}  // namespace authprobe::wire
