#include "exporter/prober/controls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace authprobe::prober {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

config::Target target() {
  config::Target result;
  result.url = wire::Url("https://api.example.com:8443/v1/me?x=1");
  result.control_url = wire::Url("https://api.example.com/health");
  result.connection = std::make_shared<config::Connection>();
  return result;
}

EpisodeControls::Means everything() {
  return {.credential = true, .password_like = false, .other_addresses = {"192.0.2.2", "2001:db8::2"}};
}

std::vector<ControlKind> asked(const config::Target& target, const EpisodeControls::Means& means) {
  EpisodeControls controls(target, means);
  std::vector<ControlKind> kinds;
  while (const auto control = controls.next()) kinds.push_back(control->kind);
  return kinds;
}

TEST(EpisodeControls, AsksEachOnceTheMostTellingFirst) {
  EXPECT_THAT(asked(target(), everything()), ElementsAre(ControlKind::anonymous, ControlKind::control_url,
                                                         ControlKind::address, ControlKind::address));
}

TEST(EpisodeControls, EachCanBeSwitchedOff) {
  auto quiet = target();
  quiet.controls = {.anonymous = false, .control_url = false, .addresses = false};
  EXPECT_THAT(asked(quiet, everything()), IsEmpty());
}

TEST(EpisodeControls, NothingIsAskedWithAPasswordThatCouldBeLocked) {
  auto means = everything();
  means.password_like = true;
  EXPECT_THAT(asked(target(), means), IsEmpty());
}

TEST(EpisodeControls, AtMostFourAddresses) {
  EpisodeControls::Means means;
  for (int i = 0; i < 100; ++i) means.other_addresses.push_back("192.0.2." + std::to_string(i));
  auto only_addresses = target();
  only_addresses.control_url = {};
  EXPECT_EQ(asked(only_addresses, means).size(), 4u);
  means.credential = true;
  EXPECT_EQ(asked(target(), means).size(), 6u);
}

TEST(EpisodeControls, ComparesAnAnswerWithTheRefusal) {
  EpisodeControls controls(target(), everything());
  http::Response refusal;
  refusal.status = 403;
  refusal.body = "no";
  http::Response other = refusal;
  controls.take({ControlKind::anonymous, {}}, other, Fingerprint(refusal));
  EXPECT_TRUE(controls.found().anonymous->same_as_refusal);
  other.body = "who are you?";
  controls.take({ControlKind::control_url, {}}, other, Fingerprint(refusal));
  EXPECT_FALSE(controls.found().control_url->same_as_refusal);
  EXPECT_EQ(controls.found().control_url->status, 403);
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

}  // namespace
}  // namespace authprobe::prober
