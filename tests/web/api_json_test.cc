// What the API says of targets and credentials.
#include "exporter/web/api_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/web/snapshots.h"

namespace authprobe::web {
namespace {

using prober::State;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::string targets_text(const std::vector<TargetStatus>& targets) {
  return targets_json(pointers(targets));
}

TEST(TargetsJson, HasOneSummaryEach) {
  TargetStatus pending = target("new", State::pending, 0);
  pending.last_probe.reset();
  pending.recent = {};
  TargetStatus billing = refused("billing-me");
  billing.owner = "payments";
  billing.stale = true;
  configure(billing, [](config::Target& target) { target.labels = {{"team", "mobile"}}; });
  EXPECT_EQ(targets_text({billing, pending}),
            R"([{"name":"billing-me","url":"https://api.example.com/billing-me","state":"unauthorized","status":401,)"
            R"("since":"2026-11-22T01:05:39Z","cause":"expired_token","confidence":"certain",)"
            R"("last_probe":"2026-11-22T01:09:34Z","credential":"billing","maintenance":false,"owner":"payments",)"
            R"("host":"api.example.com","labels":{"team":"mobile"},"recent":"u","stale":true},)"
            "\n"
            R"({"name":"new","url":"https://api.example.com/new","state":"pending","status":null,"since":null,)"
            R"("cause":null,"confidence":null,"last_probe":null,"credential":null,"maintenance":false,"owner":null,)"
            R"("host":"api.example.com","labels":{},"recent":"","stale":false}])"
            "\n");
  EXPECT_EQ(targets_text({}), "[]\n");
}

TEST(TargetJson, SaysAllThatIsKnown) {
  TargetStatus status = refused("billing-me");
  status.last_good = kNow - 5min;
  status.phase_seconds[static_cast<std::size_t>(http::Phase::tls)] = 0.00022499999999999999 + 1e-9;
  status.duration_seconds = 0.5;
  status.rate_limit.remaining = 3;
  const auto json = nlohmann::json::parse(target_json(status));
  EXPECT_EQ(json["last_good"], "2026-11-22T01:04:39Z");
  EXPECT_EQ(json["detail"], "401 where 2xx was expected");
  EXPECT_THAT(json["evidence"], ElementsAre("exp was 4 min ago", "the server's clock agrees"));
  EXPECT_EQ(json["advice"], "renew it");
  EXPECT_THAT(target_json(status), HasSubstr("\"tls\":0.000225,"));
  EXPECT_EQ(json["phases"].size(), http::kPhaseCount);
  EXPECT_EQ(json["transitions"][0]["to"], "401");
  EXPECT_EQ(json["rate_limit"]["remaining"], 3);
  EXPECT_EQ(json["rate_limit"]["limit"], nullptr);
  EXPECT_EQ(json["answer"], nullptr);
  EXPECT_EQ(json["certificate_chain"], nullptr);
}

TEST(TargetJson, HasWhatTheServerSaidAndItsCertificates) {
  TargetStatus status = refused("billing-me");
  status.answer = std::make_shared<const prober::ShownAnswer>(prober::ShownAnswer{{{"X-Request-Id", "r1"}}, "denied"});
  const auto day = std::chrono::floor<std::chrono::seconds>(kNow);
  status.certificate_chain = std::make_shared<const http::CertificateChain>(
      http::CertificateChain{{{"CN=api.example.com", "CN=ca", day - 24h, day + 24h}}});
  const auto json = nlohmann::json::parse(target_json(status));
  EXPECT_EQ(json["answer"]["headers"][0]["name"], "X-Request-Id");
  EXPECT_EQ(json["answer"]["headers"][0]["value"], "r1");
  EXPECT_EQ(json["answer"]["excerpt"], "denied");
  EXPECT_EQ(json["certificate_chain"][0]["subject"], "CN=api.example.com");
  EXPECT_EQ(json["certificate_chain"][0]["not_after"], "2026-11-23T01:09:39Z");
}

TEST(CredentialJson, SaysWhichSourcesOfAnEndCount) {
  CredentialRow row = ending("billing", 24h);
  row.status.claims = {
      {credential::ExpiryKind::access, credential::ExpirySource::jwt, kNow + 24h, std::nullopt},
      {credential::ExpiryKind::access, credential::ExpirySource::lookup, kNow + 48h, std::nullopt},
      {credential::ExpiryKind::access, credential::ExpirySource::declared, std::nullopt, std::nullopt}};
  const auto claims = nlohmann::json::parse(credential_json(row))["expiry"]["claims"];
  EXPECT_EQ(claims[0]["counts"], true);
  EXPECT_EQ(claims[1]["counts"], false);
  EXPECT_EQ(claims[2]["counts"], false);
  EXPECT_EQ(claims[2]["at"], nullptr);
}

TEST(TargetJson, TakesBytesThatAreNotText) {
  TargetStatus hostile = refused("bad\xff\xc3name", "\x80");
  hostile.explain({"\x80", {std::string("\x00\xed\xa0\x80\"\\\n</script>", 14)}, "\x80"});
  EXPECT_TRUE(nlohmann::json::accept(target_json(hostile)));
  EXPECT_TRUE(nlohmann::json::accept(targets_text({hostile})));
  EXPECT_EQ(error_json("no target \"x\xff\""), "{\"error\":\"no target \\\"x\xEF\xBF\xBD\\\"\"}\n");
}

TEST(TargetJson, ShowsNoPartOfAUrlThatMayHoldASecret) {
  TargetStatus leaky = refused("a");
  configure(leaky, [](config::Target& target) {
    target.url = wire::Url("https://user:secret@api.example.com/v1?key=secret#secret");
  });
  EXPECT_THAT(targets_text({leaky}) + target_json(leaky), Not(HasSubstr("secret")));
}

TEST(CredentialsJson, SaysAll) {
  CredentialRow billing = ending("billing", 1h);
  billing.owner = "payments";
  billing.used_by = {"webhooks"};
  billing.required_scopes = {"read", "write"};
  billing.status.granted_scopes = {"read"};
  billing.status.missing_scopes = {"write"};
  billing.status.lookup = {2, kNow};
  billing.not_ok = {"billing-me"};
  const std::vector<CredentialRow> rows{billing, credential("maps")};
  const auto json = nlohmann::json::parse(credentials_json(pointers(rows)));
  const auto& first = json.at(0);
  EXPECT_EQ(first, nlohmann::json::parse(credential_json(billing)));
  EXPECT_EQ(first.at("owner"), "payments");
  EXPECT_EQ(first.at("expiry").at("state"), "known");
  EXPECT_EQ(first.at("expiry").at("ends").at(0).at("at"), "2026-11-22T02:09:39Z");
  EXPECT_EQ(first.at("expiry").at("ends").at(0).at("source"), "jwt");
  EXPECT_EQ(first.at("expiry").at("observed"), "2026-11-22T01:09:39Z");
  EXPECT_EQ(first.at("scopes").at("missing").at(0), "write");
  EXPECT_EQ(first.at("targets").at("ok"), 1);
  EXPECT_EQ(first.at("not_ok").at(0), "billing-me");
  EXPECT_EQ(json.at(1).at("owner"), nullptr);
  EXPECT_EQ(json.at(1).at("scopes").at("granted"), nullptr);
}

TEST(ChangesJson, SaysWhatBecameWhat) {
  const std::vector<StateChange> changes{
      {kNow, "me", "billing", State::ok, State::unauthorized, diagnosis::Cause::revoked_token}};
  EXPECT_EQ(changes_json(pointers(changes)), R"([{"at":"2026-11-22T01:09:39Z","target":"me","credential":"billing",)"
                                             R"("from":"ok","to":"unauthorized","cause":"revoked_token"}])"
                                             "\n");
}

}  // namespace
}  // namespace authprobe::web
