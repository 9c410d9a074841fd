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
  Site site{
      {"1.2.3", "", "/metrics"},
      store,
      exposition,
      {.probe = [](const std::string&, std::chrono::milliseconds, const Reply& r) { r(text_response(200, "ok")); },
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

}  // namespace
}  // namespace authprobe::web
