// The page at `/`.
#include "exporter/web/now_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporter/web/next_ends.h"
#include "tests/web/snapshots.h"

namespace authprobe::web {
namespace {

using prober::State;
using testing::HasSubstr;
using testing::Not;

std::string page_of(const Snapshot& snapshot) {
  return now_page(snapshot, kAbout);
}

std::size_t occurrences(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(NowPage, ADeadTokenIsOneRowThatUnfolds) {
  CredentialRow billing = credential("billing", 0, 2);
  billing.owner = "payments";
  billing.used_by = {"webhooks", "mobile"};
  billing.rotation = "https://wiki.example.com/?page=a&b";
  TargetStatus first = refused("billing-me");
  configure(first, [](config::Target& target) { target.labels = {{"runbook", "https://wiki.example.com/run"}}; });
  const std::string page = page_of(snapshot({first, refused("billing-you"), target("crm")}, {billing}));
  EXPECT_THAT(page, HasSubstr("<h1 class=\"s-unauthorized\">2 of 3 targets need attention</h1>"));
  EXPECT_EQ(occurrences(page, "<details class=\"trouble"), 1u);
  EXPECT_THAT(page, HasSubstr("<b>billing</b> <small>bearer</small>"));
  EXPECT_THAT(page, HasSubstr("expired token <span class=\"sure\">(certain)</span>"));
  EXPECT_THAT(page, HasSubstr("all 2 targets"));
  EXPECT_THAT(page, HasSubstr("for <time class=\"age\" datetime=\"2026-11-22T01:05:39Z\" "
                              "title=\"2026-11-22T01:05:39Z\">4 min</time>"));
  EXPECT_THAT(page, HasSubstr("<b>Do now</b> renew it"));
  EXPECT_THAT(page, HasSubstr("<li>exp was 4 min ago</li>"));
  EXPECT_THAT(page, HasSubstr("<dt>Used by</dt><dd>webhooks, mobile</dd>"));
  EXPECT_THAT(page, HasSubstr("href=\"https://wiki.example.com/?page=a&amp;b\""));
  EXPECT_THAT(page, HasSubstr("<dt>Runbook</dt><dd><a href=\"https://wiki.example.com/run\""));
  EXPECT_THAT(page, HasSubstr("<a href=\"targets/billing-me\">billing-me</a>"));
  EXPECT_THAT(page, HasSubstr("<a href=\"credentials/billing\">"));
}

TEST(NowPage, LinksOnlyToWebPages) {
  CredentialRow billing = credential("billing", 0, 1);
  billing.rotation = "javascript:alert(1)";
  EXPECT_THAT(page_of(snapshot({refused("a")}, {billing})), Not(HasSubstr("javascript")));
}

TEST(NowPage, HasAWordForEverySize) {
  const auto says = [](std::vector<TargetStatus> targets) {
    const std::string page = page_of(snapshot(std::move(targets)));
    const std::size_t start = page.find('>', page.find("<h1 ")) + 1;
    return page.substr(start, page.find("</h1>") - start);
  };
  EXPECT_EQ(says({}), "No targets are configured");
  EXPECT_EQ(says({target("a")}), "The only target is ok");
  EXPECT_EQ(says({refused("a")}), "The only target needs attention");
  EXPECT_EQ(says({target("a"), target("b")}), "All 2 targets are ok");
  EXPECT_EQ(says({refused("a"), refused("b")}), "All 2 targets need attention");
  EXPECT_EQ(says({target("a", State::pending), target("b", State::pending)}),
            "Waiting for the first probes of 2 targets");
  EXPECT_EQ(says({target("a"), target("b", State::pending)}), "1 of 2 targets probed, all ok");
}

TEST(NowPage, MaintenanceIsNoTrouble) {
  TargetStatus planned = refused("planned");
  planned.maintenance = true;
  const std::string page = page_of(snapshot({planned, target("a")}, {credential("billing", 0, 1)}));
  EXPECT_THAT(page, HasSubstr("All is well outside of maintenance"));
  EXPECT_THAT(page, HasSubstr("Nothing needs attention."));
  EXPECT_THAT(page, HasSubstr("1 target fails in maintenance"));
}

TEST(NowPage, StaysSmallAndLeadsToAllThatFails) {
  std::vector<TargetStatus> targets;
  std::vector<CredentialRow> credentials;
  for (int i = 0; i < 10'000; ++i) {
    const std::string number = std::to_string(i / 50);
    targets.push_back(i < 5'000 ? refused("bad-" + std::to_string(i), "c" + number)
                                : target("good-" + std::to_string(i)));
    configure(targets.back(), [&](config::Target& target) {
      target.url = wire::Url("https://h" + std::to_string(i) + ".example.com/");
    });
    targets.back().explain({"", {std::string(300, 'e'), std::string(10'000, 'e'), std::string(300, 'e')}, ""});
  }
  for (int i = 0; i < 100; ++i) credentials.push_back(credential("c" + std::to_string(i), 0, 50));
  const std::string page = page_of(snapshot(std::move(targets), std::move(credentials)));
  EXPECT_THAT(page, HasSubstr("5,000 of 10,000 targets need attention"));
  EXPECT_THAT(page, HasSubstr("<a href=\"targets?state=failing\">all 5,000 failing targets</a>"));
  EXPECT_THAT(page, HasSubstr("<a href=\"targets?state=failing&amp;credential=c1\">all 50 of them</a>"));
  EXPECT_LT(page.size(), 300u * 1024);
}

TEST(NowPage, EscapesWhateverItIsGiven) {
  const std::string attack = "<script>alert(1)</script>\"'><img src=x onerror=a>&\x01\xff\u202E";
  TargetStatus hostile = refused(attack, attack);
  hostile.owner = attack;
  hostile.explain({attack, {attack}, attack});
  CredentialRow row = credential(attack, 0, 1);
  row.owner = row.kind = attack;
  row.used_by = {attack};
  row.rotation = "https://" + attack;
  row.status.problem = attack;
  Snapshot all = snapshot({hostile}, {row});
  all.changes = {{kNow, attack, attack, State::ok, State::forbidden, std::nullopt}};
  About about = kAbout;
  about.version = about.revision = attack;
  const std::string page = now_page(all, about);
  EXPECT_THAT(page, Not(HasSubstr("<script>")));
  EXPECT_THAT(page, Not(HasSubstr("<img")));
  EXPECT_THAT(page, Not(HasSubstr("\"'>")));
  EXPECT_THAT(page, Not(HasSubstr("\xff")));
  EXPECT_THAT(page, Not(HasSubstr("\u202E")));
  EXPECT_EQ(page.find('\x01'), std::string::npos);
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&gt;"));
}

TEST(NowPage, WorksBelowAnyPrefix) {
  About about = kAbout;
  about.metrics_path = "/telemetry";
  const std::string page = now_page(snapshot({target("a")}), about);
  EXPECT_THAT(page, Not(HasSubstr("href=\"/")));
  EXPECT_THAT(page, Not(HasSubstr("src=\"/")));
  for (const char* path :
       {"./telemetry", "./configuration", "./-/healthy", "./-/ready", "./targets", "./credentials"}) {
    EXPECT_THAT(page, HasSubstr("href=\"" + std::string(path) + "\"")) << path;
  }
}

TEST(NextEnds, AreOnOneTimeLineTheNextFirst) {
  TargetStatus served = target("a");
  served.certificate_expiry = std::chrono::floor<std::chrono::seconds>(kNow + 9 * 24h);
  TargetStatus same_host = target("b");
  same_host.certificate_expiry = std::chrono::floor<std::chrono::seconds>(kNow + 8 * 24h);
  CredentialRow replaced = ending("replaced", -1h);
  replaced.status.previous = prober::CredentialStatus::Previous{
      prober::RetiredState::accepted, 200, "", std::nullopt, std::nullopt, kNow + 84 * 24h};
  CredentialRow dead = replaced;
  dead.status.previous->state = prober::RetiredState::refused;
  const Snapshot all = snapshot({served, same_host}, {ending("later", 80 * 24h), ending("soon", 24h),
                                                      ending("past", -1h), ending("far", 200 * 24h), replaced, dead});
  const auto ends = next_ends(all);
  ASSERT_EQ(ends.size(), 4u);
  EXPECT_EQ(ends[0].name, "soon");
  EXPECT_EQ(ends[1].name, "api.example.com");
  EXPECT_EQ(ends[1].at, kNow + 8 * 24h);
  EXPECT_EQ(ends[2].name, "later");
  EXPECT_EQ(ends[3].name, "replaced");
  const std::string section = next_section(all);
  EXPECT_THAT(section, HasSubstr("<td class=\"s-unauthorized when\">"));
  EXPECT_THAT(section, HasSubstr("<td class=\"s-rate_limited when\">"));
  EXPECT_THAT(section, HasSubstr("<td class=\"s-ok when\">"));
}

}  // namespace
}  // namespace authprobe::web
