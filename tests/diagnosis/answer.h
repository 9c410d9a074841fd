// An answer of a server and what it means, in the words of the tests.
#pragma once

#include <gmock/gmock.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "exporter/diagnosis/diagnosis.h"
#include "tests/support/rules.h"

namespace authprobe::diagnosis {

inline const WallTime kNow = std::chrono::sys_days(std::chrono::January / 10 / 2026) + std::chrono::hours(12);

class Answer {
 public:
  explicit Answer(int status, std::string body = "") : status_(status), body_(std::move(body)) {}
  Answer& header(std::string name, std::string value) {
    headers_.emplace_back(std::move(name), std::move(value));
    return *this;
  }
  Answer& to(SentCredential sent) {
    sent_ = sent;
    return *this;
  }
  Answer& knowing(CredentialFacts facts) {
    facts_ = std::move(facts);
    now_ = kNow;
    return *this;
  }
  Answer& of_request(std::string url) {
    requested_ = std::move(url);
    return *this;
  }
  Answer& posted_to(std::string url) {
    posted_to_ = std::move(url);
    return *this;
  }
  Answer& for_token() {
    for_token_ = true;
    return *this;
  }
  Answer& at(WallTime now) {
    now_ = now;
    return *this;
  }

  Diagnosis diagnosed() const {
    Input input;
    input.status = status_;
    input.headers = headers_;
    input.body = body_;
    input.sent = sent_;
    input.credential = facts_;
    input.requested = requested_;
    input.posted_to = posted_to_;
    input.for_token = for_token_;
    input.now = now_;
    return diagnose(input, *test::rules());
  }
  bool suspicious() const { return may_hide_refusal(status_, headers_, body_); }

 private:
  int status_;
  std::string body_;
  std::string requested_;
  std::string posted_to_;
  bool for_token_ = false;
  std::vector<Header> headers_;
  SentCredential sent_ = SentCredential::unknown;
  CredentialFacts facts_;
  std::optional<WallTime> now_;
};

MATCHER_P2(Means, cause, confidence, "") {
  *result_listener << to_string(arg.cause) << " " << to_string(arg.confidence);
  return arg.cause == cause && arg.confidence == confidence;
}
MATCHER(IsNoRefusal, "") {
  *result_listener << to_string(arg.cause) << " " << to_string(arg.refusal);
  return arg.refusal == Refusal::none;
}

}  // namespace authprobe::diagnosis
