// Matches a secret by its text: EXPECT_THAT(authorization.headers, ElementsAre(Pair("Cookie", Reveals("id=1")))).
#pragma once

#include <gmock/gmock.h>

#include <string>

#include "exporter/wire/secret.h"

namespace authprobe::test {

MATCHER_P(Reveals, text, "") {
  return arg.reveal() == std::string_view(text);
}

}  // namespace authprobe::test
