// The running exporter on loopback: its loop on a thread of its own, a web server before it, a target behind it.
#include "exporter/commands/service.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "exporter/web/server.h"
#include "tests/support/client.h"
#include "tests/support/loopback_server.h"
#include "tests/support/rules.h"
#include "tests/support/temp_folder.h"

namespace authprobe::commands {
namespace {

using http_test::answer;
using http_test::LoopbackServer;
using http_test::TempFolder;
using std::chrono::steady_clock;
using testing::HasSubstr;
using testing::Not;

// Delivers signals as signalfd() does.
class FakeSignals {
 public:
  FakeSignals() {
    int ends[2];
    if (pipe2(ends, O_NONBLOCK | O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
    read_ = wire::FileDescriptor(ends[0]);
    write_ = wire::FileDescriptor(ends[1]);
  }
  int fd() const { return read_.get(); }
  void send(int signal) const {
    signalfd_siginfo info{};
    info.ssi_signo = static_cast<std::uint32_t>(signal);
    EXPECT_EQ(write(write_.get(), &info, sizeof info), static_cast<ssize_t>(sizeof info));
  }

 private:
  wire::FileDescriptor read_;
  wire::FileDescriptor write_;
};

class ServiceTest : public testing::Test {
 protected:
  void start(const std::string& toml) {
    const ConfigSource source{folder.write("authprobe.toml", toml), std::nullopt};
    config::LoadResult loaded = source.load();
    ASSERT_TRUE(loaded.ok()) << to_string(loaded.findings.front());
    service =
        std::make_unique<Service>(source, "/metrics", web::Site::Place{},
                                  std::make_shared<const config::Config>(std::move(loaded.config)), test::rules(), log);
    server = std::make_unique<web::Server>(std::vector<std::string>{"127.0.0.1:0"}, service->routes());
    loop = std::thread([this] { service->run(signals.fd()); });
  }
  ~ServiceTest() override {
    if (!loop.joinable()) return;
    signals.send(SIGTERM);
    loop.join();
  }
  web::Client::Answer get(const std::string& path) { return web::get(server->addresses().at(0), path); }
  web::Client::Answer reload() { return web::request(server->addresses().at(0), "POST", "/-/reload"); }
  std::string target(const std::string& name, const std::string& more = "") {
    return "[targets." + name + "]\nurl = \"" + api.url("/" + name) + "\"\ninterval = \"1s\"\n" + more;
  }

  LoopbackServer api{answer(200, "fine")};
  TempFolder folder;
  FakeSignals signals;
  Log log{Log::Level::error, Log::Format::logfmt};
  std::unique_ptr<Service> service;
  std::unique_ptr<web::Server> server;  // ends first: its handlers refer to the service
  std::thread loop;
};

TEST_F(ServiceTest, ProbesOnDemandAndShowsIt) {
  start(target("a"));
  const auto probe = get("/probe?target=a");
  EXPECT_EQ(probe.status, 200);
  EXPECT_THAT(probe.body, HasSubstr("\nprobe_success 1\n"));
  EXPECT_THAT(api.requests(), testing::Contains(HasSubstr("GET /a HTTP/1.1")));
  EXPECT_THAT(get("/metrics").body, HasSubstr("\nauthprobe_targets 1\n"));
  EXPECT_THAT(get("/config").body, HasSubstr("[targets.a]"));
  EXPECT_THAT(get("/api/v1/targets").body, HasSubstr("\"name\":\"a\""));
  EXPECT_THAT(get("/").header("Content-Type"), HasSubstr("text/html"));
}

TEST_F(ServiceTest, AnswersWhatIsAskedWrongly) {
  start(target("a"));
  EXPECT_EQ(get("/probe?target=b").status, 400);
  EXPECT_EQ(get("/probe?target=http://127.0.0.1/").status, 400) << "a URL is no name";
  EXPECT_EQ(get("/probe").status, 400);
  EXPECT_EQ(get("/api/v1/targets/b").status, 404);
  EXPECT_EQ(get("/-/reload").status, 405);
}

TEST_F(ServiceTest, AReloadTakesTheNewConfiguration) {
  start(target("a"));
  folder.write("authprobe.toml", target("a") + target("b"));
  EXPECT_EQ(reload().status, 200);
  EXPECT_THAT(get("/metrics").body, HasSubstr("authprobe_probes_total{target=\"b\"}"));
  EXPECT_EQ(get("/probe?target=b").status, 200);
}

TEST_F(ServiceTest, ABrokenConfigurationChangesNothing) {
  start(target("a"));
  folder.write("authprobe.toml", target("b", "interval = 3\n"));
  const auto refused = reload();
  EXPECT_EQ(refused.status, 500);
  EXPECT_THAT(refused.body, HasSubstr("authprobe.toml:4:"));
  const std::string metrics = get("/metrics").body;
  EXPECT_THAT(metrics, HasSubstr("\nauthprobe_config_last_reload_successful 0\n"));
  EXPECT_THAT(metrics, HasSubstr("target=\"a\""));
  EXPECT_THAT(metrics, Not(HasSubstr("target=\"b\"")));
  EXPECT_EQ(get("/probe?target=a").status, 200);
}

TEST_F(ServiceTest, EndsAtOnceThoughProbesHang) {
  LoopbackServer silent(http_test::Answer{"", http_test::Answer::Then::hang});
  start("[targets.a]\nurl = \"" + silent.url("/") + "\"\ninterval = \"1s\"\n");
  while (silent.connections() == 0) std::this_thread::yield();
  const auto begin = steady_clock::now();
  signals.send(SIGTERM);
  loop.join();
  EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(1))
      << "milliseconds, but for sanitizers and loaded machines";
}

}  // namespace
}  // namespace authprobe::commands
