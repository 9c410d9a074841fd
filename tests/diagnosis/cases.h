// Tables of made-up answers: what each refusal means, and which answers are none.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>

#include "tests/diagnosis/answer.h"

namespace authprobe::diagnosis {

struct Case {
  int status;
  SentCredential sent;
  const char* body;
  Cause cause;
};

template <std::size_t N>
void expect_causes(const Case (&cases)[N]) {
  for (const Case& each : cases) {
    const Answer answer = Answer(each.status, each.body).to(each.sent);
    const Diagnosis diagnosis = answer.diagnosed();
    EXPECT_EQ(to_string(diagnosis.cause), to_string(each.cause)) << each.body;
    EXPECT_NE(diagnosis.refusal, Refusal::none) << each.body;
    EXPECT_TRUE(each.status >= 400 || answer.suspicious()) << each.body;
  }
}

template <std::size_t N>
void expect_healthy(int status, const char* const (&bodies)[N]) {
  for (const char* body : bodies)
    EXPECT_THAT(Answer(status, body).to(SentCredential::bearer).diagnosed(), IsNoRefusal()) << status << " " << body;
}

}  // namespace authprobe::diagnosis
