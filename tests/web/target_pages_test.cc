// The page of one target, and the one of all.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporter/web/target_page.h"
#include "exporter/web/targets_page.h"
#include "tests/web/snapshots.h"

namespace authprobe::web {
namespace {

using prober::State;
using testing::HasSubstr;
using testing::Not;

std::string all_targets(const Snapshot& snapshot, wire::Headers parameters = {}) {
  Request request;
  request.method = "GET";
  request.path = "/targets";
  request.query = std::move(parameters);
  return std::string(*targets_page(request, snapshot, kAbout).body);
}

TEST(TargetPage, SaysAllThatIsKnown) {
  TargetStatus me = refused("me");
  me.phase_seconds[0] = 0.002;
  me.phase_seconds[2] = 0.25;
  me.rate_limit.remaining = 12;
  me.rate_limit.limit = 5'000;
  me.certificate_expiry = std::chrono::floor<std::chrono::seconds>(kNow + 40 * 24h);
  Snapshot all = snapshot({me});
  all.changes = {{kNow - 4min, "me", "billing", State::ok, State::unauthorized, diagnosis::Cause::expired_token},
                 {kNow - 10min, "me", "billing", State::forbidden, State::ok, std::nullopt},
                 {kNow - 20min, "you", "billing", State::ok, State::unexpected, std::nullopt}};
  const std::string page = target_page(all.targets[0], all, kAbout);
  for (const char* part :
       {"<title>unauthorized: me", "<p class=\"cause\">expired token <span class=\"sure\">(certain)</span></p>",
        "<b>Do now</b> renew it", "<li>exp was 4 min ago</li>", "<dt>Status</dt><dd>401</dd>", "tls <b>250 ms</b>",
        "<dt>Requests left</dt><dd>12 of 5,000</dd>", "<dt>Server certificate ends</dt>", "<td>6 min</td>",
        "s-forbidden\">forbidden</span></td><td>before</td>", "<form class=\"probe\" method=\"post\">",
        "<a href=\"../credentials/billing\">billing</a>"}) {
    EXPECT_THAT(page, HasSubstr(part));
  }
  EXPECT_THAT(page, Not(HasSubstr("s-unexpected")));
}

TEST(TargetPage, AGuessHasTheStepsOfItsCode) {
  TargetStatus me = refused("me");
  EXPECT_THAT(target_page(me, snapshot({me}), kAbout), Not(HasSubstr("<ol class=\"steps\">"))) << "it is certain";
  me.confidence = diagnosis::Confidence::guess;
  EXPECT_THAT(target_page(me, snapshot({me}), kAbout), HasSubstr("<ol class=\"steps\">\n<li>See what was sent, "));
  me.status = 418;
  EXPECT_THAT(target_page(me, snapshot({me}), kAbout), Not(HasSubstr("<ol class=\"steps\">"))) << "it has none";
}

TEST(TargetPage, ShowsWhatTheServerSaidTheChainAndTheRunbook) {
  TargetStatus me = refused("me");
  me.answer = std::make_shared<const prober::ShownAnswer>(
      prober::ShownAnswer{{{"WWW-Authenticate", "Bearer error=\"x\""}}, "<b>denied</b>"});
  const auto day = std::chrono::floor<std::chrono::seconds>(kNow);
  me.certificate_chain = std::make_shared<const http::CertificateChain>(
      http::CertificateChain{{{"CN=api.example.com", "CN=ca", day - 24h, day + 72h}}});
  me.stale = true;
  auto config = std::make_shared<config::Config>();
  config->settings.runbooks = wire::Url("https://wiki.example.com/runbooks");
  Snapshot all = snapshot({me});
  all.config = config;
  const std::string page = target_page(all.targets[0], all, kAbout);
  for (const char* part : {"<b>WWW-Authenticate</b>: Bearer error=&quot;x&quot;", "&lt;b&gt;denied&lt;/b&gt;",
                           "<td>CN=api.example.com</td>", "<td>2026-11-25T01:09:39Z</td>", "stale: no probe for",
                           "<a href=\"https://wiki.example.com/runbooks/AuthprobeUnauthorized.md\""}) {
    EXPECT_THAT(page, HasSubstr(part));
  }
  EXPECT_THAT(page, Not(HasSubstr("<b>denied")));
}

TEST(TargetPage, EscapesWhateverItIsGiven) {
  const std::string attack = "<script>alert(1)</script>\"'>\u202E" + std::string(10'000, 'w');
  TargetStatus hostile = refused("a", attack);
  hostile.owner = attack;
  hostile.explain({attack, {attack}, attack});
  hostile.answer = std::make_shared<const prober::ShownAnswer>(prober::ShownAnswer{{{attack, attack}}, attack});
  hostile.certificate_chain =
      std::make_shared<const http::CertificateChain>(http::CertificateChain{{{attack, attack, {}, {}}}});
  configure(hostile, [&](config::Target& target) {
    target.name = attack;
    target.labels = {{"team", attack}, {"link", "https://h/" + attack}};
  });
  const Snapshot all = snapshot({hostile});
  for (const std::string& page :
       {target_page(all.targets[0], all, kAbout), all_targets(all), all_targets(all, {{"text", "<script>"}})}) {
    EXPECT_THAT(page, Not(HasSubstr("<script>")));
    EXPECT_THAT(page, Not(HasSubstr("\"'>")));
    EXPECT_THAT(page, Not(HasSubstr("\u202E")));
  }
}

TEST(TargetsPage, EveryTargetIsReachableWithoutScript) {
  std::vector<TargetStatus> fleet;
  for (int i = 0; i < 250; ++i)
    fleet.push_back(i % 2 == 0 ? refused("t" + std::to_string(1'000 + i)) : target("x" + std::to_string(1'000 + i)));
  const Snapshot all = snapshot(std::move(fleet));
  const std::string first = all_targets(all, {{"state", "failing"}, {"text", ""}});
  EXPECT_THAT(first, HasSubstr("<h1 id=\"count\" aria-live=\"polite\">125 targets</h1>"));
  EXPECT_THAT(first, HasSubstr("<option value=\"failing\" selected>"));
  EXPECT_THAT(first, HasSubstr("<a rel=\"next\" href=\"targets?state=failing&amp;offset=100\">"));
  EXPECT_THAT(first, HasSubstr("href=\"targets?state=failing&amp;sort=-name\""));
  EXPECT_THAT(first, Not(HasSubstr(">x1001</a>")));
  const std::string second = all_targets(all, {{"state", "failing"}, {"offset", "100"}});
  EXPECT_THAT(second, HasSubstr(">t1248</a>"));
  EXPECT_THAT(second, HasSubstr("rel=\"prev\""));
  EXPECT_THAT(second, Not(HasSubstr("rel=\"next\"")));
  EXPECT_LT(first.size(), 300u * 1024);
}

}  // namespace
}  // namespace authprobe::web
