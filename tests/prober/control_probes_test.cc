#include "exporter/prober/control_probes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace authprobe::prober {
namespace {

using diagnosis::Cause;
using diagnosis::Confidence;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

config::Target target() {
  config::Target result;
  result.url = wire::Url("https://api.example.com:8443/v1/me?x=1");
  result.control_url = wire::Url("https://api.example.com/health");
  result.connection = std::make_shared<config::Connection>();
  return result;
}

ControlProbes::Capabilities everything() {
  return {.anonymous = true, .jwt = true, .password_like = false, .other_addresses = {"192.0.2.2", "2001:db8::2"}};
}

http::Response response(int status, std::string body = "") {
  http::Response made;
  made.status = status;
  made.body = std::move(body);
  return made;
}

std::vector<ControlKind> sent(const config::Target& target, const ControlProbes::Capabilities& capabilities) {
  ControlProbes controls(target, capabilities, response(403));
  std::vector<ControlKind> kinds;
  while (const auto control = controls.next()) {
    kinds.push_back(control->kind);
    controls.finish(response(403));
  }
  return kinds;
}

// An episode that begins with a refusal of 401, "invalid", likely.
class Episode {
 public:
  void refused(std::uint64_t token = 0, std::optional<WallTime> now = std::nullopt) {
    diagnosis::Input input;
    input.status = 401;
    input.now = now;
    diagnosis::Diagnosis diagnosis;
    diagnosis.refusal = diagnosis::Refusal::authentication;
    diagnosis.cause = Cause::invalid_credentials;
    diagnosis.confidence = Confidence::likely;
    controls.refused(response(401, "no"), input, diagnosis, token);
  }
  diagnosis::Diagnosis refined(const diagnosis::FleetContext& fleet = {}) { return controls.refined_diagnosis(fleet); }

  ControlProbes controls{target(), everything(), response(401, "no")};
};

TEST(ControlProbes, EachIsSentOnceTheMostTellingFirst) {
  EXPECT_THAT(sent(target(), everything()), ElementsAre(ControlKind::anonymous, ControlKind::control_url,
                                                        ControlKind::address, ControlKind::address));
}

TEST(ControlProbes, EachCanBeSwitchedOff) {
  auto quiet = target();
  quiet.controls = {.anonymous = false, .control_url = false, .addresses = false};
  EXPECT_THAT(sent(quiet, everything()), IsEmpty());
}

TEST(ControlProbes, NoneIsSentWithAPasswordThatCouldBeLocked) {
  auto capabilities = everything();
  capabilities.password_like = true;
  EXPECT_THAT(sent(target(), capabilities), IsEmpty());
}

TEST(ControlProbes, AtMostFourAddresses) {
  ControlProbes::Capabilities capabilities;
  for (int i = 0; i < 100; ++i) capabilities.other_addresses.push_back("192.0.2." + std::to_string(i));
  auto only_addresses = target();
  only_addresses.control_url = {};
  EXPECT_EQ(sent(only_addresses, capabilities).size(), 4u);
  capabilities.anonymous = true;
  EXPECT_EQ(sent(target(), capabilities).size(), 6u);
}

TEST(ControlProbes, OneAtATime) {
  Episode episode;
  episode.refused();
  EXPECT_TRUE(episode.controls.next());
  EXPECT_FALSE(episode.controls.next()) << "one is in progress";
  EXPECT_TRUE(episode.controls.finish(response(403)));
  EXPECT_TRUE(episode.controls.next());
}

TEST(ControlProbes, AnAnswerThatNobodyAskedForIsNone) {
  Episode episode;
  episode.refused();
  EXPECT_FALSE(episode.controls.finish(response(200)));
  EXPECT_EQ(episode.refined().cause, Cause::invalid_credentials);
}

TEST(ControlProbes, AnAnswerIsComparedWithTheRefusal) {
  const auto evidence = [](const http::Response& anonymous) {
    Episode episode;
    episode.refused();
    episode.controls.next();
    episode.controls.finish(anonymous);
    return episode.refined().evidence;
  };
  EXPECT_NE(evidence(response(401, "no")), evidence(response(401, "who are you?")));
}

TEST(ControlProbes, ATokenFetchedSinceIsAControlOfItsOwn) {
  Episode episode;
  episode.refused(1);
  EXPECT_EQ(episode.refined().cause, Cause::invalid_credentials);
  episode.refused(2);
  EXPECT_EQ(episode.refined().cause, Cause::insufficient_permissions);
  EXPECT_THAT(episode.refined().evidence, Contains(HasSubstr("with a new token")));
}

TEST(ControlProbes, TheNextCredentialIsWeighedToo) {
  Episode episode;
  episode.refused();
  diagnosis::FleetContext fleet;
  fleet.next = diagnosis::ControlResult{.status = 200};
  const auto diagnosis = episode.refined(fleet);
  EXPECT_EQ(diagnosis.cause, Cause::revoked_token);
  EXPECT_THAT(diagnosis.evidence, Contains(HasSubstr("with the next credential")));
}

http::Request probe() {
  http::Request request;
  request.method = "POST";
  request.url = http::prepared(target().url);
  request.body = wire::Secret("{}");
  request.headers = {{"X-Tenant", "7"}};
  request.authorization.headers.emplace_back("Authorization", "Bearer s3cret");
  request.connection = target().connection;
  return request;
}

TEST(ControlRequest, AnonymousIsTheSameWithoutTheCredential) {
  const auto request = control_request({ControlKind::anonymous, {}}, target(), probe());
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url->url(), target().url);
  EXPECT_EQ(request.body.reveal(), "{}");
  EXPECT_THAT(request.authorization.headers, IsEmpty());
}

