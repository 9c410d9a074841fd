// What the history of a target tells of its refusals, in virtual time and through the target itself.
#include "exporter/prober/probe_history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporter/prober/target.h"
#include "tests/support/rules.h"

namespace authprobe::prober {
namespace {

using namespace std::chrono_literals;
using diagnosis::Cause;
using diagnosis::Confidence;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

config::Target watched() {
  config::Target target;
  target.name = "me";
  target.url = wire::Url("https://api.example.com/v1/me");
  target.credential = "tok";
  target.interval = 15s;
  target.connection = std::make_shared<config::Connection>();
  target.expect = std::make_shared<config::Expectation>();
  return target;
}

// A target that is probed each 15 seconds, and whose server has its reasons.
class History {
 public:
  History() {
    config::Credential tok;
    tok.name = "tok";
    tok.kind = config::Bearer{{config::SecretSource::Kind::value, "s3cret-s3cret"}};
    credential_ = std::make_shared<credential::Credential>(tok);
    credential_->refresh(std::chrono::steady_clock::now());
    target_.emplace(config_, ProbedTarget::Shared{std::make_shared<const Checks>(config_.expect), credential_, nullptr,
                                                  test::rules()});
  }

  struct Answer {
    int status = 200;
    std::string address = "192.0.2.11";
    wire::Headers headers = {};
  };
  // The diagnosis of this probe; nothing where it was accepted.
  std::optional<diagnosis::Diagnosis> answers(Answer answer) {
    http::Response response;
    response.status = answer.status;
    response.address = answer.address;
    response.headers = std::move(answer.headers);
    const Now now{now_, SlotClock::to_wall(now_)};
    EXPECT_TRUE(std::holds_alternative<http::Request>(target_->start(now_, now)));
    Verdict verdict = target_->judge(response, now.wall);
    ProbeRecord record = target_->finish(std::move(verdict), response, {}, now);
    now_ += 15s;
    return record.refusal;
  }
  ProbedTarget& target() { return *target_; }
  SlotTime now() const { return now_; }

