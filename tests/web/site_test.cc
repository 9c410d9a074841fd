// The site's routes behind a real server, with an exporter that is made up.
#include "exporter/web/site.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "exporter/web/server.h"
#include "tests/support/client.h"

namespace authprobe::web {
namespace {

using testing::HasSubstr;

class SiteTest : public testing::Test {
 protected:
  StatusStore store;
  metrics::Exposition exposition{{}};
  std::optional<std::string> trouble;
  std::atomic<int> reloads = 0;
  Site site{{.version = "1.2.3", .revision = "", .started = {}, .metrics_path = "/metrics"},
            {.route_prefix = "", .external_origin = "https://status.example.com"},
            store,
            exposition,
            {.probe = [](const std::string&, std::chrono::milliseconds, bool,
                         const Reply& r) { r(text_response(200, "ok")); },
             .reload =
                 [this](const Reply& reply) {
                   ++reloads;
                   reply(text_response(200, "reloaded"));
                 },
             .ready = [] { return true; },
             .trouble = [this] { return trouble; }}};
  Server server{std::vector<std::string>{"127.0.0.1:0"}, site.routes()};
  std::string address = server.addresses().at(0);
};

TEST_F(SiteTest, HealthyAsLongAsTheLoopTurns) {
  EXPECT_EQ(get(address, "/-/healthy").status, 200);
  trouble = "the probing loop has not turned for 12 s";
  const auto answer = get(address, "/-/healthy");
  EXPECT_EQ(answer.status, 503);
  EXPECT_THAT(answer.body, HasSubstr("not healthy: the probing loop has not turned for 12 s"));
}

TEST_F(SiteTest, NoWebPageMakesTheExporterReload) {
  for (const std::string header : {"Origin: https://evil.example\r\n", "Origin: null\r\n",
                                   "Sec-Fetch-Site: cross-site\r\n", "Sec-Fetch-Site: same-origin\r\n"}) {
    EXPECT_EQ(request(address, "POST", "/-/reload", header).status, 403) << header;
  }
  EXPECT_EQ(reloads, 0);
  EXPECT_EQ(request(address, "POST", "/-/reload").status, 200);
  EXPECT_EQ(request(address, "POST", "/-/reload", "Sec-Fetch-Site: none\r\n").status, 200);
  EXPECT_EQ(reloads, 2);
}

TEST_F(SiteTest, NoOtherSitesPageMakesTheExporterProbe) {
  EXPECT_EQ(get(address, "/probe?target=a", "Sec-Fetch-Site: cross-site\r\n").status, 403);
  EXPECT_EQ(get(address, "/probe?target=a", "Sec-Fetch-Site: same-site\r\n").status, 403);
  EXPECT_EQ(get(address, "/probe?target=a", "Sec-Fetch-Site: none\r\n").status, 200);
  EXPECT_EQ(get(address, "/probe?target=a").status, 200);
}

TEST_F(SiteTest, OnlyAPageOfOursProbesByItsButton) {
  const auto post = [&](const std::string& header) { return request(address, "POST", "/targets/a", header).status; };
  for (const std::string header :
       {"Origin: https://evil.example\r\n", "Origin: null\r\n", "Sec-Fetch-Site: cross-site\r\n",
        "Sec-Fetch-Site: same-site\r\n", "Origin: http://127.0.0.1:1\r\n"}) {
    EXPECT_EQ(post(header), 403) << header;
  }
  EXPECT_EQ(post("Origin: https://evil.example\r\nSec-Fetch-Site: cross-site\r\n"), 403);
  EXPECT_EQ(post(""), 200);
  EXPECT_EQ(post("Sec-Fetch-Site: same-origin\r\n"), 200);
  EXPECT_EQ(post("Origin: http://test\r\n"), 200);
  EXPECT_EQ(post("Origin: https://status.example.com\r\n"), 200);
}

TEST_F(SiteTest, PagesHaveTheirOwnPolicyAndNothingInline) {
  for (const char* path : {"/", "/targets", "/credentials"}) {
    const auto answer = get(address, path);
    EXPECT_EQ(answer.status, 200) << path;
    EXPECT_THAT(answer.headers, HasSubstr("Content-Security-Policy: default-src 'none'; script-src 'self'; "
                                          "style-src 'self'; "));
    for (const char* inline_part : {"<style", " style=", "<script>", " onclick=", "javascript:", "http-equiv"}) {
      EXPECT_THAT(answer.body, testing::Not(HasSubstr(inline_part))) << path;
    }
  }
  EXPECT_EQ(get(address, "/targets?state=fine").status, 400);
  EXPECT_EQ(get(address, "/targets?state=&text=").status, 200) << "an empty form";
  EXPECT_EQ(get(address, "/targets/none").status, 404);
  EXPECT_EQ(get(address, "/credentials/none").status, 404);
  EXPECT_THAT(get(address, "/config").headers, HasSubstr("text/plain"));
  EXPECT_THAT(get(address, "/assets/page.js").headers, HasSubstr("text/javascript"));
}

}  // namespace
}  // namespace authprobe::web