TEST(ControlRequest, ThePublicUrlGetsNothingOfTheTarget) {
  const auto request = control_request({ControlKind::control_url, {}}, target(), probe());
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.url->url().text(), "https://api.example.com/health");
  EXPECT_THAT(request.headers, IsEmpty());
  EXPECT_THAT(request.authorization.headers, IsEmpty());
  EXPECT_EQ(request.body.reveal(), "");
}

TEST(ControlRequest, AnAddressIsReachedUnderTheSameName) {
  const auto request = control_request({ControlKind::address, "192.0.2.2"}, target(), probe());
  EXPECT_EQ(request.url->url(), target().url);
  EXPECT_EQ(request.authorization.headers.size(), 1u);
  EXPECT_THAT(request.connection->resolve,
              ElementsAre(config::ResolveOverride{.host = "api.example.com", .port = 0, .address = "192.0.2.2"}));
}

// A refusal whose challenge says where the API describes itself.
http::Response with_metadata(const std::string& url) {
  http::Response made = response(401);
  made.headers = {{"WWW-Authenticate", "Bearer resource_metadata=\"" + url + '"'}};
  return made;
}

TEST(ResourceMetadata, IsAskedForAtTheTargetsOwnOriginOnly) {
  const auto asked = [](const std::string& url) -> std::string {
    ControlProbes controls(target(), {.anonymous = true, .jwt = true, .password_like = false, .other_addresses = {}},
                           with_metadata(url));
    while (const auto control = controls.next()) {
      if (control->kind == ControlKind::resource_metadata) {
        const http::Request request = control_request(*control, target(), probe());
        EXPECT_TRUE(request.authorization.headers.empty());
        EXPECT_EQ(request.connection->max_redirects, 0);
        return request.url->url().text();
      }
      controls.finish(response(401));
    }
    return "";
  };
  EXPECT_EQ(asked("https://api.example.com:8443/.well-known/oauth-protected-resource"),
            "https://api.example.com:8443/.well-known/oauth-protected-resource");
  for (const char* other : {"https://api.example.com/x", "http://api.example.com:8443/x", "https://evil.example:8443/x",
                            "https://u:p@api.example.com:8443/x", "/x", ""}) {
    EXPECT_EQ(asked(other), "") << other;
  }
}

TEST(ResourceMetadata, OfAnotherResourceIsNotUsed) {
  const auto evidence = [](const std::string& resource) {
    ControlProbes controls(target(), {.anonymous = false, .jwt = true, .password_like = false, .other_addresses = {}},
                           with_metadata("https://api.example.com:8443/m"));
    controls.refused(response(401), {}, {}, 0);
    while (const auto control = controls.next()) {
      controls.finish(response(200, R"({"resource":")" + resource + R"(","authorization_servers":["https://a"]})"));
    }
    auto token = std::make_shared<diagnosis::TokenReport>();
    token->issuer = "https://b";
    diagnosis::FleetContext fleet;
    fleet.token = token;
    return controls.refined_diagnosis(fleet).evidence;
  };
  for (const char* fits : {"https://api.example.com:8443", "https://api.example.com:8443/v1/"}) {
    EXPECT_THAT(evidence(fits), Contains(HasSubstr("the API trusts \"https://a\""))) << fits;
  }
  for (const char* other :
       {"https://api.example.com", "https://api.example.com:8443/v1/m", "https://api.example.com:8443/v2"}) {
    EXPECT_THAT(evidence(other), Contains(HasSubstr("about another resource"))) << other;
  }
}

TEST(ControlProbes, InALongEpisodeAreSentAgainOnceTheirResultsAreOld) {
  Episode episode;
  const WallTime begin{std::chrono::hours{500'000}};
  episode.refused(0, begin);
  while (episode.controls.next()) episode.controls.finish(response(503), begin);
  episode.refused(0, begin + ControlProbes::kFresh);
  EXPECT_FALSE(episode.controls.next()) << "they are not old yet";
  episode.refused(0, begin + ControlProbes::kFresh + std::chrono::seconds{1});
  std::vector<ControlKind> again;
  while (const auto control = episode.controls.next()) {
    again.push_back(control->kind);
    episode.controls.finish(response(200), begin + std::chrono::minutes{11});
  }
  EXPECT_THAT(
      again, ElementsAre(ControlKind::anonymous, ControlKind::control_url, ControlKind::address, ControlKind::address));
  EXPECT_THAT(episode.refined().evidence, Contains("the same request to 192.0.2.2 gets 200"));
  EXPECT_THAT(episode.refined().evidence, Not(Contains(HasSubstr("503"))));
}

TEST(ControlProbes, OldEvidenceHasItsTime) {
  Episode episode;
  const WallTime begin{std::chrono::hours{500'000}};
  episode.refused(0, begin);
  while (episode.controls.next()) episode.controls.finish(response(503), begin);
  EXPECT_THAT(episode.refined().evidence, Contains("the public control URL answers 503"));
  episode.refused(0, begin + std::chrono::minutes{5});
  EXPECT_THAT(episode.refined().evidence,
              Contains("the public control URL answers 503 (asked at 2027-01-15T08:00:00Z)"));
}

}  // namespace
}  // namespace authprobe::prober
