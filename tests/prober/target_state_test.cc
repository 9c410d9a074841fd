#include "exporter/prober/target_state.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace authprobe::prober {
namespace {

using namespace std::chrono_literals;
using diagnosis::Cause;
using diagnosis::Confidence;
using diagnosis::Refusal;

// A target whose 2xx is expected, in virtual time that moves on by a minute a probe.
class Story {
 public:
  TargetState::Change answers(int status, Refusal refusal = Refusal::none, Cause cause = Cause::unknown,
                              Confidence confidence = Confidence::likely) {
    Outcome outcome;
    outcome.status = status;
    outcome.expected_status = status / 100 == 2;
    outcome.refusal = refusal;
    outcome.refusal_is_sure = confidence != Confidence::guess;
    diagnosis::Diagnosis diagnosis;
    diagnosis.refusal = refusal;
    diagnosis.cause = cause;
    diagnosis.confidence = confidence;
    return probe(outcome, refusal == Refusal::none ? nullptr : &diagnosis);
  }
  TargetState::Change probe(const Outcome& outcome, const diagnosis::Diagnosis* diagnosis = nullptr) {
    now += 1min;
    return state.apply(outcome, diagnosis, now);
  }

  TargetState state;
  WallTime now{1'795'305'600s};
};

TEST(TargetState, TheFirstProbeEverIsNoTransition) {
  Story story;
  EXPECT_EQ(story.state.state, State::pending);
  EXPECT_FALSE(story.answers(401, Refusal::authentication).transition);
  EXPECT_EQ(story.state.state, State::unauthorized);
}

TEST(TargetState, TwoHundredYesterdayFourOhOneNow) {
  Story story;
  story.answers(200);
  const auto change = story.answers(401, Refusal::authentication, Cause::expired_token);
  EXPECT_EQ(change.transition, (Transition{StatusClass::c2xx, StatusClass::c401}));
  EXPECT_EQ(change.previous, State::ok);
  ASSERT_TRUE(story.state.episode);
  EXPECT_EQ(story.state.episode->cause, Cause::expired_token);
  EXPECT_EQ(story.state.episode->since, story.now);
}

TEST(TargetState, AnEpisodeLastsUntilAllIsWellAgain) {
  Story story;
  story.answers(401, Refusal::authentication, Cause::invalid_credentials);
  const WallTime begin = story.now;
  story.answers(403, Refusal::authorization, Cause::insufficient_scope);
  story.answers(500);
  ASSERT_TRUE(story.state.episode);
  EXPECT_EQ(story.state.episode->since, begin);
  EXPECT_EQ(story.state.episode->cause, Cause::insufficient_scope);
  EXPECT_TRUE(story.answers(200).episode_ended);
  EXPECT_FALSE(story.state.episode);
  EXPECT_FALSE(story.answers(200).episode_ended);
}

TEST(TargetState, SinceIsWhenTheStateBegan) {
  Story story;
  story.answers(200);
  const WallTime begin = story.now;
  story.answers(204);
  EXPECT_EQ(story.state.since, begin);
  EXPECT_EQ(story.state.last_good, story.now);
  story.answers(500);
  EXPECT_EQ(story.state.since, story.now);
}

TEST(TargetState, NothingSentIsNoTransition) {
  Story story;
  story.answers(200);
  Outcome outcome;
  outcome.sent = false;
  EXPECT_FALSE(story.probe(outcome).transition);
  EXPECT_EQ(story.state.state, State::credential_unavailable);
  EXPECT_FALSE(story.answers(200).transition);
}

TEST(TargetState, NoAnswerIsATransitionToError) {
  Story story;
  story.answers(200);
  EXPECT_EQ(story.answers(0).transition, (Transition{StatusClass::c2xx, StatusClass::error}));
  EXPECT_EQ(story.state.state, State::unreachable);
}

State state_after(int status, Refusal refusal, Confidence confidence = Confidence::likely) {
  Story story;
  story.answers(status, refusal, Cause::unknown, confidence);
  return story.state.state;
}

TEST(TargetState, TheDiagnosisDecidesWhereTheCodeMisleads) {
  EXPECT_EQ(state_after(403, Refusal::rate_limit), State::rate_limited);
  EXPECT_EQ(state_after(403, Refusal::rate_limit, Confidence::guess), State::forbidden);
  EXPECT_EQ(state_after(403, Refusal::authentication), State::forbidden);
  EXPECT_EQ(state_after(200, Refusal::authentication), State::unauthorized);
  EXPECT_EQ(state_after(200, Refusal::authorization), State::forbidden);
  EXPECT_EQ(state_after(200, Refusal::authentication, Confidence::guess), State::ok);
  EXPECT_EQ(state_after(302, Refusal::authentication), State::unauthorized);
  EXPECT_EQ(state_after(302, Refusal::none), State::unexpected);
  EXPECT_EQ(state_after(404, Refusal::authentication), State::unexpected);
  EXPECT_EQ(state_after(429, Refusal::rate_limit), State::rate_limited);
  EXPECT_EQ(state_after(500, Refusal::none), State::unexpected);
}

Outcome outcome_where_401_is_expected(int status) {
  Outcome outcome;
  outcome.status = status;
  outcome.refusal_expected = true;
  outcome.expected_status = status == 401;
  return outcome;
}

TEST(TargetState, AnExpectedRefusalIsOkAndBeingLetInIsNot) {
  Outcome refused = outcome_where_401_is_expected(401);
  refused.refusal = Refusal::authentication;
  refused.refusal_is_sure = true;
  EXPECT_EQ(state_of(refused), State::ok);
  EXPECT_EQ(state_of(outcome_where_401_is_expected(200)), State::exposed);
  EXPECT_EQ(state_of(outcome_where_401_is_expected(403)), State::forbidden);
  EXPECT_EQ(state_of(outcome_where_401_is_expected(500)), State::unexpected);
}

TEST(TargetState, AFailedCheckOrABrokenAnswerIsUnexpected) {
  Outcome outcome;
  outcome.status = 200;
  outcome.expected_status = true;
  outcome.checks_passed = false;
  EXPECT_EQ(state_of(outcome), State::unexpected);
  outcome.checks_passed = true;
  outcome.complete = false;
  EXPECT_EQ(state_of(outcome), State::unexpected);
}

TEST(RecentProbes, TellsAChangeFromComingAndGoing) {
  RecentProbes recent;
  for (const bool refused : {false, false, true, true, true}) recent.add(refused);
  EXPECT_EQ(recent.probes(), 5);
  EXPECT_EQ(recent.refusals(), 3);
  EXPECT_EQ(recent.refusal_runs(), 1);
  for (const bool refused : {false, true}) recent.add(refused);
  EXPECT_EQ(recent.refusal_runs(), 2);
  for (int i = 0; i < 16; ++i) recent.add(false);
  EXPECT_EQ(recent.probes(), 16);
  EXPECT_EQ(recent.refusals(), 0);
}

TEST(StatusClass, CodesOutsideTheStandardAreErrors) {
  EXPECT_EQ(status_class_of(0), StatusClass::error);
  EXPECT_EQ(status_class_of(101), StatusClass::error);
  EXPECT_EQ(status_class_of(600), StatusClass::error);
  EXPECT_EQ(status_class_of(404), StatusClass::c4xx);
  EXPECT_EQ(to_string(StatusClass::c429), "429");
}

}  // namespace
}  // namespace authprobe::prober
