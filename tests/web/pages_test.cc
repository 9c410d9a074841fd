#include "exporter/web/pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "exporter/web/presentation.h"
#include "exporter/wire/encoding.h"

namespace authprobe::web {
namespace {

using prober::State;
using prober::StatusClass;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const WallTime kNow{seconds{1'795'309'779}};  // 2026-11-22T01:09:39Z

TargetStatus target(std::string name, State state = State::ok, int status = 200) {
  TargetStatus made;
  made.url = wire::Url("https://api.example.com/" + wire::percent_encoded(name));
  made.name = std::move(name);
  made.state = state;
  made.status = status;
  made.since = kNow - std::chrono::minutes(4);
  made.last_probe = kNow - seconds(5);
  return made;
}

TargetStatus refused(std::string name) {
  TargetStatus made = target(std::move(name), State::unauthorized, 401);
  made.credential = "billing";
  made.cause = diagnosis::Cause::expired_token;
  made.confidence = diagnosis::Confidence::certain;
  made.detail = "401 where 2xx was expected";
  made.evidence = {"exp was 4 min ago", "the server's clock agrees"};
  made.advice = "renew it";
  made.transitions = {{kNow - std::chrono::minutes(4), {StatusClass::c2xx, StatusClass::c401}}};
  return made;
}

Overview overview(std::vector<TargetStatus> targets) {
  return {.version = "0.1.0",
          .revision = "abc",
          .started = kNow - std::chrono::hours(77),
          .now = kNow,
          .metrics_path = "/metrics",
          .targets = std::move(targets),
          .credentials = {}};
}

std::size_t occurrences(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

// What a browser would show: the page without style and tags.
std::string shown(const std::string& page) {
  std::string text = page.substr(page.find("</style>"));
  for (std::size_t open = 0; (open = text.find('<')) != std::string::npos;) {
    text.replace(open, text.find('>', open) - open + 1, " ");
  }
  return text;
}

TEST(LandingPage, SaysWhatIsWrongAndSinceWhen) {
  const std::string page = landing_page(overview({target("crm"), refused("billing-me")}));
  EXPECT_THAT(page, HasSubstr("<h1>1 of 2 targets needs attention</h1>"));
  EXPECT_THAT(page, HasSubstr("<a class=\"name\" href=\"/api/v1/targets/billing-me\">billing-me</a>"));
  EXPECT_THAT(page, HasSubstr("<time datetime=\"2026-11-22T01:05:39Z\" title=\"2026-11-22T01:05:39Z\">4 min</time>"));
  EXPECT_THAT(page, HasSubstr("expired token <span class=\"sure\">(certain)</span><small>401 where 2xx was expected"));
  EXPECT_THAT(page, HasSubstr("By credential: <b>billing</b> 1 of 1"));
  EXPECT_THAT(shown(page), HasSubstr("0.1.0 (abc)"));
  EXPECT_THAT(shown(page), HasSubstr("up 3 d 5 h"));
}

TEST(LandingPage, CountsEveryState) {
  std::vector<TargetStatus> targets;
  for (std::size_t state = 0; state < prober::kStateCount; ++state) {
    for (std::size_t i = 0; i <= state; ++i) {
      targets.push_back(target(std::to_string(state) + "-" + std::to_string(i), static_cast<State>(state)));
    }
  }
  const std::string page = landing_page(overview(std::move(targets)));
  for (std::size_t state = 0; state < prober::kStateCount; ++state) {
    const std::string word(prober::to_string(static_cast<State>(state)));
    EXPECT_THAT(page, HasSubstr("<li style=\"--state:var(--" + word + ")\"><b>" + std::to_string(state + 1) + "</b>"));
    EXPECT_THAT(page, HasSubstr("--" + word + ": #")) << "its colour is defined";
  }
}

TEST(LandingPage, LinksToWhatElseThereIs) {
  Overview values = overview({target("a")});
  values.metrics_path = "/telemetry";
  const std::string page = landing_page(values);
  for (const char* path : {"/telemetry", "/config", "/-/healthy", "/-/ready", "/api/v1/targets", "/api/v1/targets/a"}) {
    EXPECT_THAT(page, HasSubstr("href=\"" + std::string(path) + "\"")) << path;
  }
}

TEST(LandingPage, HasAWordForEverySize) {
  const auto says = [](std::vector<TargetStatus> targets) {
    const std::string page = landing_page(overview(std::move(targets)));
    const std::size_t start = page.find("<h1>") + 4;
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

TEST(LandingPage, StaysSmallAndSaysHowManyMore) {
  std::vector<TargetStatus> targets;
  for (int i = 0; i < 10'000; ++i) {
    targets.push_back(i < 2'500 ? refused("bad-" + std::to_string(i)) : target("good-" + std::to_string(i)));
  }
  targets[7].since = kNow;  // the latest change comes first
  const std::string page = landing_page(overview(std::move(targets)));
  EXPECT_THAT(page, HasSubstr("<h1>2,500 of 10,000 targets need attention</h1>"));
  EXPECT_THAT(page, HasSubstr("and 2,400 more"));
  EXPECT_THAT(page, HasSubstr("and 7,300 more"));
  EXPECT_EQ(occurrences(page, "class=\"pill\""), 100u);
  EXPECT_LT(page.find("bad-7<"), page.find("bad-0<"));
  EXPECT_LT(page.size(), 150'000u);
}

TEST(LandingPage, EscapesWhateverItIsGiven) {
  const std::string attack = "<script>alert(1)</script>\"'><img src=x onerror=a>&\x01\xff";
  TargetStatus hostile = refused(attack);
  hostile.url = wire::Url("https://h/\"'><script>alert(1)</script>");
  hostile.credential = hostile.detail = hostile.advice = attack;
  hostile.evidence = {attack};
  TargetStatus fine = target(attack + "fine");
  TargetStatus waiting = target(attack + "waiting", State::pending);
  Overview values = overview({hostile, fine, waiting});
  values.version = values.revision = values.metrics_path = attack;
  const std::string page = landing_page(values);
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr("<img")));
  EXPECT_THAT(page, Not(HasSubstr("\"'>")));
  EXPECT_THAT(page, Not(HasSubstr("\xff")));
  EXPECT_EQ(page.find_first_of("\x01"), std::string::npos);
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&gt;"));
  EXPECT_THAT(page, HasSubstr("href=\"/api/v1/targets/%3Cscript%3E"));
}

TEST(LandingPage, ShowsNoPartOfAUrlThatMayHoldASecret) {
  TargetStatus leaky = refused("a");
  leaky.url = wire::Url("https://user:secret@api.example.com/v1?key=secret#secret");
  const std::string everything = landing_page(overview({leaky})) + targets_json({leaky}) + target_json(leaky);
  EXPECT_THAT(everything, Not(HasSubstr("secret")));
  EXPECT_EQ(occurrences(everything, "https://api.example.com/v1"), 3u);
}

TEST(LandingPage, NeedsNothingFromElsewhere) {
  const std::string page = landing_page(overview({refused("a")}));
  for (const char* part : {"<script", "@import", "url(", "<img", "<iframe", "<form", "http-equiv"}) {
    EXPECT_THAT(page, Not(HasSubstr(part))) << part;
  }
  EXPECT_EQ(occurrences(page, "<link "), occurrences(page, "<link rel=\"icon\" href=\"data:")) << "all is inline";
}

TEST(TargetsJson, HasOneSummaryEach) {
  TargetStatus pending = target("new", State::pending, 0);
  pending.last_probe.reset();
  EXPECT_EQ(targets_json({refused("billing-me"), pending}),
            R"([{"name":"billing-me","url":"https://api.example.com/billing-me","state":"unauthorized","status":401,)"
            R"("since":"2026-11-22T01:05:39Z","cause":"expired_token","confidence":"certain",)"
            R"("last_probe":"2026-11-22T01:09:34Z","credential":"billing","maintenance":false},)"
            "\n"
            R"({"name":"new","url":"https://api.example.com/new","state":"pending","status":null,"since":null,)"
            R"("cause":null,"confidence":null,"last_probe":null,"credential":null,"maintenance":false}])"
            "\n");
  EXPECT_EQ(targets_json({}), "[]\n");
}

TEST(TargetJson, SaysAllThatIsKnown) {
  TargetStatus status = refused("billing-me");
  status.last_good = kNow - std::chrono::minutes(5);
  status.phase_seconds[static_cast<std::size_t>(http::Phase::tls)] = 0.00022499999999999999 + 1e-9;
  status.duration_seconds = 0.5;
  const auto json = nlohmann::json::parse(target_json(status));
  EXPECT_EQ(json["last_good"], "2026-11-22T01:04:39Z");
  EXPECT_EQ(json["detail"], "401 where 2xx was expected");
  EXPECT_THAT(json["evidence"], ElementsAre("exp was 4 min ago", "the server's clock agrees"));
  EXPECT_EQ(json["advice"], "renew it");
  EXPECT_THAT(target_json(status), HasSubstr("\"tls\":0.000225,"));
  EXPECT_EQ(json["phases"].size(), http::kPhaseCount);
  EXPECT_EQ(json["duration_seconds"], 0.5);
  EXPECT_EQ(json["transitions"][0]["from"], "2xx");
  EXPECT_EQ(json["transitions"][0]["to"], "401");
  EXPECT_EQ(json["transitions"][0]["at"], "2026-11-22T01:05:39Z");
}

TEST(TargetJson, TakesBytesThatAreNotText) {
  TargetStatus hostile = refused("bad\xff\xc3name");
  hostile.evidence = {std::string("\x00\xed\xa0\x80\"\\\n</script>", 14)};
  hostile.detail = hostile.advice = hostile.credential = "\x80";
  EXPECT_TRUE(nlohmann::json::accept(target_json(hostile)));
  EXPECT_TRUE(nlohmann::json::accept(targets_json({hostile})));
  EXPECT_EQ(error_json("no target \"x\xff\""), "{\"error\":\"no target \\\"x\xEF\xBF\xBD\\\"\"}\n");
}

TEST(Presentation, WritesLengthsOfTime) {
  EXPECT_EQ(in_words(seconds(-3)), "0 s");
  EXPECT_EQ(in_words(seconds(59)), "59 s");
  EXPECT_EQ(in_words(seconds(119)), "1 min");
  EXPECT_EQ(in_words(seconds(3'600)), "1 h");
  EXPECT_EQ(in_words(seconds(86'400 * 100 + 3'600 * 3)), "100 d 3 h");
  EXPECT_EQ(with_commas(0), "0");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(with_commas(1'234'567), "1,234,567");
}

TEST(Presentation, LeavesOnlyWholeCharacters) {
  EXPECT_EQ(html("é€😀\t\n"), "é€😀\t\n");
  EXPECT_EQ(html("a\xc3(\xe2\x82(\xed\xa0\x80\xf5\xc0\xafz\x7f"), "a((z");
  EXPECT_EQ(html("a\xf5\x80\x80\x80\xf0\x8f\x80\x80\xf4\x90\x80\x80z"), "az");
  EXPECT_EQ(shortened("abcdef", 6), "abcdef");
  EXPECT_EQ(shortened("abcdefg", 6), "abcdef…");
  EXPECT_EQ(shortened("abcd€f", 6), "abcd…");
}

}  // namespace
}  // namespace authprobe::web
