#include "exporter/prober/inquiry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace authprobe::prober {
namespace {

using namespace std::chrono_literals;
using diagnosis::Cause;
using diagnosis::Confidence;
using testing::Contains;
using testing::HasSubstr;

// A target whose credential is refused, in virtual time.
class Story {
 public:
  Story() {
    target.url = wire::Url("https://api.example.com/v1/me");
    target.credential = "tok";
    target.connection = std::make_shared<config::Connection>();
    auto expect = std::make_shared<config::Expectation>();
    expect->is_protected = true;
    target.expect = expect;
  }
  void refused(std::uint64_t token = 0) {
    http::Response response;
    response.status = 401;
    diagnosis::Input input;
    input.status = 401;
    diagnosis::Diagnosis diagnosis;
    diagnosis.refusal = diagnosis::Refusal::authentication;
    diagnosis.cause = Cause::invalid_credentials;
    diagnosis.confidence = Confidence::likely;
    inquiry.refused(target, {.credential = true, .password_like = false, .other_addresses = {}}, response, input,
                    diagnosis, token);
  }
  std::optional<http::Request> next(bool rate_limited = false) {
    http::Request probe;
    probe.connection = target.connection;
    probe.authorization.headers.emplace_back("Authorization", "Bearer s3cret");
    return inquiry.next(target, std::move(probe), rate_limited, now);
  }
  bool answered(int status) {
    http::Response answer;
    answer.status = status;
    return inquiry.take(answer);
  }

  config::Target target;
  Inquiry inquiry;
  Instant now{1'795'305'600'000};
};

TEST(Inquiry, OneRequestAtATimeAndEachOnce) {
  Story story;
  story.refused();
  EXPECT_TRUE(story.next());
  EXPECT_FALSE(story.next()) << "one is under way";
  EXPECT_TRUE(story.answered(403));
  story.refused();
  EXPECT_FALSE(story.next()) << "there is no control URL to ask";
}

TEST(Inquiry, NothingIsAskedWhereOurRateIsLimited) {
  Story story;
  story.refused();
  EXPECT_FALSE(story.next(true));
  EXPECT_TRUE(story.next(false));
}

TEST(Inquiry, AnAnswerAfterTheEpisodeSaysNothingOfTheNextOne) {
  Story story;
  story.refused();
  ASSERT_TRUE(story.next());
  story.inquiry.recovered();
  story.refused();
  EXPECT_FALSE(story.next()) << "the old request is still under way";
  EXPECT_FALSE(story.answered(200));
  EXPECT_TRUE(story.next());
}

TEST(Inquiry, ATokenFetchedSinceIsAControlOfItsOwn) {
  Story story;
  story.refused(1);
  EXPECT_EQ(story.inquiry.weighed({}, {}).cause, Cause::invalid_credentials);
  story.refused(2);
  const auto diagnosis = story.inquiry.weighed({}, {});
  EXPECT_EQ(diagnosis.cause, Cause::insufficient_permissions);
  EXPECT_THAT(diagnosis.evidence, Contains(HasSubstr("with a token fetched just now")));
}

TEST(Inquiry, TheNextCredentialIsWeighedToo) {
  Story story;
  story.refused();
  const auto diagnosis = story.inquiry.weighed({}, diagnosis::ControlAnswer{.status = 200, .same_as_refusal = false});
  EXPECT_EQ(diagnosis.cause, Cause::revoked_token);
  EXPECT_THAT(diagnosis.evidence, Contains(HasSubstr("with the next credential")));
}

TEST(Inquiry, ProtectionIsAskedForEveryFiveMinutes) {
  Story story;
  const auto request = story.next();
  ASSERT_TRUE(request);
  EXPECT_TRUE(request->authorization.headers.empty());
  EXPECT_FALSE(story.answered(200)) << "it is about no episode";
  EXPECT_TRUE(story.inquiry.open_to_all());
  story.now += 4min;
  EXPECT_FALSE(story.next());
  story.now += 1min;
  ASSERT_TRUE(story.next());
  story.answered(401);
  EXPECT_FALSE(story.inquiry.open_to_all());
}

TEST(Inquiry, WithoutACredentialThereIsNothingToProtect) {
  Story story;
  story.target.credential.clear();
  EXPECT_FALSE(story.next());
}

}  // namespace
}  // namespace authprobe::prober