 private:
  config::Target config_ = watched();
  std::shared_ptr<credential::Credential> credential_;
  std::optional<ProbedTarget> target_;
  SlotTime now_{1'795'305'600s};
};

TEST(ProbeHistory, OneNodeOfThreeRefusesInEpisodesOfOneProbe) {
  History story;
  std::optional<diagnosis::Diagnosis> last;
  for (int round = 0; round < 6; ++round) {
    story.answers({.address = "192.0.2.11"});
    last = story.answers({.status = 401, .address = "192.0.2.12"});
    story.answers({.address = "192.0.2.13"});
  }
  ASSERT_TRUE(last);
  EXPECT_THAT(last->evidence, Contains(HasSubstr("refused 6 of 6 at 192.0.2.12, 0 of 10 elsewhere")));
  EXPECT_EQ(to_string(last->cause), to_string(Cause::auth_service_down));
  EXPECT_EQ(last->confidence, Confidence::likely);
  EXPECT_THAT(last->advice, HasSubstr("192.0.2.12 out of service"));
}

TEST(ProbeHistory, ANodeBehindOneAddressNamesItself) {
  History story;
  std::optional<diagnosis::Diagnosis> last;
  for (int round = 0; round < 6; ++round) {
    story.answers({.headers = {{"X-Served-By", "web-1"}}});
    last = story.answers({.status = 401, .headers = {{"X-Served-By", "web-2"}}});
  }
  EXPECT_THAT(last->evidence, Contains(HasSubstr("refused 6 of 6 by the node web-2, 0 of 5 by others")));
  EXPECT_EQ(to_string(last->cause), to_string(Cause::auth_service_down));
}

TEST(ProbeHistory, ABudgetThatIsUsedUpIsARateLimitWhateverTheStatus) {
  for (const int status : {401, 403}) {
    History story;
    std::optional<diagnosis::Diagnosis> last;
    for (int i = 0; i < 36; ++i) {
      const int left = std::max(0, 8 - i % 12);
      auto diagnosis =
          story.answers({.status = i % 12 < 9 ? 200 : status,
                         .headers = {{"X-RateLimit-Limit", "9"}, {"X-RateLimit-Remaining", std::to_string(left)}}});
      if (diagnosis) last = std::move(diagnosis);
    }
    ASSERT_TRUE(last);
    EXPECT_EQ(to_string(last->cause), to_string(Cause::rate_limited));
    EXPECT_THAT(last->advice, Not(HasSubstr("Compare the secret")));
  }
}

TEST(ProbeHistory, ASecretThatIsAcceptedInBetweenIsNotDoubted) {
  History story;
  std::optional<diagnosis::Diagnosis> last;
  for (const int status : {200, 401, 200, 200, 401, 200, 401}) {
    auto diagnosis = story.answers({.status = status});
    if (diagnosis) last = std::move(diagnosis);
  }
  EXPECT_EQ(to_string(last->cause), to_string(Cause::unknown));
  EXPECT_THAT(last->evidence, Contains(HasSubstr("accepted between two refusals")));
  EXPECT_THAT(last->advice, HasSubstr("do not change it"));
}

TEST(ProbeHistory, ARightDoesNotComeAndGo) {
  History story;
  std::optional<diagnosis::Diagnosis> last;
  for (int i = 0; i < 8; ++i) {
    auto diagnosis = story.answers({.status = i % 2 == 0 ? 200 : 403});
    if (diagnosis) last = std::move(diagnosis);
  }
  EXPECT_EQ(to_string(last->cause), to_string(Cause::unknown));
}

TEST(ProbeHistory, ARefusalThatStaysIsNotIntermittentAnyMore) {
  History story;
  for (const int status : {200, 401, 200, 200}) story.answers({.status = status});
  std::optional<diagnosis::Diagnosis> last;
  for (int i = 0; i < 10; ++i) last = story.answers({.status = 401});
  EXPECT_EQ(to_string(last->cause), to_string(Cause::invalid_credentials));
  EXPECT_THAT(last->advice, HasSubstr("Compare the secret"));
}

TEST(ProbeHistory, OneOutageLongAgoSaysNothingOfTheNext) {
  History story;
  story.answers({});
  story.answers({.status = 401});
  for (int i = 0; i < 70; ++i) story.answers({});
  const auto last = story.answers({.status = 401});
  EXPECT_EQ(to_string(last->cause), to_string(Cause::invalid_credentials));
}

TEST(ProbeHistory, ControlsGoOnOverEpisodes) {
  History story;
  std::vector<ControlKind> kinds;
  for (int round = 0; round < 3; ++round) {
    story.answers({});
    http::Response refused;
    refused.status = 401;
    refused.address = "192.0.2.12";
    refused.other_addresses = {"192.0.2.11", "192.0.2.13"};
    const Now now{story.now(), SlotClock::to_wall(story.now())};
    story.target().start(now.slot, now);
    Verdict verdict = story.target().judge(refused, now.wall);
    story.target().finish(std::move(verdict), refused, {}, now);
    const auto control = story.target().next_control(now.slot);
    ASSERT_TRUE(control) << round;
    kinds.push_back(control->control.kind);
    http::Response answer;
    answer.status = control->control.kind == ControlKind::address ? 200 : 401;
    story.target().finish_control(answer, {}, now.wall);
  }
  EXPECT_THAT(kinds, testing::ElementsAre(ControlKind::anonymous, ControlKind::address, ControlKind::address));
}

TEST(ProbeHistory, AnAnswerOfTheNextCredentialFromBeforeTheRefusalSaysNothing) {
  History story;
  story.answers({});
  story.answers({.status = 401});
  diagnosis::FleetContext fleet;
  fleet.next = {.status = 401};
  fleet.next_name = "tok-next";
  fleet.next_at = SlotClock::to_wall(story.now() - 1min);
  EXPECT_THAT(story.target().refined_diagnosis(fleet).evidence, Not(Contains(HasSubstr("next credential"))));
  fleet.next = {.status = 200};
  fleet.next_at = SlotClock::to_wall(story.now());
  EXPECT_THAT(story.target().refined_diagnosis(fleet).advice, HasSubstr("Switch to \"tok-next\""));
}

}  // namespace
}  // namespace authprobe::prober
